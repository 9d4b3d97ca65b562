"""Trino's types: their names, which goes into which, and how DuckDB holds them. Pure.

DuckDB holds a row as a struct of f0, f1, …, since Trino's field names may be missing or double; a timestamp with time
zone as the struct (t: its instant in UTC, z: its zone), since DuckDB keeps no zone per value; json as its text; an
interval as milliseconds or months.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MOST_DIGITS = 38


@dataclass(frozen=True)
class Type:
    """A type; `parameters` are a length, precision and scale, element types, or (name, type) of a row's fields."""

    name: str
    parameters: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.name == "row":
            fields = (f"{name} {kind}" if name else str(kind) for name, kind in self.parameters)
            return f"row({', '.join(fields)})"
        if self.name == "timestamp with time zone":
            return f"timestamp({self.parameters[0]}) with time zone"
        comma = ", " if self.name == "map" else ","
        inner = f"({comma.join(str(item) for item in self.parameters)})" if self.parameters else ""
        return f"{self.name}{inner}"

    @property
    def element(self) -> Type:
        """An array's element type."""
        return self.parameters[0]  # type: ignore[no-any-return]

    @property
    def is_number(self) -> bool:
        """Whether arithmetic takes it."""
        return self.name in _NUMBERS

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return self.name in WHOLE


UNKNOWN = Type("unknown")
BOOLEAN = Type("boolean")
TINYINT, SMALLINT, INTEGER, BIGINT = (Type(name) for name in ("tinyint", "smallint", "integer", "bigint"))
REAL, DOUBLE = Type("real"), Type("double")
VARCHAR, VARBINARY, JSON = Type("varchar"), Type("varbinary"), Type("json")
UUID = Type("uuid")
DATE, TIME = Type("date"), Type("time")
TIMESTAMP = Type("timestamp", (3,))
ZONED = Type("timestamp with time zone", (3,))
DAYS, MONTHS = Type("interval day to second"), Type("interval year to month")

WHOLE = ("tinyint", "smallint", "integer", "bigint")
_NUMBERS = (*WHOLE, "decimal", "real", "double")
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
_DUCKDB = {
    "unknown": "INTEGER",
    "real": "FLOAT",
    "varbinary": "BLOB",
    "json": "VARCHAR",
    "char": "VARCHAR",
    "varchar": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "timestamp with time zone": "STRUCT(t TIMESTAMP, z VARCHAR)",
    "interval day to second": "BIGINT",
    "interval year to month": "INTEGER",
    "uuid": "UUID",
}


def decimal(precision: int, scale: int) -> Type:
    """A decimal; no more than 38 digits."""
    return Type("decimal", (min(precision, MOST_DIGITS), scale))


def array(element: Type) -> Type:
    """An array."""
    return Type("array", (element,))


def map_of(key: Type, value: Type) -> Type:
    """A map."""
    return Type("map", (key, value))


def row(*fields: tuple[str | None, Type]) -> Type:
    """A row."""
    return Type("row", fields)


def duckdb_type(kind: Type) -> str:
    """What holds the type in DuckDB."""
    if kind.name == "array":
        return f"{duckdb_type(kind.element)}[]"
    if kind.name == "map":
        return f"MAP({', '.join(map(duckdb_type, kind.parameters))})"
    if kind.name == "row":
        return f"STRUCT({', '.join(f'f{i} {duckdb_type(t)}' for i, (_, t) in enumerate(kind.parameters))})"
    if kind.name == "decimal":
        return f"DECIMAL({kind.parameters[0]}, {kind.parameters[1]})"
    return _DUCKDB.get(kind.name, kind.name.upper())


def as_decimal(kind: Type) -> Type | None:
    """The decimal that holds a whole number or decimal exactly."""
    if kind.name == "decimal":
        return kind
    return decimal(_DIGITS[kind.name], 0) if kind.is_whole else None


def common(a: Type, b: Type) -> Type | None:
    """The type that both go into without a cast; None if there is none."""
    if a == b or b == UNKNOWN:
        return a
    if a == UNKNOWN:
        return b
    if a.is_number and b.is_number:
        return _common_number(a, b)
    if a.name in ("varchar", "char") and b.name in ("varchar", "char"):
        lengths = [kind.parameters[0] if kind.parameters else None for kind in (a, b)]
        name = "char" if a.name == b.name == "char" else "varchar"
        return VARCHAR if None in lengths else Type(name, (max(filter(None, lengths), default=0),))
    if a.name == b.name and a.parameters and b.parameters:
        return _common_nested(a, b)
    order = ("date", "timestamp", "timestamp with time zone")
    if a.name in order and b.name in order:
        return max(a, b, key=lambda kind: order.index(kind.name))
    return None


def has_char(kind: Type) -> bool:
    """Whether it is char or has it inside: DuckDB holds it as text, but with its blanks."""
    if kind.name == "row":
        return any(has_char(own) for _, own in kind.parameters)
    return kind.name == "char" or (kind.name in ("array", "map") and any(map(has_char, kind.parameters)))


def is_orderable(kind: Type) -> bool:
    """Whether values are smaller and larger."""
    if kind.name == "row":
        return all(is_orderable(own) for _, own in kind.parameters)
    if kind.name == "array":
        return is_orderable(kind.element)
    return kind.name not in ("map", "json")


def is_coercible_to(kind: Type, wanted: Type) -> bool:
    """Whether Trino casts the one to the other by itself."""
    if kind.name == wanted.name == "timestamp" or (kind.name == wanted.name == "varchar" and not wanted.parameters):
        return True
    if kind.name == wanted.name == ZONED.name:
        return True
    if kind.name == wanted.name and kind.name in ("array", "map") and wanted.parameters:
        return all(is_coercible_to(a, b) for a, b in zip(kind.parameters, wanted.parameters, strict=True))
    return common(kind, wanted) == wanted


def _common_number(a: Type, b: Type) -> Type:
    for name in ("double", "real"):
        if name in (a.name, b.name):
            return Type(name)
    if a.is_whole and b.is_whole:
        return max(a, b, key=lambda kind: WHOLE.index(kind.name))
    (p1, s1), (p2, s2) = (as_decimal(kind).parameters for kind in (a, b))  # type: ignore[union-attr]
    scale = max(s1, s2)
    return decimal(max(p1 - s1, p2 - s2) + scale, scale)


def _common_nested(a: Type, b: Type) -> Type | None:
    if a.name.startswith("timestamp"):
        return Type(a.name, (max(a.parameters[0], b.parameters[0]),))
    if a.name == "row":
        if len(a.parameters) != len(b.parameters):
            return None
        kinds = [common(x, y) for (_, x), (_, y) in zip(a.parameters, b.parameters, strict=True)]
        names = [n if n == m else None for (n, _), (m, _) in zip(a.parameters, b.parameters, strict=True)]
        return None if None in kinds else row(*zip(names, kinds, strict=True))  # type: ignore[arg-type]
    parts = [common(x, y) for x, y in zip(a.parameters, b.parameters, strict=True)]
    return None if None in parts else Type(a.name, tuple(parts))


_ALIASES = {"int": "integer", "string": "varchar", "float": "real", "binary": "varbinary", "struct": "row"}


def parse(text: str) -> Type:
    """A type of the catalog (Hive's `struct<a:int>`) or of SQL (`row(a integer)`). ValueError if it is none."""
    kind, rest = _parse(text.strip().lower())
    if rest.strip():
        raise ValueError(f"not a type: {text}")
    return kind


_SIZES: dict[str, tuple[int, ...]] = {"timestamp": (3,), "char": (1,), "decimal": (10, 0)}


def _parse(text: str) -> tuple[Type, str]:
    match = re.match(r"\s*([a-z]+)\s*", text)
    if match is None:
        raise ValueError(f"not a type: {text}")
    name, rest = _ALIASES.get(match[1], match[1]), text[match.end() :]
    if name in ("array", "map", "row"):
        return _parse_nested(name, rest)
    sizes: tuple[int, ...] = ()
    if found := re.match(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", rest):
        sizes = tuple(int(size) for size in found.groups() if size)
        rest = rest[found.end() :]
    for words in (" with time zone", " day to second", " year to month", " precision"):
        if rest.startswith((words, words.lstrip())):
            name, rest = f"{name}{words}".removesuffix(" precision"), rest.lstrip()[len(words) - 1 :]
    if name == "decimal" and len(sizes) == 1:
        sizes = (*sizes, 0)
    sizes = sizes or _SIZES.get(name.removesuffix(" with time zone"), ())
    if name not in {*_NUMBERS, *_DUCKDB, "boolean", "date", "time"}:
        raise ValueError(f"not a type: {text}")
    return Type(name, sizes), rest


def _parse_nested(name: str, rest: str) -> tuple[Type, str]:
    if not rest or rest[0] not in "<(":
        raise ValueError(f"{name} of what?")
    parts: list[Any] = []
    rest = rest[1:]
    while True:
        field = None
        if name == "row" and (found := re.match(r"\s*(?:\"([^\"]+)\"|([^\s:<>(),]+))\s*[:\s]\s*(?=[a-z])", rest)):
            field, rest = found[1] or found[2], rest[found.end() :]
        kind, rest = _parse(rest)
        parts.append((field, kind) if name == "row" else kind)
        rest = rest.lstrip()
        if not rest or rest[0] not in ",>)":
            raise ValueError(f"a {name} that does not end")
        ended, rest = rest[0] != ",", rest[1:]
        if ended:
            break
    if len(parts) != {"array": 1, "map": 2}.get(name, len(parts)):
        raise ValueError(f"{name} of {len(parts)} types")
    return Type(name, tuple(parts)), rest
