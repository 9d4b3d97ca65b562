"""JSON as Glue's built-in classifier sees it, and as a JSON classifier's path changes it.

Sources: the AWS Glue guide ("Writing JSON custom classifiers": a top-level array is one column `array`, unless a path
such as `$[*]` reaches its elements), and crawled tables in public repositories: the SerDe's `paths` are the top-level
names in alphabetical order with their case kept, whole numbers are `int` up to 32 bits and `bigint` beyond.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, MOST_BYTES, Document
from local.engine.crawl.types import NOTHING, Array, HiveType, Struct, merged, widen
from local.engine.errors import CrawlError

OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
_DEEPEST = 64
_FIRST = 1024
_BETWEEN = re.compile(r"[\s,]*")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[['\"](?P<quoted>[^'\"]+)['\"]\]|\[(?P<index>\*|\d+)\]")


@dataclass(frozen=True)
class JsonEvidence:
    """What one file tells about its table: the top-level names with their types."""

    fields: tuple[tuple[str, HiveType], ...]


class JsonFormat:
    """The classifier; `path` is a JSON classifier's JsonPath."""

    def __init__(self, path: str = "$") -> None:
        self._path = path
        self._steps = _steps(path)

    def sample(self, document: Document) -> Sample | None:
        """Read the values of the first megabyte, or of as many as the first value needs, up to ten."""
        if not document.head(_FIRST).decode("utf-8-sig", errors="replace").lstrip().startswith(("{", "[")):
            return None
        for length in range(MEGABYTE, MOST_BYTES + 1, MEGABYTE):
            whole = document.is_whole(length)
            text = document.head(length).decode("utf-8-sig", errors="replace")
            found = _values(text, whole and not document.broken)
            if found is None:
                return None
            if found.values:
                return self._sample(found, whole)
            if whole:
                return None
        document.broken = f"no JSON value ends within the first {MOST_BYTES // MEGABYTE} MB"
        return None

    def kind(self, sample: Sample) -> Hashable:
        """All JSON is alike."""
        return None

    def context(self, samples: Sequence[Sample]) -> None:
        """Files of JSON tell nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """The top-level names in lower case, as the catalog folds them."""
        evidence: JsonEvidence = sample.evidence
        folded = merged((name.lower(), kind) for name, kind in evidence.fields)
        return tuple(Column(name, kind) for name, kind in folded.items())

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """Merge the columns of all files, in the order of first sight; a conflict of types widens."""
        columns = merged((column.name, column.type) for sample in samples for column in self.columns(sample, context))
        paths = sorted({name for sample in samples for name, _ in sample.evidence.fields})
        return Shape(
            classification="json",
            columns=tuple(Column(name, kind) for name, kind in columns.items()),
            parameters={} if self._path == "$" else {"jsonPath": self._path},
            serde=OPENX_JSON,
            serde_parameters={"paths": ",".join(paths)},
        )

    def _sample(self, found: _Values, whole: bool) -> Sample | None:
        if found.is_array and not self._steps:
            # one column for all of a file, and one record (chosen)
            element = _type_of(found.values).element  # type: ignore[union-attr]  # a list's type is an Array
            return Sample(JsonEvidence((("array", Array(element)),)), 1, found.size, 1 if whole else None)
        values = [found.values] if found.is_array else found.values
        records = [record for value in values for record in _reach(value, self._steps) if isinstance(record, dict)]
        if not records:
            return None
        fields = merged((name, kind) for record in records for name, kind in _fields(record))
        return Sample(
            JsonEvidence(tuple(fields.items())),
            records=len(records),
            size=found.size,
            total_records=len(records) if whole else None,
        )


@dataclass
class _Values:
    values: list[Any]
    is_array: bool
    size: int


def _values(text: str, whole: bool) -> _Values | None:
    """The complete values of a text: of its top-level array, or one after another; None if it is not JSON."""
    start = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    is_array = text.startswith("[", start)
    position = start + 1 if is_array else start
    decoder = json.JSONDecoder()
    values: list[Any] = []
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]  # as above
        if position >= len(text) or (is_array and text[position] == "]"):
            break
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError:
            if whole and not values:
                return None
            # the cut, or the first value that is broken: what came before it counts
            break
        except RecursionError:
            return None
        values.append(value)
    return _Values(values, is_array, len(text[start:position].encode()))


def _type_of(value: Any, depth: int = 0) -> HiveType:
    """A value's type; beyond 64 levels text."""
    if depth > _DEEPEST:
        return "string"
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return _whole_number(value)
    if isinstance(value, float):
        return "double"
    if isinstance(value, list):
        element: HiveType = NOTHING
        for item in value:
            element = widen(element, _type_of(item, depth + 1))
        return Array(element)
    if isinstance(value, dict):
        return Struct(tuple(merged(_fields(value, depth + 1)).items()))
    return "string"


def _fields(record: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, HiveType]]:
    return ((name, _type_of(value, depth)) for name, value in record.items())


def _whole_number(value: int) -> str:
    if -(2**31) <= value < 2**31:
        return "int"
    # beyond 64 bits a double holds it roughly, as every JSON number (chosen)
    return "bigint" if -(2**63) <= value < 2**63 else "double"


_Step = str | int | None
"""A member's name, an element's index, or all elements (None)."""


def _steps(path: str) -> tuple[_Step, ...]:
    """The steps of a JsonPath made of `.name`, `['name']`, `[0]` and `[*]`, which is what the guide's examples use."""
    if not path.startswith("$"):
        raise CrawlError(f"NOT_SUPPORTED: the local engine cannot read the JsonPath {path!r}")
    steps: list[_Step] = []
    position = 1
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            raise CrawlError(f"NOT_SUPPORTED: the local engine cannot read the JsonPath {path!r}")
        name, index = found["name"] or found["quoted"], found["index"]
        if name == "*":
            raise CrawlError(f"NOT_SUPPORTED: the local engine cannot read the JsonPath {path!r}")
        steps.append(name if name else None if index == "*" else int(index))
        position = found.end()
    return tuple(steps)


def _reach(value: Any, steps: Sequence[_Step]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, others = steps[0], steps[1:]
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from _reach(value[step], others)
    elif isinstance(value, list):
        for item in value if step is None else value[step : step + 1]:
            yield from _reach(item, others)
