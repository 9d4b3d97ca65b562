"""Functions of arrays and maps whose type or form no signature can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.arguments import TypedFunction, exactly
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure, name_of


def concat(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of texts, of arrays, or of an array and elements; NULL if any is NULL."""
    values = [compiler.value(item, context) for item in arguments]
    arrays = [value for value in values if value.type.name == "array"]
    if arrays:
        elements = [v.type.element if v.type.name == "array" else v.type for v in values]
        kind = t.array(compiler.common_type(node, elements))
        lists = [
            compiler.coerced(v, kind) if v.type.name == "array" else f"[{compiler.coerced(v, kind.element)}]"
            for v in values
        ]
        return Value(f"({' || '.join(lists)})", kind)
    if all(value.type.name in ("varchar", "char", "unknown") for value in values):
        return Value(f"({' || '.join(compiler.coerced(value, t.VARCHAR) for value in values)})", t.VARCHAR)
    if len(values) == 2 and all(value.type == t.VARBINARY for value in values):
        return Value(f"({values[0].sql} || {values[1].sql})", t.VARBINARY)
    kinds = ", ".join(str(value.type) for value in values)
    message = f"Unexpected parameters ({kinds}) for function concat. Expected: concat(varchar, …), concat(array(E), …)"
    raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", message)


def map_of(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """map(keys, values), map()."""
    if not arguments:
        return Value("map([], [])", t.map_of(t.UNKNOWN, t.UNKNOWN))
    keys, values = exactly(2, compiler, arguments, node, context)
    if keys.type.name != "array" or values.type.name != "array":
        message = (
            f"Unexpected parameters ({keys.type}, {values.type}) for function map. Expected: map(array(K), array(V))"
        )
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", message)
    return Value(f"map({keys.sql}, {values.sql})", t.map_of(keys.type.element, values.type.element))


def map_from_entries(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A map of an array of rows of two."""
    (value,) = exactly(1, compiler, arguments, node, context)
    if value.type.name != "array" or value.type.element.name != "row" or len(value.type.element.parameters) != 2:
        raise failure(
            compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({value.type}) for map_from_entries"
        )
    (_, key), (_, item) = value.type.element.parameters
    parts = ", ".join(f"list_transform({value.sql}, lambda entry: entry.f{index})" for index in (0, 1))
    return Value(f"map({parts})", t.map_of(key, item))


def zip_arrays(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of zip(a, b) rows, with NULL where an array is shorter."""
    values = [compiler.value(item, context) for item in arguments]
    if any(value.type.name != "array" for value in values):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "Unexpected parameters for function zip")
    name = compiler.fresh("p")
    fields = ", ".join(f"f{index} := list_extract({value.sql}, {name})" for index, value in enumerate(values))
    longest = f"greatest({', '.join(f'len({value.sql})' for value in values)})"
    sql = f"list_transform(range(1, {longest} + 1), lambda {name}: struct_pack({fields}))"
    return Value(sql, t.array(t.row(*((None, value.type.element) for value in values))))


def zip_with(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A lambda of the items of two arrays."""
    if len(arguments) != 3 or not isinstance(arguments[2], exp.Lambda) or len(arguments[2].expressions) != 2:
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "zip_with takes two arrays and a lambda of two")
    lists = [compiler.value(item, context) for item in arguments[:2]]
    name = compiler.fresh("p")
    parameters = {
        name_of(parameter): Value(f"list_extract({value.sql}, {name})", value.type.element)
        for parameter, value in zip(arguments[2].expressions, lists, strict=True)
    }
    body = compiler.value(arguments[2].this, replace(context, parameters={**context.parameters, **parameters}))
    longest = f"greatest(len({lists[0].sql}), len({lists[1].sql}))"
    return Value(f"list_transform(range(1, {longest} + 1), lambda {name}: {body.sql})", t.array(body.type))


def reduce(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """An array folded into a state, which a last lambda turns into the result."""
    if len(arguments) != 4 or not all(isinstance(item, exp.Lambda) for item in arguments[2:]):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "reduce takes an array, a start and two lambdas")
    items, start = (compiler.value(item, context) for item in arguments[:2])
    if items.type.name != "array":
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({items.type}, …) for reduce")
    names = [name_of(name) for name in arguments[2].expressions]
    own = [compiler.fresh("p"), compiler.fresh("p")]
    state = start.type
    for _ in range(2):  # the state's type may be wider than the start's
        inner = {names[0]: Value(f"{own[0]}.s", state), names[1]: Value(f"{own[1]}.i", items.type.element)}
        step = compiler.value(arguments[2].this, replace(context, parameters={**context.parameters, **inner}))
        state = compiler.common_type(node, [state, step.type])
    held, element = t.duckdb_type(state), t.duckdb_type(items.type.element)
    # DuckDB folds a list of one type: each item travels in a struct beside the state
    pair = f"struct_pack(s := CAST(NULL AS {held}), i := CAST(item AS {element}))"
    packed = f"list_transform({items.sql}, lambda item: {pair})"
    first = f"struct_pack(s := {compiler.coerced(start, state)}, i := CAST(NULL AS {element}))"
    fold = (
        f"list_reduce({packed}, lambda {own[0]}, {own[1]}: "
        f"struct_pack(s := {compiler.coerced(step, state)}, i := CAST(NULL AS {element})), {first})"
    )
    last = name_of(arguments[3].expressions[0])
    final = {last: Value(f"struct_extract({fold}, 's')", state)}
    return compiler.value(arguments[3].this, replace(context, parameters={**context.parameters, **final}))


FUNCTIONS: dict[str, TypedFunction] = {
    "concat": concat,
    "map": map_of,
    "map_from_entries": map_from_entries,
    "zip": zip_arrays,
    "zip_with": zip_with,
    "reduce": reduce,
}
