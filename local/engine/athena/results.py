"""Results as Athena prints, types, pages and stores them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.functions import zones
from local.engine.athena.functions.decimals import double, real
from local.engine.athena.types import Type

PAGE_ROWS = 1000

# type -> its name in ColumnInfo, precision, scale
_SHOWN: dict[str, tuple[str, int]] = {
    "boolean": ("boolean", 0),
    "tinyint": ("tinyint", 3),
    "smallint": ("smallint", 5),
    "integer": ("integer", 10),
    "bigint": ("bigint", 19),
    "real": ("float", 17),
    "double": ("double", 17),
    "varchar": ("varchar", 2147483647),
    "time": ("time", 3),
    "timestamp": ("timestamp", 3),
    "timestamp with time zone": ("timestamp with time zone", 3),
    "varbinary": ("varbinary", 1073741824),
}


@dataclass(frozen=True)
class Result:
    """A finished statement's columns and rows, in text."""

    names: list[str] = field(default_factory=list)
    types: list[Type] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    is_query: bool = False
    """Whether it has a header row and a CSV file."""
    manifest: list[str] | None = None
    """The objects that the statement has written; None if it is none that writes."""
    update_count: int = 0


def of_lines(name: str, lines: Sequence[str]) -> Result:
    """The result of a statement such as SHOW TABLES: one column of text, and no header."""
    return Result([name], [Type("string")], [[line] for line in lines])


def column_info(result: Result) -> list[dict[str, Any]]:
    """The ColumnInfo of GetQueryResults."""
    return [_column(name, kind) for name, kind in zip(result.names, result.types, strict=True)]


def page(result: Result, start: int, size: int) -> tuple[list[dict[str, Any]], int | None]:
    """Rows from a position on, a query's header row being the first one, and the position of the next page."""
    names: list[list[str | None]] = [list(result.names)] if result.is_query else []
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


def as_lines(result: Result) -> bytes:
    """The result file of what is no query."""
    return "".join("\t".join(cell or "" for cell in row) + "\n" for row in result.rows).encode()


def as_metadata(result: Result) -> bytes:
    """The companion file. Athena's is binary and not documented; this one names the columns and types."""
    return "".join(f"{name}\t{kind}\n" for name, kind in zip(result.names, result.types, strict=True)).encode()


def rows_as_text(rows: Sequence[Sequence[Any]], kinds: Sequence[Type]) -> list[list[str | None]]:
    """All values as Athena prints them."""
    shows = [printer(kind) for kind in kinds]
    return [[None if v is None else show(v) for v, show in zip(row, shows, strict=True)] for row in rows]


def printer(kind: Type) -> Callable[[Any], str]:
    """How values of a type are printed."""
    if kind.name == "array":
        item = _nested(kind.element)
        return lambda value: f"[{', '.join(map(item, value))}]"
    if kind.name == "map":
        key, value_of = (_nested(part) for part in kind.parameters)
        is_hashable = kind.parameters[0].name not in ("array", "map", "row", t.ZONED.name)

        def pairs(value: Any) -> Any:
            # DuckDB gives two lists where Python has no dict of such keys
            return value.items() if is_hashable or not value else zip(value["key"], value["value"], strict=True)

        return lambda value: "{" + ", ".join(f"{key(k)}={value_of(v)}" for k, v in pairs(value)) + "}"
    if kind.name == "row":
        fields = [(name or f"field{index}", _nested(own)) for index, (name, own) in enumerate(kind.parameters)]
        return lambda value: "{" + ", ".join(f"{n}={show(value[f'f{i}'])}" for i, (n, show) in enumerate(fields)) + "}"
    if kind.name == "char":
        return lambda value: str(value).ljust(kind.parameters[0])
    return _PRINTERS.get(kind.name, str)


def _nested(kind: Type) -> Callable[[Any], str]:
    show = printer(kind)
    return lambda value: "null" if value is None else show(value)


def _column(name: str, kind: Type) -> dict[str, Any]:
    shown, precision = _SHOWN.get(kind.name, (kind.name, 0))
    scale = 0
    if kind.name == "decimal":
        precision, scale = kind.parameters
    elif kind.name in ("varchar", "char") and kind.parameters:
        precision = kind.parameters[0]
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": shown,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": shown in ("varchar", "char"),
    }


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _moment(value: datetime) -> str:
    return value.isoformat(" ", "milliseconds")


def _zoned(value: dict[str, Any]) -> str:
    own = value["t"].replace(tzinfo=UTC).astimezone(zones.zone(value["z"]))
    return f"{_moment(own.replace(tzinfo=None))} {value['z']}"


def _days(value: int) -> str:
    sign, rest = ("-", -value) if value < 0 else ("", value)
    days, rest = divmod(rest, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _months(value: int) -> str:
    years, months = divmod(abs(value), 12)
    return f"{'-' if value < 0 else ''}{years}-{months}"


_PRINTERS: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "real": real,
    "double": double,
    "decimal": lambda value: format(value, "f"),
    "timestamp": _moment,
    "timestamp with time zone": _zoned,
    "time": lambda value: (
        f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}" if isinstance(value, time) else str(value)
    ),
    "date": lambda value: value.isoformat() if isinstance(value, date) else str(value),
    "varbinary": lambda value: bytes(value).hex(" "),
    "interval day to second": _days,
    "interval year to month": _months,
}
