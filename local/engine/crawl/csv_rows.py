"""Text as rows of cells: delimiters, kinds of cells, and what could be a header. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from local.engine.crawl.reading import MOST_RECORDS
from local.engine.crawl.types import NOTHING, HiveType, widen

DELIMITERS = (",", "|", "\t", ";", "\x01")
"""Those of Glue's built-in classifier (AWS Glue guide, "Built-in CSV classifier")."""

_LONGEST_HEADER_CELL = 150
_LONGEST_NAME = 255
# text with a comma here and there is no CSV (chosen: Glue does not say how ragged rows may be)
_LEAST_AGREEMENT = 0.5
_LONGEST_CELL = 16 * 1024 * 1024
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Rows:
    """The beginning of a file, split."""

    delimiter: str
    rows: list[list[str]]
    size: int
    """Bytes of UTF-8 that the rows took."""

    @property
    def width(self) -> int:
        """Cells of most rows."""
        return Counter(len(row) for row in self.rows).most_common(1)[0][0]

    @property
    def agreement(self) -> float:
        """The share of rows with as many cells as most have."""
        return Counter(len(row) for row in self.rows).most_common(1)[0][1] / len(self.rows)


def split(text: str, delimiter: str, quote: str = '"') -> Rows | None:
    """The first 1,000 rows that are not empty; None if the text cannot be split so."""
    csv.field_size_limit(_LONGEST_CELL)
    size = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in io.StringIO(text, newline=""):
            size += len(line.encode())
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, quotechar=quote)
    try:
        rows = list(islice((row for row in reader if row), MOST_RECORDS))
    except csv.Error:
        return None
    return Rows(delimiter, rows, size) if rows else None


def best_split(text: str, quote: str = '"') -> Rows | None:
    """The delimiter under which most rows have the same number of cells, and more of them than under another."""
    found = [split(text, delimiter, quote) for delimiter in DELIMITERS if delimiter in text]
    candidates = [rows for rows in found if rows is not None and rows.width > 1 and rows.agreement >= _LEAST_AGREEMENT]
    return max(candidates, key=lambda rows: (rows.agreement, rows.width), default=None)


def kind_of(cell: str) -> str:
    """The type of a cell. Glue's tables of CSV have bigint, double, boolean and string; dates stay strings there."""
    cell = cell.strip()
    if not cell:
        return NOTHING
    if _WHOLE.fullmatch(cell):
        # beyond 64 bits a double would lose digits (chosen)
        return "bigint" if len(cell) < 21 and -(2**63) <= int(cell) < 2**63 else "string"
    if _DECIMAL.fullmatch(cell):
        return "double"
    return "boolean" if cell.lower() in ("true", "false") else "string"


def column_kinds(rows: Sequence[Sequence[str]], width: int) -> tuple[HiveType, ...]:
    """The type of each column; rows may be shorter or longer."""
    kinds: list[HiveType] = [NOTHING] * width
    for row in rows:
        for index, cell in enumerate(row[:width]):
            if kinds[index] != "string":
                kinds[index] = widen(kinds[index], kind_of(cell))
    return tuple(kinds)


def could_be_header(cells: Sequence[str]) -> bool:
    """Glue's rule: every cell a string of fewer than 150 characters; the last may be longer, or empty.

    The guide asks for names that a column may have; of those rules only "no line break" can be violated here.
    """
    *others, last = cells
    if any("\n" in cell or "\r" in cell for cell in cells):
        return False
    return all(kind_of(cell) == "string" and len(cell) < _LONGEST_HEADER_CELL for cell in others) and kind_of(last) in (
        "string",
        NOTHING,
    )


def header_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names: lower case, as the catalog folds them; a repeated name gets its position (chosen)."""
    names: list[str] = []
    for index, cell in enumerate(cells):
        name = cell.lower()[:_LONGEST_NAME] or f"col{index}"
        names.append(f"{name}_{index}" if name in names else name)
    return tuple(names)


def has_quoted_cell(text: str, delimiter: str, quote: str = '"') -> bool:
    """Whether a cell is wrapped in quotes."""
    border, mark = re.escape(delimiter), re.escape(quote)
    return re.search(rf"(^|{border}){mark}[^\n]*{mark}({border}|\r?$)", text, re.MULTILINE) is not None
