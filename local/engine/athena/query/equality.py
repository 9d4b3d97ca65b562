"""SQL of `=`, `<` and of being the same, by the rules of Trino's types.

A zoned time compares as its instant, a map as a set of pairs, NaN is equal to nothing, and a NULL inside of an array,
map or row makes a comparison unknown that no other part of it decides. `canonical` maps a value to one that DuckDB
takes for the same exactly if Trino does (IS NOT DISTINCT FROM, GROUP BY, DISTINCT).
"""

from __future__ import annotations

import re

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.types import Type


def is_plain(kind: Type) -> bool:
    """Whether DuckDB's own IS NOT DISTINCT FROM is Trino's."""
    if kind.name == "row":
        return all(is_plain(own) for _, own in kind.parameters)
    if kind.name == "array":
        return is_plain(kind.element)
    return kind.name not in ("map", t.ZONED.name)


def canonical(sql: str, kind: Type, depth: int = 0) -> str:
    """SQL of a value that is the same for DuckDB exactly if it is for Trino; it sorts as Trino's, too."""
    if is_plain(kind):
        return sql
    if kind.name == t.ZONED.name:
        return f"({sql}).t"
    name = f"q{depth}"
    if kind.name == "array":
        return f"list_transform({sql}, lambda {name}: {canonical(name, kind.element, depth + 1)})"
    if kind.name == "map":
        key, other = (
            canonical(f"{name}.{part}", own, depth + 1)
            for part, own in zip(("key", "value"), kind.parameters, strict=True)
        )
        pairs = f"list_transform(map_entries({sql}), lambda {name}: struct_pack(k := {key}, v := {other}))"
        return f"list_sort({pairs})"
    parts = (
        f"f{index} := {canonical(f'struct_extract({sql}, {_quoted(index)})', own, depth)}"
        for index, (_, own) in enumerate(kind.parameters)
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"


def equal(a: str, b: str, kind: Type, depth: int = 0) -> str:
    """SQL of a = b: true, false or NULL."""
    if kind.name == "row":
        return "(" + " AND ".join(equal(x, y, own, depth) for x, y, own in _fields(a, b, kind)) + ")"
    if kind.name == "array":
        one, place = f"e{depth}", f"i{depth}"
        inner = equal(one, f"list_extract({b}, {place})", kind.element, depth + 1)
        pairs = f"list_transform({a}, lambda {one}, {place}: {inner})"
        return _of_many(a, b, "len", pairs)
    if kind.name == "map":
        return _equal_maps(a, b, kind, depth)
    if kind.name == t.ZONED.name:
        return f"(({a}).t = ({b}).t)"
    return _compared(a, "=", b, kind)


def _of_many(a: str, b: str, size: str, pairs: str) -> str:
    return (
        f"(CASE WHEN {a} IS NULL OR {b} IS NULL THEN NULL WHEN {size}({a}) <> {size}({b}) THEN FALSE "
        f"ELSE trino_all({pairs}) END)"
    )


def _equal_maps(a: str, b: str, kind: Type, depth: int) -> str:
    own, other = kind.parameters
    one, two = f"e{depth}", f"o{depth}"
    same = f"{canonical(f'{one}.key', own)} IS NOT DISTINCT FROM {canonical(f'{two}.key', own)}"
    found = f"list_filter(map_entries({b}), lambda {two}: {same})"
    inner = equal(f"{one}.value", f"list_extract({found}, 1).value", other, depth + 1)
    pairs = f"list_transform(map_entries({a}), lambda {one}: CASE WHEN len({found}) = 0 THEN FALSE ELSE {inner} END)"
    return _of_many(a, b, "cardinality", pairs)


def less(a: str, b: str, kind: Type, depth: int = 0) -> str:
    """SQL of a < b: true, false or NULL. An array with a NULL fails, as Trino's does."""
    if kind.name == "row":
        result = "FALSE"
        for x, y, own in reversed(_fields(a, b, kind)):
            result = f"({less(x, y, own, depth)} OR ({equal(x, y, own, depth)} AND {result}))"
        return result
    if kind.name == "array":
        wrong = " OR ".join(
            f"coalesce(len({x}) > len(list_filter({x}, lambda e: e IS NOT NULL)), FALSE)" for x in (a, b)
        )
        message = "'ARRAY comparison not supported for arrays with null elements'"
        plain = f"({canonical(a, kind, depth)} < {canonical(b, kind, depth)})"
        return f"({macros.checked(plain, wrong, 'NOT_SUPPORTED', message)})"
    if kind.name == t.ZONED.name:
        return f"(({a}).t < ({b}).t)"
    return _compared(a, "<", b, kind)


def compared(a: str, sign: str, b: str, kind: Type) -> str:
    """SQL of a comparison by its sign: = <> < <= > >= or one of the two DISTINCT FROM."""
    if "DISTINCT" in sign:
        return f"({canonical(a, kind)} {sign} {canonical(b, kind)})"
    if kind.name not in ("row", "array", "map"):
        a, b = canonical(a, kind), canonical(b, kind)
        return _compared(a, sign, b, kind)
    if sign == "=":
        return equal(a, b, kind)
    if sign == "<>":
        return f"(NOT {equal(a, b, kind)})"
    if sign in ("<", ">"):
        return less(*((a, b) if sign == "<" else (b, a)), kind)
    smaller, larger = (a, b) if sign == "<=" else (b, a)
    return f"({less(smaller, larger, kind)} OR {equal(smaller, larger, kind)})"


def _compared(a: str, sign: str, b: str, kind: Type) -> str:
    plain = f"({a} {sign} {b})"
    if kind not in (t.REAL, t.DOUBLE):
        return plain
    # for DuckDB, NaN is equal to itself and larger than all numbers
    known = [sql for sql in (a, b) if not _is_number(sql)]
    if sign == "=" and len(known) < 2:
        return plain
    nothing = " AND ".join(f"NOT isnan({sql})" for sql in known)
    if sign == "<>":
        return f"(NOT (({a} = {b}) AND {nothing}))" if known else plain
    return f"({plain} AND {nothing})" if known else plain


_NUMBER = re.compile(r"CAST\((?:'[-+0-9.eE]+'|CAST\(\d+ AS \w+\)) AS (?:DOUBLE|FLOAT)\)")


def _is_number(sql: str) -> bool:
    """Whether it is a constant, and so not NaN."""
    return bool(_NUMBER.fullmatch(sql))


def _fields(a: str, b: str, kind: Type) -> list[tuple[str, str, Type]]:
    return [
        (f"struct_extract({a}, 'f{index}')", f"struct_extract({b}, 'f{index}')", own)
        for index, (_, own) in enumerate(kind.parameters)
    ]


def _quoted(index: int) -> str:
    return f"'f{index}'"
