"""XML as Glue's built-in classifier sees it, and as an XML classifier's row tag changes it.

Source: the AWS Glue guide, "Writing XML custom classifiers": the row tag's elements are the rows, except those that
close themselves. The names of attributes and text (`_name`, `_VALUE`) are those of Glue's own reader of XML. How the
built-in classifier finds the row tag is not published: the first element that is repeated below the root, else the
root (chosen). Athena cannot read such a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from local.engine.crawl.csv_rows import kind_of
from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, MOST_RECORDS, Document
from local.engine.crawl.types import NOTHING, Array, HiveType, Struct, merged, widen

_FIRST = 1024
_ATTRIBUTE, _TEXT = "_", "_VALUE"
_DEEPEST = 64


@dataclass
class _Element:
    """An element while it is read; `closes_itself` is `<row a="1"/>`."""

    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    closes_itself: bool = False


class XmlFormat:
    """The classifier; `row_tag` is an XML classifier's RowTag."""

    def __init__(self, row_tag: str | None = None) -> None:
        self._row_tag = row_tag

    def sample(self, document: Document) -> Sample | None:
        """Read the rows of the first megabyte."""
        start = document.head(_FIRST).removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start.startswith(b"<"):
            return None
        tree = _Tree()
        whole = document.is_whole(MEGABYTE)
        if not tree.read(document.head(MEGABYTE), whole=whole and not document.broken) or tree.root is None:
            return None
        tag = self._row_tag or _repeated(tree.root)
        rows = [row for row in tree.named(tag) if not row.closes_itself][:MOST_RECORDS]
        kinds = [_type(row) for row in rows]
        fields = merged(pair for kind in kinds if isinstance(kind, Struct) for pair in kind.fields)
        if not fields:
            return None
        size = min(len(document.head(MEGABYTE)), document.size)
        return Sample((tag, tuple(fields.items())), records=len(rows), size=size, total_records=None)

    def kind(self, sample: Sample) -> Hashable:
        """Files of one table have one row tag."""
        tag: str = sample.evidence[0]
        return tag

    def context(self, samples: Sequence[Sample]) -> None:
        """Files of XML say nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """Attributes and children of the rows; names in lower case, as the catalog folds them."""
        folded = merged((name.lower(), kind) for name, kind in sample.evidence[1])
        return tuple(Column(name, kind) for name, kind in folded.items())

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """Merge the columns of all files. There is no SerDe for them, and no input format."""
        columns = merged((column.name, column.type) for sample in samples for column in self.columns(sample, context))
        return Shape(
            classification="xml",
            columns=tuple(Column(name, kind) for name, kind in columns.items()),
            serde_parameters={"rowTag": samples[0].evidence[0]},
            input_format="",
            output_format="",
        )


class _Tree:
    """The elements of a document's beginning. Entities of its own are refused: they may stand for anything."""

    def __init__(self) -> None:
        self.root: _Element | None = None
        self._data = b""
        self._open: list[_Element] = []
        self._closed: list[_Element] = []
        self._parser = expat.ParserCreate(namespace_separator=None)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse

    def read(self, data: bytes, *, whole: bool) -> bool:
        """Whether it is XML; a cut may end it anywhere."""
        self._data = data
        try:
            self._parser.Parse(data, whole)
        except (expat.ExpatError, ValueError):
            return False
        return True

    def named(self, tag: str) -> list[_Element]:
        """The elements of a name, of those that are read to their ends."""
        return [element for element in self._closed if element.name == tag]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise ValueError("too deep")
        element = _Element(name.rpartition(":")[2], attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        place = self._parser.CurrentByteIndex
        is_empty = not element.children and not element.text
        element.closes_itself = is_empty and self._data[place - 2 : place] == b"/>"
        self._closed.append(element)

    def _characters(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _refuse(self, *_: Any) -> None:
        raise ValueError("an entity")


def _repeated(root: _Element) -> str:
    counted = Counter(child.name for child in root.children)
    return next((child.name for child in root.children if counted[child.name] > 1), root.name)


def _type(element: _Element) -> HiveType:
    """A struct of attributes and children; what comes twice is an array, text alone is itself."""
    text = "".join(element.text).strip()
    if not element.children and not element.attributes:
        return kind_of(text)
    counted = Counter(child.name for child in element.children)
    fields: list[tuple[str, HiveType]] = [
        (f"{_ATTRIBUTE}{name}", kind_of(value)) for name, value in element.attributes.items()
    ]
    kinds: dict[str, HiveType] = {}
    for child in element.children:
        kinds[child.name] = widen(kinds.get(child.name, NOTHING), _type(child))
    fields += [(name, Array(kind) if counted[name] > 1 else kind) for name, kind in kinds.items()]
    if text:
        fields.append((_TEXT, kind_of(text)))
    return Struct(tuple(merged(fields).items()))
