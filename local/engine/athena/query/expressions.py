"""Expressions: names, literals, arithmetic. Comparisons, casts and calls are in modules of their own."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Context, Field, Value, failure, name_of


def column(compiler: Compiler, node: Any, context: Context) -> Value:
    """A field by its name, or a field of a row: `t.a`, `r.f`, `t.r.f`."""
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        raise failure(compiler.text, node, "SYNTAX_ERROR", "'*' can be selected or counted, nothing else")
    parts = [name_of(part) for part in (node.parts if isinstance(node, exp.Column) else [node])]
    if parts[0] in context.parameters:
        value, used = context.parameters[parts[0]], 1
    else:
        value, used = _field(compiler, node, parts, context)
    for name in parts[used:]:
        value = dereference(compiler, node, value, name)
    return value


def _field(compiler: Compiler, node: Any, parts: list[str], context: Context) -> tuple[Value, int]:
    for used in range(len(parts), 0, -1):
        found = context.scope.find(tuple(parts[: used - 1]), parts[used - 1])
        if len(found) > 1:
            raise failure(compiler.text, node, "AMBIGUOUS_NAME", f"Column '{parts[used - 1]}' is ambiguous")
        if found:
            _refuse_ungrouped(compiler, node, found[0], context)
            keys = context.keys if context.keys is not None and context.scope.owns(found[0]) else {}
            return Value(keys.get(found[0].sql, found[0].sql), found[0].type), used
    if parts[-1] in ("$file_modified_time", "$bucket", "$partition"):
        raise not_supported(f'the column "{parts[-1]}"')
    raise failure(
        compiler.text,
        node,
        "COLUMN_NOT_FOUND",
        f"Column '{'.'.join(parts)}' cannot be resolved or requester is not authorized to access requested resources",
    )


def _refuse_ungrouped(compiler: Compiler, node: Any, found: Field, context: Context) -> None:
    if context.keys is not None and context.scope.owns(found) and found.sql not in context.keys:
        written = ".".join(str(part.name) for part in node.parts) if isinstance(node, exp.Column) else str(node.name)
        raise failure(
            compiler.text,
            node,
            "EXPRESSION_NOT_AGGREGATE",
            f"'{written}' must be an aggregate expression or appear in GROUP BY clause",
        )


def dereference(compiler: Compiler, node: Any, value: Value, name: str) -> Value:
    """A row's field by its name."""
    if value.type.name == "row":
        for index, (field, kind) in enumerate(value.type.parameters):
            if field is not None and field.lower() == name:
                return Value(f"struct_extract({value.sql}, 'f{index}')", kind)
    raise failure(
        compiler.text, node, "TYPE_MISMATCH", f"Expression {node.sql()} is not of type ROW with a field {name}"
    )


def dot(compiler: Compiler, node: Any, context: Context) -> Value:
    """`a[1].b`."""
    return dereference(compiler, node, compiler.value(node.this, context), name_of(node.expression))


def paren(compiler: Compiler, node: Any, context: Context) -> Value:
    """What is in parentheses is itself."""
    return compiler.value(node.this, context)


def row(compiler: Compiler, node: Any, context: Context) -> Value:
    """(1, 'a') is a row without names."""
    values = [compiler.value(item, context) for item in node.expressions]
    return make_row([(None, value) for value in values])


def make_row(fields: list[tuple[str | None, Value]]) -> Value:
    """A row of values."""
    inner = ", ".join(f"f{index} := {value.sql}" for index, (_, value) in enumerate(fields))
    return Value(f"struct_pack({inner})", t.row(*((name, value.type) for name, value in fields)))


def array(compiler: Compiler, node: Any, context: Context) -> Value:
    """ARRAY[1, 2]."""
    values = [compiler.value(item, context) for item in node.expressions]
    kind = compiler.common_type(node, [value.type for value in values]) if values else t.UNKNOWN
    inner = ", ".join(compiler.coerced(value, kind) for value in values)
    wanted = t.duckdb_type(t.array(kind))
    return Value(f"CAST([{inner}] AS {wanted})", t.array(kind))


def subscript(compiler: Compiler, node: Any, context: Context) -> Value:
    """a[1] fails outside of the array, m['k'] where the key is missing."""
    value = compiler.value(node.this, context)
    if len(node.expressions) != 1:
        raise failure(compiler.text, node, "SYNTAX_ERROR", "a subscript is one value")
    index = compiler.value(node.expressions[0], context)
    if value.type.name == "array" and index.type.is_whole:
        return Value(f"trino_subscript({value.sql}, {index.sql})", value.type.element)
    if value.type.name == "map" and (key := t.common(index.type, value.type.parameters[0])) is not None:
        sought = compiler.coerced(index, key)
        return Value(f"trino_map_subscript({value.sql}, {sought})", value.type.parameters[1])
    if value.type.name == "row" and isinstance(node.expressions[0], exp.Literal):
        number = int(node.expressions[0].this)
        if 1 <= number <= len(value.type.parameters):
            return Value(f"struct_extract({value.sql}, 'f{number - 1}')", value.type.parameters[number - 1][1])
    message = f"Cannot use {index.type} for subscript of {value.type}"
    raise failure(compiler.text, node, "TYPE_MISMATCH", message)


HANDLERS: dict[type, Handler] = {
    exp.Column: column,
    exp.Identifier: column,
    exp.Dot: dot,
    exp.Paren: paren,
    exp.Tuple: row,
    exp.Array: array,
    exp.Bracket: subscript,
}
