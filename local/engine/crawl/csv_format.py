"""CSV as Glue's built-in classifier sees it.

Source: "Built-in CSV classifier" in the AWS Glue guide: the delimiters, at least two columns and two rows, the header
rule, the names col0, col1 ... without a header. What that page leaves open is marked "chosen".
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local.engine.crawl.formats import Column, Sample, Shape

DELIMITERS = (",", "|", "\t", ";", "\x01")
_LONGEST_HEADER_CELL = 150
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"

# the order in which a wider type takes over a narrower one
_EMPTY, _BIGINT, _DOUBLE, _STRING = range(4)
_TYPE_NAMES = {_EMPTY: "string", _BIGINT: "bigint", _DOUBLE: "double", _STRING: "string"}


@dataclass(frozen=True)
class CsvEvidence:
    """What one file tells about its table."""

    delimiter: str
    quoted: bool
    first_row: tuple[str, ...]
    rest: tuple[int, ...]
    """The type of each column without the first row."""

    @property
    def looks_headed(self) -> bool:
        """Glue's rule: names in the first row, and something that is not a string below it."""
        return _could_be_header(self.first_row) and any(kind in (_BIGINT, _DOUBLE) for kind in self.rest)


class CsvFormat:
    """The classifier."""

    def sample(self, head: bytes, whole: bool) -> Sample | None:
        """Read the delimiter, the first row and the types from the beginning of a file."""
        text = _complete_lines(head, whole)
        # JSON and XML are full of commas, but have classifiers of their own that come first
        if "\x00" in text or text.lstrip().startswith(("{", "[", "<?xml")):
            return None
        found = _best_delimiter(text)
        if found is None:
            return None
        delimiter, rows = found
        width = Counter(len(row) for row in rows).most_common(1)[0][0]
        evidence = CsvEvidence(
            delimiter=delimiter,
            quoted=_has_quoted_cell(text, delimiter),
            first_row=tuple(cell.strip() for cell in rows[0]),
            rest=_column_types(rows[1:], width),
        )
        return Sample(evidence, records=len(rows), size=len(text.encode()))

    def combine(self, samples: Sequence[Sample]) -> Shape:
        """Merge the columns of all files, in the order of first sight; a conflict of types widens."""
        evidence: list[CsvEvidence] = [sample.evidence for sample in samples]
        delimiter = Counter(item.delimiter for item in evidence).most_common(1)[0][0]
        evidence = [item for item in evidence if item.delimiter == delimiter]
        headers = [_header_names(item.first_row) for item in evidence if item.looks_headed]
        kinds: dict[str, int] = {}
        for item in evidence:
            for name, kind in _named_types(item, headers):
                kinds[name] = max(kinds.get(name, _EMPTY), kind)
        parameters = {
            "areColumnsQuoted": "true" if any(item.quoted for item in evidence) else "false",
            "columnsOrdered": "true",
            "delimiter": delimiter,
        }
        if headers:
            parameters["skip.header.line.count"] = "1"
        return Shape(
            classification="csv",
            columns=tuple(Column(name, _TYPE_NAMES[kind]) for name, kind in kinds.items()),
            parameters=parameters,
            serde=_LAZY_SIMPLE,
            serde_parameters={"field.delim": delimiter},
        )


def _complete_lines(head: bytes, whole: bool) -> str:
    text = head.decode("utf-8-sig", errors="replace")
    if not whole:
        # the last line may be cut anywhere, within a character too
        text = text[: text.rfind("\n") + 1]
    return text


def _best_delimiter(text: str) -> tuple[str, list[list[str]]] | None:
    """The delimiter under which most rows have the same number of cells, and more of them than under another."""
    best: tuple[tuple[float, int], str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        try:
            rows = _rows(text, delimiter)
        except csv.Error:
            continue
        if len(rows) < 2:
            continue
        width, agreeing = Counter(len(row) for row in rows).most_common(1)[0]
        if width < 2:
            continue
        rank = (agreeing / len(rows), width)
        if best is None or rank > best[0]:
            best = (rank, delimiter, rows)
    return (best[1], best[2]) if best else None


def _rows(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(16 * 1024 * 1024)
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def _has_quoted_cell(text: str, delimiter: str) -> bool:
    border = re.escape(delimiter)
    return re.search(rf'(^|{border})"[^\n]*"({border}|\r?$)', text, re.MULTILINE) is not None


def _kind(cell: str) -> int:
    cell = cell.strip()
    if not cell:
        return _EMPTY
    if _WHOLE.fullmatch(cell):
        # beyond 64 bits a double would lose digits (chosen)
        return _BIGINT if -(2**63) <= int(cell) < 2**63 else _STRING
    return _DOUBLE if _DECIMAL.fullmatch(cell) else _STRING


def _column_types(rows: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    kinds = [_EMPTY] * width
    for row in rows:
        for index, cell in enumerate(row[:width]):
            if kinds[index] != _STRING:
                kinds[index] = max(kinds[index], _kind(cell))
    return tuple(kinds)


def _could_be_header(cells: Sequence[str]) -> bool:
    """Every cell a string of fewer than 150 characters; the last may be longer, or empty after a last delimiter."""
    *others, last = cells
    return all(_kind(cell) == _STRING and len(cell) < _LONGEST_HEADER_CELL for cell in others) and _kind(last) in (
        _STRING,
        _EMPTY,
    )


def _header_names(cells: Sequence[str]) -> list[str]:
    """Column names: lower case, as the catalog folds them; a repeated name gets its position (chosen)."""
    names: list[str] = []
    for index, cell in enumerate(cells):
        name = cell.lower() or f"col{index}"
        names.append(f"{name}_{index}" if name in names else name)
    return names


def _named_types(item: CsvEvidence, headers: list[list[str]]) -> list[tuple[str, int]]:
    """A file's columns. Beside files with a header, a file of strings whose first row repeats it has one too."""
    own = _header_names(item.first_row)
    if item.looks_headed or own in headers:
        names, kinds = own, item.rest
    else:
        names = headers[0] if headers else []
        first = _column_types([item.first_row], len(item.rest))
        kinds = tuple(max(pair) for pair in zip(first, item.rest, strict=True))
    return [(names[index] if index < len(names) else f"col{index}", kind) for index, kind in enumerate(kinds)]
