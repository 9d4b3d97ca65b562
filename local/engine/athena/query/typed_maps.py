"""Functions that make maps: keys are never NULL, and never twice the same."""

from __future__ import annotations

from typing import Any

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query import equality
from local.engine.athena.query.arguments import TypedFunction, array_of, exactly, lambda_body, map_value, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value
from local.engine.athena.query.typed_arrays import distinct_sql

_ARGUMENT = "INVALID_FUNCTION_ARGUMENT"


def made(compiler: Compiler, keys: str, values: str, kind: t.Type) -> str:
    """SQL of a map of a list of keys and one of values; NULL if one of them is."""
    own = kind.parameters[0]
    plain = f"CAST(map({keys}, {values}) AS {t.duckdb_type(kind)})"
    null = f"len(list_filter({keys}, lambda item: item IS NULL)) > 0"
    sql = macros.checked(plain, null, _ARGUMENT, "'map key cannot be null'")
    if not equality.is_plain(own):
        again = f"len({distinct_sql(compiler, keys, own)}) < len({keys})"
        sql = macros.checked(f"({sql})", again, _ARGUMENT, "'Duplicate map keys are not allowed'")
    lengths = "'Key and value arrays must be the same length'"
    sql = macros.checked(f"({sql})", f"len({keys}) <> len({values})", _ARGUMENT, lengths)
    return f"(CASE WHEN {keys} IS NOT NULL AND {values} IS NOT NULL THEN {sql} END)"


def map_of(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """map(keys, values), map()."""
    if not arguments:
        kind = t.map_of(t.UNKNOWN, t.UNKNOWN)
        return Value(f"CAST(map([], []) AS {t.duckdb_type(kind)})", kind)
    keys, values = (array_of(compiler, node, value) for value in exactly(2, compiler, arguments, node, context))
    kind = t.map_of(keys.type.element, values.type.element)
    return Value(made(compiler, keys.sql, values.sql, kind), kind)


def _entries(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> tuple[str, t.Type, t.Type]:
    """An argument that is an array of rows of two."""
    (value,) = exactly(1, compiler, arguments, node, context)
    entries = array_of(compiler, node, value)
    kind = entries.type.element
    if kind == t.UNKNOWN:
        kind = t.row((None, t.UNKNOWN), (None, t.UNKNOWN))
        entries = Value(f"CAST({entries.sql} AS {t.duckdb_type(t.array(kind))})", t.array(kind))
    if kind.name != "row" or len(kind.parameters) != 2:
        raise wrong(compiler, node, node.name.lower(), [entries.type])
    null = f"len(list_filter({entries.sql}, lambda item: item IS NULL)) > 0"
    checked = macros.checked(entries.sql, null, _ARGUMENT, "'map entry cannot be null'")
    (_, key), (_, item) = kind.parameters
    return f"({checked})", key, item


def map_from_entries(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A map of an array of rows of two."""
    entries, key, item = _entries(compiler, arguments, node, context)
    keys, values = (f"list_transform({entries}, lambda entry: entry.f{index})" for index in (0, 1))
    kind = t.map_of(key, item)
    return Value(made(compiler, keys, values, kind), kind)


def multimap_from_entries(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A map of an array of rows of two, with all values of a key."""
    entries, key, item = _entries(compiler, arguments, node, context)
    keys = distinct_sql(compiler, f"list_transform({entries}, lambda entry: entry.f0)", key)
    one, other = compiler.fresh("p"), compiler.fresh("p")
    same = f"{equality.canonical(f'{other}.f0', key)} IS NOT DISTINCT FROM {equality.canonical(one, key)}"
    values = (
        f"list_transform({keys}, lambda {one}: list_transform(list_filter({entries}, lambda {other}: {same}), "
        "lambda entry: entry.f1))"
    )
    kind = t.map_of(key, t.array(item))
    return Value(made(compiler, keys, values, kind), kind)


def map_concat(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Maps in one; of a key that is in several, the last value."""
    values = [map_value(compiler, node, compiler.value(item, context)) for item in arguments]
    if len(values) < 2:
        raise wrong(compiler, node, "map_concat", [value.type for value in values])
    kind = compiler.common_type(node, [value.type for value in values])
    own = kind.parameters[0]
    every = "list_concat(" + ", ".join(f"map_entries({compiler.coerced(value, kind)})" for value in values) + ")"
    keys = distinct_sql(compiler, f"list_transform({every}, lambda entry: entry.key)", own)
    one, other = compiler.fresh("p"), compiler.fresh("p")
    same = f"{equality.canonical(f'{other}.key', own)} IS NOT DISTINCT FROM {equality.canonical(one, own)}"
    items = (
        f"list_transform({keys}, lambda {one}: list_extract(list_filter({every}, lambda {other}: {same}), -1).value)"
    )
    known = " AND ".join(f"{value.sql} IS NOT NULL" for value in values)
    return Value(f"(CASE WHEN {known} THEN CAST(map({keys}, {items}) AS {t.duckdb_type(kind)}) END)", kind)


def transform_keys(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A map with the keys that a lambda makes of keys and values."""
    if len(arguments) != 2:
        raise wrong(compiler, node, "transform_keys", [])
    value = map_value(compiler, node, compiler.value(arguments[0], context))
    key, item = value.type.parameters
    entry = compiler.fresh("p")
    body = lambda_body(compiler, arguments[1], context, [Value(f"{entry}.key", key), Value(f"{entry}.value", item)])
    kind = t.map_of(body.type, item)
    keys = f"list_transform(map_entries({value.sql}), lambda {entry}: {body.sql})"
    return Value(made(compiler, keys, f"map_values({value.sql})", kind), kind)


def map_zip_with(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A lambda of each key and its values in two maps, NULL where it has none."""
    if len(arguments) != 3:
        raise wrong(compiler, node, "map_zip_with", [])
    a, b = (map_value(compiler, node, compiler.value(item, context)) for item in arguments[:2])
    key = t.common(a.type.parameters[0], b.type.parameters[0])
    if key is None:
        raise wrong(compiler, node, "map_zip_with", [a.type, b.type])
    one, other = (compiler.coerced(value, t.map_of(key, value.type.parameters[1])) for value in (a, b))
    entry = compiler.fresh("p")
    items = []
    for side in (one, other):
        name = compiler.fresh("p")
        same = f"{equality.canonical(f'{name}.key', key)} = {equality.canonical(entry, key)}"
        items.append(f"list_extract(list_filter(map_entries({side}), lambda {name}: {same}), 1).value")
    kinds = (a.type.parameters[1], b.type.parameters[1])
    places = [Value(entry, key), *(Value(sql, kind) for sql, kind in zip(items, kinds, strict=True))]
    body = lambda_body(compiler, arguments[2], context, places)
    keys = distinct_sql(compiler, f"list_concat(map_keys({one}), map_keys({other}))", key)
    kind = t.map_of(key, body.type)
    found = f"map({keys}, list_transform({keys}, lambda {entry}: {body.sql}))"
    sql = f"(CASE WHEN {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL THEN CAST({found} AS {t.duckdb_type(kind)}) END)"
    return Value(sql, kind)


FUNCTIONS: dict[str, TypedFunction] = {
    "map": map_of,
    "map_from_entries": map_from_entries,
    "multimap_from_entries": multimap_from_entries,
    "map_concat": map_concat,
    "transform_keys": transform_keys,
    "map_zip_with": map_zip_with,
}
