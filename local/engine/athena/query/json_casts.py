"""SQL of casts to JSON and from it. JSON is held as its text."""

from __future__ import annotations

import json

from local.engine.athena import types as t
from local.engine.athena.functions import json_casts as casts
from local.engine.athena.query.scope import Value
from local.engine.athena.query.text_casts import decimal_text, plain_text
from local.engine.athena.sql import text
from local.engine.athena.types import Type


def from_json(value: Value, wanted: Type) -> str | None:
    """CAST(json AS type)."""
    if not _is_castable(wanted):
        return None
    inner = f"py_json_cast({value.sql}, {text(json.dumps(casts.shape(wanted)))})"
    if wanted.name in ("array", "map", "row"):
        inner = f"CAST({inner} AS JSON)"
    return f"CAST({inner} AS {t.duckdb_type(wanted)})"


_SCALARS = (*t.WHOLE, "decimal", "real", "double", "varchar", "boolean", "json")


def _is_castable(wanted: Type) -> bool:
    if wanted.name == "row":
        return all(_is_castable(kind) for _, kind in wanted.parameters)
    if wanted.name == "map":
        return wanted.parameters[0].name in _SCALARS and _is_castable(wanted.parameters[1])
    if wanted.name == "array":
        return _is_castable(wanted.element)
    return wanted.name in _SCALARS


def to_json(value: Value, depth: int = 0) -> str | None:
    """CAST(x AS JSON); a NULL inside is null."""
    kind, sql = value.type, value.sql
    if kind.name in ("array", "map", "row"):
        shown = {"array": _array, "map": _map, "row": _row}[kind.name](value, depth)
        return None if shown is None else f"CASE WHEN {sql} IS NOT NULL THEN {shown} END"
    if kind == t.JSON:
        return sql
    if kind in (t.DOUBLE, t.REAL):
        return f"py_{kind.name}_to_json({sql})"
    if kind.name == "decimal":
        return decimal_text(value)
    if kind.name in (*t.WHOLE, "boolean"):
        return f"CAST({sql} AS VARCHAR)"
    if kind == t.UNKNOWN:
        return "CAST(NULL AS VARCHAR)"
    if kind.name == "varchar":
        return f"CAST(to_json({sql}) AS VARCHAR)" if sql != "NULL" else "CAST(NULL AS VARCHAR)"
    if kind.name in ("date", "timestamp", t.ZONED.name):
        return f"('\"' || {plain_text(value)} || '\"')"
    return None


def _array(value: Value, depth: int) -> str | None:
    name = f"j{depth}"
    item = to_json(Value(name, value.type.element), depth + 1)
    if item is None:
        return None
    return f"'[' || array_to_string(list_transform({value.sql}, lambda {name}: coalesce({item}, 'null')), ',') || ']'"


def _map(value: Value, depth: int) -> str | None:
    """The keys in their order, as texts."""
    name = f"j{depth}"
    own, other = value.type.parameters
    key = plain_text(Value(f"{name}.key", own)) if own.name not in ("char", "json") else None
    if own == t.UNKNOWN:
        key = "''"
    if own in (t.REAL, t.DOUBLE):
        key = f"trim(py_{own.name}_to_json({name}.key), '\"')"  # as a number there, not as a cast to varchar
    item = to_json(Value(f"{name}.value", other), depth + 1)
    if key is None or item is None:
        return None
    pair = f"struct_pack(k := {key}, v := CAST(to_json({key}) AS VARCHAR) || ':' || coalesce({item}, 'null'))"
    pairs = f"list_sort(list_transform(map_entries({value.sql}), lambda {name}: {pair}))"
    return f"'{{' || array_to_string(list_transform({pairs}, lambda {name}: {name}.v), ',') || '}}'"


def _row(value: Value, depth: int) -> str | None:
    """An object with the names of the fields; fields without one have the empty name."""
    parts = []
    for index, (name, kind) in enumerate(value.type.parameters):
        item = to_json(Value(f"struct_extract({value.sql}, 'f{index}')", kind), depth)
        if item is None:
            return None
        parts.append(f"{text(json.dumps(name or '', ensure_ascii=False) + ':')} || coalesce({item}, 'null')")
    return "'{' || " + " || ',' || ".join(parts) + " || '}'"
