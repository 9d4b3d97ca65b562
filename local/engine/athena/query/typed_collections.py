"""Functions of arrays and maps whose type or form no signature can say."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.arguments import TypedFunction, array_of, lambda_body, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure


def concat(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of texts, of bytes, of arrays, or of an array and an element; NULL if any is NULL."""
    values = [compiler.value(item, context) for item in arguments]
    kinds = [value.type for value in values]
    if len(values) > 1:
        if any(kind.name == "array" for kind in kinds):
            return _arrays(compiler, node, values)
        if all(kind.name in ("varchar", "char", "unknown") for kind in kinds):
            return _texts(compiler, node, values)
        if all(kind in (t.VARBINARY, t.UNKNOWN) for kind in kinds):
            return Value(f"({' || '.join(compiler.coerced(value, t.VARBINARY) for value in values)})", t.VARBINARY)
    raise wrong(compiler, node, "concat", kinds)


def _texts(compiler: Compiler, node: Any, values: list[Value]) -> Value:
    kind = t.VARCHAR
    if len(values) == 2 and all(value.type.name == "char" for value in values):
        length = sum(value.type.parameters[0] for value in values)
        if length > _LONGEST_CHAR:
            raise failure(
                compiler.text, node, "INVALID_FUNCTION_ARGUMENT", f"CHAR length scale must be in range: {length}"
            )
        return Value(f"({values[0].sql} || {values[1].sql})", t.Type("char", (length,)))
    return Value(f"({' || '.join(compiler.coerced(value, t.VARCHAR) for value in values)})", kind)


_LONGEST_CHAR = 65536


def _arrays(compiler: Compiler, node: Any, values: list[Value]) -> Value:
    kind: t.Type | None = values[0].type
    for value in values[1:]:
        kind = t.common(kind, value.type) if kind is not None else None
    if kind is not None:
        return Value(f"({' || '.join(compiler.coerced(value, kind) for value in values)})", kind)
    pair = {0: values[0].type, 1: values[-1].type}
    for place in (0, 1):
        other = pair[1 - place]
        element = t.common(other.element, pair[place]) if len(values) == 2 and other.name == "array" else None
        if element is not None:
            parts = [compiler.coerced(v, element if i == place else t.array(element)) for i, v in enumerate(values)]
            parts[place] = f"[{parts[place]}]"
            return Value(f"({parts[0]} || {parts[1]})", t.array(element))
    raise wrong(compiler, node, "concat", [value.type for value in values])


def zip_arrays(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of zip(a, b) rows, with NULL where an array is shorter."""
    values = [array_of(compiler, node, compiler.value(item, context)) for item in arguments]
    if len(values) < 2:
        raise wrong(compiler, node, "zip", [value.type for value in values])
    name = compiler.fresh("p")
    fields = ", ".join(f"f{index} := list_extract({value.sql}, {name})" for index, value in enumerate(values))
    sql = _for_each(values, name, f"struct_pack({fields})")
    return Value(sql, t.array(t.row(*((None, value.type.element) for value in values))))


def _for_each(values: list[Value], name: str, body: str) -> str:
    """A list of as many as the longest array has; NULL if an array is."""
    longest = f"greatest({', '.join(f'len({value.sql})' for value in values)})"
    known = " AND ".join(f"{value.sql} IS NOT NULL" for value in values)
    return f"(CASE WHEN {known} THEN list_transform(range(1, {longest} + 1), lambda {name}: {body}) END)"


def zip_with(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A lambda of the items of two arrays."""
    if len(arguments) != 3:
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "zip_with takes two arrays and a lambda of two")
    values = [array_of(compiler, node, compiler.value(item, context)) for item in arguments[:2]]
    name = compiler.fresh("p")
    places = [Value(f"list_extract({value.sql}, {name})", value.type.element) for value in values]
    body = lambda_body(compiler, arguments[2], context, places)
    return Value(_for_each(values, name, body.sql), t.array(body.type))


def reduce(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """An array folded into a state, which a last lambda turns into the result."""
    if len(arguments) != 4 or not all(isinstance(item, exp.Lambda) for item in arguments[2:]):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "reduce takes an array, a start and two lambdas")
    items, start = (compiler.value(item, context) for item in arguments[:2])
    items = array_of(compiler, node, items)
    own = [compiler.fresh("p"), compiler.fresh("p")]
    state = start.type
    for _ in range(2):  # the state's type may be wider than the start's
        places = [Value(f"{own[0]}.s", state), Value(f"{own[1]}.i", items.type.element)]
        step = lambda_body(compiler, arguments[2], context, places)
        state = compiler.common_type(node, [state, step.type])
    if step.type not in (state, t.UNKNOWN):
        raise wrong(compiler, node, "reduce", [items.type, start.type, step.type])
    held, element = t.duckdb_type(state), t.duckdb_type(items.type.element)
    # DuckDB folds a list of one type: each item travels in a struct next to the state
    pair = f"struct_pack(s := CAST(NULL AS {held}), i := CAST(item AS {element}))"
    packed = f"list_transform({items.sql}, lambda item: {pair})"
    first = f"struct_pack(s := {compiler.coerced(start, state)}, i := CAST(NULL AS {element}))"
    fold = (
        f"list_reduce({packed}, lambda {own[0]}, {own[1]}: "
        f"struct_pack(s := {compiler.coerced(step, state)}, i := CAST(NULL AS {element})), {first})"
    )
    last = lambda_body(compiler, arguments[3], context, [Value(f"struct_extract({fold}, 's')", state)])
    return Value(f"(CASE WHEN {items.sql} IS NOT NULL THEN {last.sql} END)", last.type)


FUNCTIONS: dict[str, TypedFunction] = {
    "concat": concat,
    "zip": zip_arrays,
    "zip_with": zip_with,
    "reduce": reduce,
}
