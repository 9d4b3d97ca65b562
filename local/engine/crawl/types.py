"""Column types of the catalog, as values that can be merged; scalars are their own names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Array:
    """`array<element>`."""

    element: HiveType


@dataclass(frozen=True)
class Map:
    """`map<key,value>`."""

    key: HiveType
    value: HiveType


@dataclass(frozen=True)
class Struct:
    """`struct<name:type,...>`; names keep their case, as the SerDes look them up without regard to it."""

    fields: tuple[tuple[str, HiveType], ...]


HiveType = str | Array | Map | Struct

NOTHING = "null"
"""The type of values that are all absent: any other type takes its place."""

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_FLOATING = ("float", "double")
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def text(kind: HiveType) -> str:
    """The type as the catalog writes it.

    What is never filled becomes a string (chosen; Athena refuses `struct<>`, so an empty object is a string too). A `:`
    within a name is escaped, which Athena refuses as well: seen in a crawled table
    (aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection#160).
    """
    if isinstance(kind, Array):
        return f"array<{text(kind.element)}>"
    if isinstance(kind, Map):
        return f"map<{text(kind.key)},{text(kind.value)}>"
    if isinstance(kind, Struct):
        if not kind.fields:
            return "string"
        return f"struct<{','.join(f'{_escaped(name)}:{text(field)}' for name, field in kind.fields)}>"
    return "string" if kind == NOTHING else kind


def _escaped(name: str) -> str:
    return name.replace(":", "\\:")


def widen(left: HiveType, right: HiveType) -> HiveType:
    """The narrowest type that holds both; where there is none, string (chosen: Glue publishes no rule)."""
    if left == right or right == NOTHING:
        return left
    if left == NOTHING:
        return right
    if isinstance(left, Struct) and isinstance(right, Struct):
        return Struct(tuple(merged([*left.fields, *right.fields]).items()))
    if isinstance(left, Array) and isinstance(right, Array):
        return Array(widen(left.element, right.element))
    if isinstance(left, Map) and isinstance(right, Map):
        return Map(widen(left.key, right.key), widen(left.value, right.value))
    if isinstance(left, str) and isinstance(right, str):
        return _widen_scalars(left, right)
    return "string"


def merged(fields: Iterable[tuple[str, HiveType]]) -> dict[str, HiveType]:
    """Names in the order of first sight, each with the type that holds all of its own."""
    found: dict[str, HiveType] = {}
    for name, kind in fields:
        found[name] = widen(found[name], kind) if name in found else kind
    return found


def alike(left: HiveType | None, right: HiveType | None) -> bool:
    """Whether two columns can be one: any scalar beside any scalar, a struct beside a struct."""
    return NOTHING in (left, right) or _family(left) == _family(right)


def _family(kind: HiveType | None) -> str:
    """`struct`, `array`, `map`, or nothing for a scalar; types may come from the catalog, as text."""
    name = type(kind).__name__.lower() if not isinstance(kind, str) else kind.partition("<")[0]
    return name if name in ("struct", "array", "map") else ""


def _widen_scalars(left: str, right: str) -> str:
    for ladder in (_WHOLE, _FLOATING):
        if left in ladder and right in ladder:
            return max(left, right, key=ladder.index)
    numbers = (*_WHOLE, *_FLOATING)
    one, other = _DECIMAL.fullmatch(left), _DECIMAL.fullmatch(right)
    if one and other:
        return _wider_decimal([(int(m[1]), int(m[2])) for m in (one, other)])
    if all(kind in numbers or _DECIMAL.fullmatch(kind) for kind in (left, right)):
        return "double"
    return "string"


def _wider_decimal(sizes: list[tuple[int, int]]) -> str:
    scale = max(size[1] for size in sizes)
    whole = max(size[0] - size[1] for size in sizes)
    return f"decimal({min(38, whole + scale)},{scale})"
