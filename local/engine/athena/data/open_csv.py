"""Text files as OpenCSVSerDe reads them: opencsv 2.3's CSVParser on one line at a time.

Source: Trino's CsvDeserializer, which is "bug for bug" Hive's SerDe, with its tests, which run Hive's next to it; the
Athena guide, "Open CSV SerDe", for columns that are no strings.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local.engine.athena import types as t
from local.engine.athena.data import delimited, text_lines
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.openx_json import nulls_for_invalid_data
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import macros
from local.engine.athena.relation import TableColumn

SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# where a quote among other characters begins to count as one of them
_FIRST_PLAIN_QUOTE = 3
# Python's reader takes no longer cells
_LONGEST_USUAL = 100_000


@dataclass(frozen=True)
class Marks:
    """The three characters that mean something."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> Marks:
        """Those of a SerDe's properties, of which the first character counts. An escape `"` is a backslash to Hive."""
        own = cls(
            *(
                (properties.get(name) or usual)[0]
                for name, usual in (("separatorChar", ","), ("quoteChar", '"'), ("escapeChar", "\\"))
            )
        )
        marks = cls(own.separator, own.quote, "\\") if own.escape == '"' else own
        characters = [mark for mark in (marks.separator, marks.quote, marks.escape) if mark != "\0"]
        if len(set(characters)) < len(characters) or marks.separator == "\0":
            message = "CSV not supported: The separator, quote, and escape characters must be different!"
            raise QueryFailedError("NOT_SUPPORTED", message)
        return marks


def read(
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
    parameters: Mapping[str, str],
    skip: int,
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    lines = _rewritten(Marks.of(properties), len(columns))
    names = [delimited.add(store, file, lines) for file in found]
    lenient = nulls_for_invalid_data(properties, parameters)
    cells = [
        _cell(delimited.filled(column.name, index), column, index, lenient=lenient)
        for index, column in enumerate(columns)
    ]
    return names, delimited.select(store, names, columns, cells, skip=skip)


def _rewritten(marks: Marks, width: int) -> Callable[[bytes], bytes]:
    splitter = Splitter(marks, width)
    return lambda body: delimited.joined(map(splitter.cells, text_lines.split(body)))


class Splitter:
    """Splits lines into cells, no more than there are columns. The usual line is not gone through in Python."""

    def __init__(self, marks: Marks, width: int) -> None:
        self._marks = marks
        self._width = width
        separator, quote, escape = map(re.escape, (marks.separator, marks.quote, marks.escape))
        cell = f"(?:{quote}[^{quote}{escape}]*+{quote}|[^{quote}{escape}{separator}]*+)"
        self._is_usual = re.compile(f"{cell}(?:{separator}{cell})*+").fullmatch
        self._next: list[str] = []
        self._reader = csv.reader(iter(self._next.pop, None), delimiter=marks.separator, quotechar=marks.quote)

    def cells(self, line: str) -> list[str]:
        """The cells of a line; what is in quotes that do not end is lost."""
        marks = self._marks
        if marks.quote not in line and marks.escape not in line:
            return line.split(marks.separator, self._width)[: self._width] if line else []
        if len(line) < _LONGEST_USUAL and self._is_usual(line):
            # its quotes are all around whole cells, and Python's reader takes them off as well
            self._next.append(line)
            return next(self._reader)[: self._width]
        return _Line(line, marks, self._width).cells()


class _Line:
    """One line, character by character."""

    def __init__(self, line: str, marks: Marks, width: int) -> None:
        self._line = line
        self._marks = marks
        self._width = width
        self._cell = ""
        self._in_quotes = self._in_cell = False

    def cells(self) -> list[str]:
        """See split()."""
        separator, quote, escape = self._marks.separator, self._marks.quote, self._marks.escape
        cells: list[str] = []
        position = 0
        while position < len(self._line) and len(cells) < self._width:
            character = self._line[position]
            if character == escape:
                position += self._escape(position)
            elif character == quote:
                position += self._quote(position)
            elif character == separator and not self._in_quotes:
                cells.append(self._cell)
                self._cell, self._in_cell = "", False
            else:
                self._cell += character
                self._in_cell = True
            position += 1
        if len(cells) < self._width and not self._in_quotes:
            cells.append(self._cell)
        return cells

    def _escape(self, position: int) -> int:
        """Before a quote or an escape it keeps that one; else it is dropped. The characters that it took."""
        following = self._following(position)
        if not (self._in_quotes or self._in_cell) or following not in (self._marks.quote, self._marks.escape):
            return 0
        self._cell += following
        return 1

    def _quote(self, position: int) -> int:
        """Twice within a cell it is one quote. The characters that it took."""
        taken = 0
        if (self._in_quotes or self._in_cell) and self._following(position) == self._marks.quote:
            self._cell += self._marks.quote
            taken = 1
        else:
            self._begin_or_end(position)
        self._in_cell = not self._in_cell
        return taken

    def _begin_or_end(self, position: int) -> None:
        """A quote that is not next to a separator is also a character of the cell, or ends blanks before it."""
        separator, following = self._marks.separator, self._following(position)
        is_inside = position >= _FIRST_PLAIN_QUOTE and self._line[position - 1] != separator
        if is_inside and following not in ("", separator):
            self._cell = "" if self._cell and _is_blank(self._cell) else self._cell + self._marks.quote
        self._in_quotes = not self._in_quotes

    def _following(self, position: int) -> str:
        return self._line[position + 1 : position + 2]


def _is_blank(text: str) -> bool:
    """As Java's Character.isWhitespace, which leaves out blanks that do not break."""
    return text.isspace() and not any(character in "\x85\xa0\u2007\u202f" for character in text)


_WHOLE = "[+-]?[0-9]+"
_DECIMAL = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"


def _cell(own: str, column: TableColumn, index: int, *, lenient: bool) -> str:
    """OpenCSVSerDe has texts; Athena reads numbers, booleans, and dates as days and times as milliseconds from them."""
    kind, target = column.type, t.duckdb_type(column.type)
    if kind.name in ("varchar", "char"):
        return f"left({own}, {kind.parameters[0]})" if kind.parameters else own
    number = f"TRY_CAST(trim({own}) AS {target})"
    days, milliseconds = f"TRY_CAST({own} AS INTEGER)", f"TRY_CAST({own} AS BIGINT)"
    reads = {
        "date": (_WHOLE, days, f"DATE '1970-01-01' + {days}"),
        "timestamp": (_WHOLE, milliseconds, f"make_timestamp({milliseconds} * 1000)"),
        "boolean": ("(?i:true|false)", own, f"CAST({own} AS BOOLEAN)"),
        **dict.fromkeys(t.WHOLE, (_WHOLE, number, number)),
        **dict.fromkeys(("real", "double", "decimal"), (_DECIMAL, number, number)),
    }
    if kind.name not in reads:
        raise not_supported(f"OpenCSVSerDe columns of the type {kind}, such as {column.name}")
    pattern, needed, value = reads[kind.name]
    if lenient:
        return f"CASE WHEN regexp_full_match({own}, '{pattern}') AND {needed} IS NOT NULL THEN {value} END"
    message = (
        f"'Error parsing field value ''' || {own} || ''' for field {index}: For input string: \"' || {own} || '\"'"
    )
    wrong = f"NOT regexp_full_match({own}, '{pattern}') OR ({own} IS NOT NULL AND {needed} IS NULL)"
    return macros.checked(value, wrong, "HIVE_BAD_DATA", message)
