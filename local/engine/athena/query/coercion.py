"""SQL of casts: what Trino does by itself, and what CAST asks for."""

from __future__ import annotations

import json

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.functions import json_values, macros
from local.engine.athena.query.scope import Value
from local.engine.athena.query.temporal import instant, local
from local.engine.athena.sql import text
from local.engine.athena.types import Type


def converted(value: Value, wanted: Type) -> str | None:
    """SQL of a cast that fails as Athena's does; None if there is no such cast."""
    own = value.type
    if own == wanted:
        return value.sql
    if own == t.UNKNOWN:
        return f"CAST(NULL AS {t.duckdb_type(wanted)})"
    if wanted == t.JSON:
        return _to_json(value)
    if own == t.JSON:
        return _from_json(value, wanted)
    if wanted.name in ("array", "map", "row"):
        return _nested(value, wanted)
    return _plain(value, wanted)


def _from_json(value: Value, wanted: Type) -> str:
    inner = f"py_json_cast({value.sql}, {text(json.dumps(json_values.shape(wanted)))})"
    if wanted.name in ("array", "map", "row"):
        inner = f"CAST({inner} AS JSON)"
    return f"CAST({inner} AS {t.duckdb_type(wanted)})"


def _plain(value: Value, wanted: Type) -> str | None:
    own = value.type
    if own.name in ("varchar", "char"):
        return _from_text(value, wanted)
    if wanted.name in ("varchar", "char"):
        return _to_text(value, wanted)
    if own.name in _TIMES or wanted.name in _TIMES:
        return _of_time(value, wanted)
    if wanted.is_number and (own.is_number or own == t.BOOLEAN):
        return _to_number(value, wanted)
    if wanted == t.BOOLEAN and own.is_number:
        return f"({value.sql} <> 0)"
    return None


_TIMES = ("date", "timestamp", t.ZONED.name, "time")


def _from_text(value: Value, wanted: Type) -> str | None:
    name = {"integer": "integer", "real": "float"}.get(wanted.name, wanted.name)
    if wanted.name in ("varchar", "char"):
        return f"left({value.sql}, {wanted.parameters[0]})" if wanted.parameters else value.sql
    if name == "timestamp":
        return _rounded(f"trino_cast_timestamp({value.sql})", wanted.parameters[0])
    if wanted.is_whole or name in ("float", "double", "boolean", "date"):
        return f"trino_cast_{name}({value.sql})"
    if wanted.name == "decimal":
        sizes = ", ".join(map(str, wanted.parameters))
        return f"CAST(py_text_to_decimal({value.sql}, {sizes}) AS {t.duckdb_type(wanted)})"
    if wanted.name == t.ZONED.name:
        return f"py_text_to_zoned({value.sql})"
    return f"encode({value.sql})" if wanted == t.VARBINARY else None


def _to_text(value: Value, wanted: Type) -> str | None:
    own = value.type
    if own.name in ("double", "real"):
        plain = f"py_{own.name}_to_text({value.sql})"
    elif own.name == "timestamp":
        plain = _moment(value.sql, own.parameters[0])
    elif own.name == t.ZONED.name:
        plain = f"({_moment(local(value), own.parameters[0])} || ' ' || ({value.sql}).z)"
    elif own.is_number or own in (t.BOOLEAN, t.DATE):
        plain = f"CAST({value.sql} AS VARCHAR)"
    else:
        return None
    if not wanted.parameters:
        return plain
    message = f"'Value ' || {plain} || ' cannot be represented as {wanted}'"
    return macros.checked(plain, f"length({plain}) > {wanted.parameters[0]}", "INVALID_CAST_ARGUMENT", message)


def _moment(sql: str, precision: int) -> str:
    if precision == 0:
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    return f"left(strftime({sql}, '%Y-%m-%d %H:%M:%S.%f'), {20 + precision})"


def _to_number(value: Value, wanted: Type) -> str:
    own, target = value.type, t.duckdb_type(wanted)
    if wanted.is_whole and own.name in ("real", "double", "decimal"):
        rounded = f"round({value.sql})"
        return f"CAST({rounded} AS {target})"
    return f"CAST({value.sql} AS {target})"


def _of_time(value: Value, wanted: Type) -> str | None:
    own = value.type.name
    if wanted.name == "date" and own in _TIMES[:3]:
        return f"CAST({local(value)} AS DATE)"
    if wanted.name == "timestamp" and own in _TIMES[:3]:
        finer = own != "date" and value.type.parameters[0] > wanted.parameters[0]
        return _rounded(local(value), wanted.parameters[0]) if finer else local(value)
    if wanted.name == t.ZONED.name and own in _TIMES[:3]:
        return value.sql if own == wanted.name else f"trino_zoned({instant(value)}, 'UTC')"
    return None


def _rounded(sql: str, precision: int) -> str:
    """A timestamp with no more digits than its type has."""
    return sql if precision >= 6 else f"trino_rounded({sql}, {10 ** (6 - precision)})"


def _nested(value: Value, wanted: Type) -> str | None:
    """Element by element."""
    own = value.type
    if own.name != wanted.name or len(own.parameters) != len(wanted.parameters):
        return None
    if own.name == "array":
        item = converted(Value("item", own.element), wanted.element)
        return None if item is None else f"list_transform({value.sql}, lambda item: {item})"
    if own.name == "map":
        parts = [converted(Value("item", old), new) for old, new in zip(own.parameters, wanted.parameters, strict=True)]
        if None in parts:
            return None
        lists = (
            f"list_transform(map_{side}({value.sql}), lambda item: {part})"
            for side, part in zip(("keys", "values"), parts, strict=True)
        )
        return f"map({', '.join(lists)})"
    fields = [
        converted(Value(f"struct_extract({value.sql}, 'f{i}')", old), new)
        for i, ((_, old), (_, new)) in enumerate(zip(own.parameters, wanted.parameters, strict=True))
    ]
    if None in fields:
        return None
    inner = ", ".join(f"f{index} := {field}" for index, field in enumerate(fields))
    return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({inner}) END"


def _to_json(value: Value) -> str | None:
    shown = json_ready(value)
    return None if shown is None else f"py_json_minify(CAST(to_json({shown}) AS VARCHAR))"


def json_ready(value: Value) -> str | None:
    """SQL of a value that DuckDB's to_json writes as Trino does."""
    kind = value.type
    if kind.name == "row":
        fields = [
            json_ready(Value(f"struct_extract({value.sql}, 'f{i}')", own)) for i, (_, own) in enumerate(kind.parameters)
        ]
        names = [name for name, _ in kind.parameters]
        if None in names:
            raise not_supported("rows without names as JSON")
        if None in fields:
            return None
        inner = ", ".join(f'"{name}" := {field}' for name, field in zip(names, fields, strict=True))
        return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({inner}) END"
    if kind.name == "array":
        item = json_ready(Value("item", kind.element))
        return None if item is None else f"list_transform({value.sql}, lambda item: {item})"
    if kind.name == "map":
        item = json_ready(Value("pair.value", kind.parameters[1]))
        own_key = Value("pair.key", kind.parameters[0])
        key = own_key.sql if own_key.type.name == "varchar" else _to_text(own_key, t.VARCHAR)
        if item is None or key is None:
            return None
        # Trino writes the keys in their order
        pairs = (
            f"list_sort(list_transform(map_entries({value.sql}), lambda pair: struct_pack(k := {key}, v := {item})))"
        )
        return f"map(list_transform({pairs}, lambda pair: pair.k), list_transform({pairs}, lambda pair: pair.v))"
    if kind == t.JSON:
        return f"CAST({value.sql} AS JSON)"
    if kind.name in ("date", "timestamp"):
        return _to_text(value, t.VARCHAR)
    return value.sql if kind.is_number or kind.name in ("varchar", "boolean", "unknown") else None
