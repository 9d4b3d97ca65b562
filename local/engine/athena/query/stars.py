"""`*`, `t.*` and `row.*`, with names for its columns or without."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Field, Scope, Value, failure, name_of

Named = tuple[str | None, Value]


def is_star(node: Any) -> bool:
    """Whether it stands for several columns; a subquery that selects all columns does not."""
    if isinstance(node, exp.Aliases):
        return is_star(node.this)
    if isinstance(node, exp.Dot):
        return isinstance(node.expression, exp.Star)
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def expand(compiler: Compiler, node: Any, context: Context) -> list[Named]:
    """The columns, with their names."""
    if isinstance(node, exp.Aliases):
        found = expand(compiler, node.this, context)
        names = [name_of(name) for name in node.expressions]
        if len(names) != len(found):
            message = f"Column alias list has {len(names)} entries but relation has {len(found)} columns"
            raise failure(compiler.text, node, "MISMATCHED_COLUMN_ALIASES", message)
        return [(name, value) for name, (_, value) in zip(names, found, strict=True)]
    if isinstance(node, exp.Dot):
        return _fields_of(compiler, node, compiler.value(node.this, context))
    qualifier = tuple(name_of(part) for part in node.parts[:-1]) if isinstance(node, exp.Column) else ()
    chosen = _chosen(context.scope, qualifier)
    if chosen:
        return [(field.name, _grouped(compiler, node, field, context)) for field in chosen]
    if not qualifier:
        raise failure(compiler.text, node, "SYNTAX_ERROR", "SELECT * not allowed in queries without FROM clause")
    row = _row(compiler, node, qualifier, context)
    if row is None:
        raise failure(compiler.text, node, "TABLE_NOT_FOUND", f"Unable to resolve reference {'.'.join(qualifier)}")
    return _fields_of(compiler, node, row)


def _chosen(scope: Scope, qualifier: tuple[str, ...]) -> list[Field]:
    """The fields of a relation, which may be one of a query around this one; or all that are here."""
    found = [field for field in scope.fields if not field.hidden]
    if not qualifier:
        return found
    own = [field for field in found if field.qualifier[-len(qualifier) :] == qualifier]
    return own or (_chosen(scope.outer, qualifier) if scope.outer else [])


def _grouped(compiler: Compiler, node: Any, field: Field, context: Context) -> Value:
    if context.keys is None or not context.scope.owns(field):
        return Value(field.sql, field.type)
    if field.sql not in context.keys:
        message = f"'{field.name}' must be an aggregate expression or appear in GROUP BY clause"
        raise failure(compiler.text, node, "EXPRESSION_NOT_AGGREGATE", message)
    return Value(context.keys[field.sql], field.type)


def _row(compiler: Compiler, node: Any, qualifier: tuple[str, ...], context: Context) -> Value | None:
    """The row that the words before the star name: a column, maybe with its table."""
    for used in range(len(qualifier), 0, -1):
        if context.scope.find(qualifier[: used - 1], qualifier[used - 1]):
            names = [exp.to_identifier(name, quoted=True) for name in qualifier]
            column = exp.column(names[used - 1], *reversed(names[: used - 1]))
            named = exp.Dot.build([column, *names[used:]]) if names[used:] else column
            return compiler.value(named, context)
    return None


def _fields_of(compiler: Compiler, node: Any, value: Value) -> list[Named]:
    if value.type.name != "row":
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"expected expression of type Row: {value.type}")
    fields = enumerate(value.type.parameters)
    return [(name, Value(f"struct_extract({value.sql}, 'f{i}')", kind)) for i, (name, kind) in fields]
