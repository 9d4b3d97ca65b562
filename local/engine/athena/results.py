"""Results as Athena prints, types, pages and stores them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

PAGE_ROWS = 1000

# DuckDB's type -> Athena's type, precision, scale
_TYPES: dict[str, tuple[str, int, int]] = {
    "BOOLEAN": ("boolean", 0, 0),
    "TINYINT": ("tinyint", 3, 0),
    "SMALLINT": ("smallint", 5, 0),
    "INTEGER": ("integer", 10, 0),
    "BIGINT": ("bigint", 19, 0),
    "HUGEINT": ("bigint", 19, 0),
    "FLOAT": ("float", 17, 0),
    "DOUBLE": ("double", 17, 0),
    "VARCHAR": ("varchar", 2147483647, 0),
    "DATE": ("date", 0, 0),
    "TIME": ("time", 3, 0),
    "TIMESTAMP": ("timestamp", 3, 0),
    "BLOB": ("varbinary", 1073741824, 0),
    '"NULL"': ("unknown", 0, 0),
}


@dataclass(frozen=True)
class Result:
    """A finished query's columns and rows, in text."""

    names: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)


def column_info(result: Result) -> list[dict[str, Any]]:
    """The ColumnInfo of GetQueryResults."""
    return [_column(name, kind) for name, kind in zip(result.names, result.types, strict=True)]


def page(result: Result, start: int, size: int, *, header: bool) -> tuple[list[dict[str, Any]], int | None]:
    """Rows from a position on, the header row being the first one, and the position of the next page."""
    names: list[list[str | None]] = [list(result.names)] if header else []
    total = len(names) + len(result.rows)
    end = min(start + size, total)
    chosen = [names[index] if index < len(names) else result.rows[index - len(names)] for index in range(start, end)]
    rows = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in chosen]
    return rows, end if end < total else None


def as_csv(result: Result) -> bytes:
    """The result file: every value quoted, NULL empty, lines ended by a line feed."""
    lines = [",".join(map(_quoted, result.names))]
    lines += [",".join("" if cell is None else _quoted(cell) for cell in row) for row in result.rows]
    return ("\n".join(lines) + "\n").encode()


def as_metadata(result: Result) -> bytes:
    """The companion file. Athena's is binary and not documented; this one names the columns and types."""
    return "".join(f"{name}\t{kind}\n" for name, kind in zip(result.names, result.types, strict=True)).encode()


def text(value: Any) -> str | None:
    """A value as Athena prints it; None for NULL."""
    if value is None or isinstance(value, str):
        return value
    # bool before int, datetime before date: each is a kind of the other
    return next((show(value) for kind, show in _PRINTERS if isinstance(value, kind)), str(value))


def athena_type(duckdb_type: str) -> str | None:
    """Athena's name for DuckDB's type; None if there is none."""
    if duckdb_type.endswith("]"):
        return "array"
    if duckdb_type.startswith("STRUCT"):
        return "row"
    if duckdb_type.startswith("MAP"):
        return "map"
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.lower()
    return _TYPES[duckdb_type][0] if duckdb_type in _TYPES else None


def _column(name: str, kind: str) -> dict[str, Any]:
    precision, scale = next(((p, s) for known, p, s in _TYPES.values() if known == kind), (0, 0))
    if kind.startswith("decimal("):
        precision, scale = (int(part) for part in kind[len("decimal(") : -1].split(","))
        kind = "decimal"
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind == "varchar",
    }


def _nested(value: Any) -> str:
    return "null" if value is None else str(text(value))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _double(value: float) -> str:
    """Java's Double.toString: plain from 0.001 up to ten million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(Decimal(repr(value)), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    exponent = Decimal(repr(value)).adjusted()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{exponent}"


def rows_as_text(rows: Sequence[Sequence[Any]]) -> list[list[str | None]]:
    """All values as Athena prints them."""
    return [[text(value) for value in row] for row in rows]


def _milliseconds(value: datetime | time, pattern: str) -> str:
    return value.strftime(pattern) + f".{value.microsecond // 1000:03d}"


_PRINTERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (float, _double),
    (Decimal, lambda value: format(value, "f")),
    (datetime, lambda value: _milliseconds(value, "%Y-%m-%d %H:%M:%S")),
    (time, lambda value: _milliseconds(value, "%H:%M:%S")),
    (date, lambda value: value.isoformat()),
    (bytes, lambda value: value.hex(" ")),
    ((list, tuple), lambda value: "[" + ", ".join(map(_nested, value)) + "]"),
    (dict, lambda value: "{" + ", ".join(f"{_nested(key)}={_nested(item)}" for key, item in value.items()) + "}"),
)
