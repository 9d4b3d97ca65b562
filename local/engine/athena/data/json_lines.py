"""Rows that Python has read, as lines of JSON that DuckDB reads: for the SerDes of JSON, Avro, ORC and grok.

A cell that cannot be read fails the query only if the query asks for its column, as in Athena.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.functions import macros
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import quoted, text

_OPTIONS = "format='newline_delimited', records=true, filename=true, maximum_object_size=67108864"


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


class UnreadableError(Exception):
    """A cell that does not fit its column; the message is the rest of Athena's."""


def _as_text(kind: t.Type) -> str:
    """DuckDB's type of what a line holds: bytes are written as text, which is cast afterwards."""
    return t.duckdb_type(kind).replace("BLOB", "VARCHAR")


class Rows:
    """The rows of a table's files; `code` is Athena's for a cell that does not fit."""

    def __init__(self, store: ObjectFiles, columns: Sequence[TableColumn], code: str = "HIVE_BAD_DATA") -> None:
        self._store = store
        self._columns = columns
        self._code = code
        self._names: list[str] = []
        self._failing: set[int] = set()
        self._cells = [f"c{index}" for index in range(len(columns))]

    def add(self, file: DataFile, rows: Iterable[Sequence[Any]]) -> None:
        """Take a file's rows: a value or an UnreadableError for each column, in their order."""
        self._store.count(file.item.size)
        lines = [self._line(row) for row in rows]
        # half of a surrogate pair becomes a question mark, as in Java
        body = "\n".join([*lines, ""]).encode(errors="replace")
        self._names.append(self._store.add(body, "json", counted=False))

    def _line(self, row: Sequence[Any]) -> str:
        try:
            return _ENCODER.encode(
                {name: value for name, value in zip(self._cells, row, strict=True) if value is not None}
            )
        except TypeError:  # an UnreadableError is among them
            return self._failing_line(row)

    def _failing_line(self, row: Sequence[Any]) -> str:
        cells = {}
        for index, value in enumerate(row):
            if isinstance(value, UnreadableError):
                self._failing.add(index)
                cells[f"e{index}"] = str(value)
            elif value is not None:
                cells[f"c{index}"] = value
        return _ENCODER.encode(cells)

    def select(self) -> tuple[list[str], str]:
        """The files' names, and the SELECT that reads them."""
        kinds = [f"'c{index}': {text(_as_text(column.type))}" for index, column in enumerate(self._columns)]
        kinds += [f"'e{index}': 'VARCHAR'" for index in sorted(self._failing)]
        cells = ", ".join(f"{self._cell(index)} AS {quoted(column.name)}" for index, column in enumerate(self._columns))
        files = ", ".join(map(text, self._names))
        return (
            self._names,
            f"SELECT {cells}, filename FROM read_json([{files}], {_OPTIONS}, columns={{{', '.join(kinds)}}})",
        )

    def _cell(self, index: int) -> str:
        kind = self._columns[index].type
        wanted = t.duckdb_type(kind)
        own = f"c{index}" if _as_text(kind) == wanted else f"CAST(c{index} AS {wanted})"
        if index not in self._failing:
            return own
        return macros.checked(own, f"e{index} IS NOT NULL", self._code, f"e{index}")
