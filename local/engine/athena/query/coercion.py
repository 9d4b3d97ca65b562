"""SQL of casts: what Trino does by itself, and what CAST asks for."""

from __future__ import annotations

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query import json_casts
from local.engine.athena.query.scope import Value
from local.engine.athena.query.temporal import instant, local
from local.engine.athena.query.text_casts import from_text, rounded, to_text
from local.engine.athena.types import Type

_TIMES = ("date", "timestamp", t.ZONED.name)


def converted(value: Value, wanted: Type) -> str | None:
    """SQL of a cast that fails as Athena's does; None if there is no such cast."""
    own = value.type
    if own == wanted:
        return value.sql
    if own == t.UNKNOWN:
        return f"CAST(NULL AS {t.duckdb_type(wanted)})"
    if wanted == t.JSON:
        return json_casts.to_json(value)
    if own == t.JSON:
        return json_casts.from_json(value, wanted)
    if wanted.name in ("array", "map", "row"):
        return _nested(value, wanted)
    return _plain(value, wanted)


def _plain(value: Value, wanted: Type) -> str | None:
    own = value.type
    if own.name in ("varchar", "char"):
        return from_text(value, wanted)
    if wanted.name in ("varchar", "char"):
        return to_text(value, wanted)
    if wanted == t.TIME and own.name in ("timestamp", t.ZONED.name):
        # of a day's time only this cast is known; a type time without digits has three
        return f"CAST({rounded(local(value), 3) if own.parameters[0] > 3 else local(value)} AS TIME)"
    if own.name in _TIMES and wanted.name in _TIMES:
        return _of_time(value, wanted)
    if wanted.is_number and (own.is_number or own == t.BOOLEAN):
        return _to_number(value, wanted)
    if wanted == t.BOOLEAN and own.is_number:
        return f"({value.sql} <> 0)"
    if (own, wanted) == (t.UUID, t.VARBINARY):
        return f"unhex(replace(CAST({value.sql} AS VARCHAR), '-', ''))"
    if (own, wanted) == (t.VARBINARY, t.UUID):
        message = "'Invalid UUID binary length: ' || octet_length({0})".replace("{0}", value.sql)
        plain = f"CAST(lower(hex({value.sql})) AS UUID)"
        return macros.checked(plain, f"octet_length({value.sql}) <> 16", "INVALID_CAST_ARGUMENT", message)
    return None


def _to_number(value: Value, wanted: Type) -> str:
    own, target = value.type, t.duckdb_type(wanted)
    if wanted.name == "decimal":
        return _to_decimal(value, wanted)
    if wanted.is_whole and own.name in ("real", "double", "decimal"):
        return f"CAST(round({value.sql}) AS {target})"
    if own.name == "decimal" and (wanted == t.REAL or (wanted == t.DOUBLE and own.parameters[0] > 15)):
        return f"CAST(CAST({value.sql} AS VARCHAR) AS {target})"  # the shortest way is not exact
    return f"CAST({value.sql} AS {target})"


def _to_decimal(value: Value, wanted: Type) -> str:
    own, target = value.type, t.duckdb_type(wanted)
    if own in (t.REAL, t.DOUBLE):
        sizes = ", ".join(map(str, wanted.parameters))
        return f"CAST(py_double_to_decimal({value.sql}, {sizes}) AS {target})"
    if own == t.BOOLEAN:
        return f"CAST(CAST({value.sql} AS INTEGER) AS {target})"
    return f"CAST({value.sql} AS {target})"


def _of_time(value: Value, wanted: Type) -> str | None:
    own = value.type.name
    if wanted.name == "date":
        return f"CAST({local(value)} AS DATE)"
    finer = own != "date" and value.type.parameters[0] > wanted.parameters[0]
    if wanted.name == "timestamp":
        return rounded(local(value), wanted.parameters[0]) if finer else local(value)
    if own == wanted.name:
        if not finer:
            return value.sql
        return f"trino_zoned({rounded(instant(value), wanted.parameters[0])}, ({value.sql}).z)"
    moment = rounded(instant(value), wanted.parameters[0]) if finer else instant(value)
    return f"trino_zoned({moment}, 'UTC')"


def _nested(value: Value, wanted: Type) -> str | None:
    """Element by element."""
    own = value.type
    if own.name != wanted.name or len(own.parameters) != len(wanted.parameters):
        return None
    return {"array": _array, "map": _map, "row": _row}[own.name](value, wanted)


def _array(value: Value, wanted: Type) -> str | None:
    item = converted(Value("item", value.type.element), wanted.element)
    return None if item is None else f"list_transform({value.sql}, lambda item: {item})"


def _map(value: Value, wanted: Type) -> str | None:
    pairs = zip(value.type.parameters, wanted.parameters, strict=True)
    parts = [converted(Value("item", old), new) for old, new in pairs]
    if None in parts:
        return None
    lists = (
        f"list_transform(map_{side}({value.sql}), lambda item: {part})"
        for side, part in zip(("keys", "values"), parts, strict=True)
    )
    return f"CASE WHEN {value.sql} IS NOT NULL THEN map({', '.join(lists)}) END"


def _row(value: Value, wanted: Type) -> str | None:
    fields = [
        converted(Value(f"struct_extract({value.sql}, 'f{i}')", old), new)
        for i, ((_, old), (_, new)) in enumerate(zip(value.type.parameters, wanted.parameters, strict=True))
    ]
    if None in fields:
        return None
    inner = ", ".join(f"f{index} := {field}" for index, field in enumerate(fields))
    return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({inner}) END"
