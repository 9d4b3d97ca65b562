"""Queries: WITH, SELECT, set operations, ORDER BY and LIMIT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.query import equality, groups, recursion, relations, stars, unnesting, windows
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.conditions import condition
from local.engine.athena.query.overloads import is_aggregate
from local.engine.athena.query.scope import Compiled, Context, Field, Output, Scope, Value, failure, name_of


@dataclass(frozen=True)
class Item:
    """Something selected, and the tree that it came from."""

    output: Output
    value: Value
    node: Any


def query(compiler: Compiler, node: Any, context: Context) -> Compiled:
    """Any query, with WITH before it."""
    if isinstance(node, exp.Subquery):
        inner = query(compiler, node.this, _with(compiler, node, context))
        return _ordered_outputs(compiler, node, inner, context)
    context = _with(compiler, node, context)
    if isinstance(node, exp.Values):
        return _ordered_outputs(compiler, node, unnesting.values(compiler, node, context), context)
    if isinstance(node, exp.SetOperation):
        return _ordered_outputs(compiler, node, _set_operation(compiler, node, context), context)
    if not isinstance(node, exp.Select):
        raise not_supported(f"the query {node.sql(dialect='trino')}")
    return _select(compiler, node, context)


def _with(compiler: Compiler, node: Any, context: Context) -> Context:
    clause = node.args.get("with_")
    if clause is None:
        return context
    ctes = dict(context.ctes)
    own: set[str] = set()
    for common in clause.expressions:
        name = name_of(common.alias)
        if name in own:
            message = f"WITH query name '{name}' specified more than once"
            raise failure(compiler.text, common, "DUPLICATE_NAMED_QUERY", message)
        own.add(name)
        if clause.args.get("recursive") and recursion.is_recursive(common):
            ctes[name] = recursion.compiled(compiler, common, replace(context, ctes=ctes))
            continue
        compiled = query(compiler, common.this, replace(context, ctes=ctes))
        aliases = common.args["alias"].args.get("columns") or []
        ctes[name] = relations.renamed(compiler, common, compiled, [name_of(item) for item in aliases])
    return replace(context, ctes=ctes)


def _set_operation(compiler: Compiler, node: Any, context: Context) -> Compiled:
    left, right = query(compiler, node.this, context), query(compiler, node.expression, context)
    if len(left.outputs) != len(right.outputs):
        word = type(node).__name__.upper()
        message = f"{word} query has different number of fields: {len(left.outputs)}, {len(right.outputs)}"
        raise failure(compiler.text, node, "TYPE_MISMATCH", message)
    outputs = []
    for number, (a, b) in enumerate(zip(left.outputs, right.outputs, strict=True), 1):
        both = t.common(a.type, b.type)
        if both is None:
            word = type(node).__name__.upper()
            message = f"column {number} in {word} query has incompatible types: {a.type}, {b.type}"
            raise failure(compiler.text, node, "TYPE_MISMATCH", message)
        outputs.append(Output(a.name, both))
    kinds = [output.type for output in outputs]
    word = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}[type(node)]
    every = "" if node.args.get("distinct") else " ALL"
    if not all(equality.is_plain(kind) for kind in kinds):
        if word != "UNION":
            raise not_supported(f"{word} of {', '.join(map(str, kinds))}")
        united = f"({_as_types(compiler, left, kinds)}) UNION ALL ({_as_types(compiler, right, kinds)})"
        keys = ", ".join(equality.canonical(f"c{index}", kind) for index, kind in enumerate(kinds))
        sql = f"SELECT DISTINCT ON ({keys}) * FROM ({united})" if not every else united
        return Compiled(sql, tuple(outputs))
    sql = f"({_as_types(compiler, left, kinds)}) {word}{every} ({_as_types(compiler, right, kinds)})"
    return Compiled(sql, tuple(outputs))


def _as_types(compiler: Compiler, compiled: Compiled, kinds: list[t.Type]) -> str:
    items = ", ".join(
        f"{compiler.coerced(Value(f'c{index}', output.type), kind)} AS c{index}"
        for index, (output, kind) in enumerate(zip(compiled.outputs, kinds, strict=True))
    )
    return f"SELECT {items} FROM ({compiled.sql})"


def _ordered_outputs(compiler: Compiler, node: Any, inner: Compiled, context: Context) -> Compiled:
    """ORDER BY and LIMIT of a set operation or of a query in parentheses name its outputs."""
    tail = _limits(compiler, node, context)
    order = node.args.get("order")
    if order is None and not tail:
        return inner
    alias = compiler.fresh("r")
    fields = tuple(
        Field((), output.name, output.type, f"{alias}.c{index}") for index, output in enumerate(inner.outputs)
    )
    inside = replace(context, scope=Scope(fields, context.scope.outer))
    items = [Item(output, Value(own.sql, own.type), None) for output, own in zip(inner.outputs, fields, strict=True)]
    sql = f"SELECT * FROM ({inner.sql}) AS {alias}"
    if order is not None:
        sql += " ORDER BY " + ", ".join(
            _sort_item(compiler, item, items, inside, distinct=False) for item in order.expressions
        )
    return Compiled(sql + tail, inner.outputs)


def _select(compiler: Compiler, node: Any, context: Context) -> Compiled:
    source, fields = relations.sources(compiler, node, context)
    scope = Scope(fields, context.scope.outer)
    inside = replace(context, scope=scope, windows=windows.clauses_of(node), keys=None, clause="")
    where = ""
    if node.args.get("where") is not None:
        test = condition(compiler, node.args["where"].this, replace(inside, clause="WHERE"), "WHERE clause")
        where = f" WHERE {test}"
    grouping = groups.group_by(compiler, node, inside)
    grouped = replace(inside, keys=grouping.keys) if grouping else inside
    items = _items(compiler, node, grouped)
    distinct = bool(node.args.get("distinct"))
    sql = f"SELECT {_distinct(items) if distinct else ''}"
    sql += ", ".join(f"{item.value.sql} AS c{index}" for index, item in enumerate(items)) + source + where
    sql += grouping.sql if grouping else ""
    if node.args.get("having") is not None:
        sql += f" HAVING {condition(compiler, node.args['having'].this, grouped, 'HAVING clause')}"
    if node.args.get("order") is not None:
        order = (_sort_item(compiler, one, items, grouped, distinct=distinct) for one in node.args["order"].expressions)
        sql += " ORDER BY " + ", ".join(order)
    return Compiled(sql + _limits(compiler, node, context), tuple(item.output for item in items))


def _distinct(items: list[Item]) -> str:
    """DISTINCT by what Trino takes for the same."""
    if all(equality.is_plain(item.value.type) for item in items):
        return "DISTINCT "
    return f"DISTINCT ON ({', '.join(equality.canonical(item.value.sql, item.value.type) for item in items)}) "


def _items(compiler: Compiler, node: Any, context: Context) -> list[Item]:
    items: list[Item] = []
    for selected in node.expressions:
        if stars.is_star(selected):
            items += [
                Item(Output(name, value.type), value, None) for name, value in stars.expand(compiler, selected, context)
            ]
            continue
        name, inner = None, selected
        if isinstance(selected, exp.Alias):
            name, inner = name_of(selected.alias), selected.this
        elif isinstance(selected, exp.Column | exp.Dot):
            name = name_of(selected.this if isinstance(selected, exp.Column) else selected.expression)
        items.append(_item(compiler, name, inner, context))
    return items


def _item(compiler: Compiler, name: str | None, node: Any, context: Context) -> Item:
    value = compiler.value(node, context)
    return Item(Output(name, value.type), value, node)


def _sort_item(compiler: Compiler, ordered: Any, items: list[Item], context: Context, *, distinct: bool) -> str:
    """An output's number or name comes before what the FROM clause knows by the name."""
    node = ordered.this
    index = None
    if isinstance(node, exp.Literal) and not node.is_string:
        index = _ordinal(compiler, node, len(items), "ORDER BY")
    elif isinstance(node, exp.Column) and len(node.parts) == 1:
        named = [i for i, item in enumerate(items) if item.output.name == name_of(node.this)]
        if len({items[i].value.sql for i in named}) > 1:
            raise failure(compiler.text, node, "AMBIGUOUS_NAME", f"Column '{node.name}' is ambiguous")
        index = named[0] if named else None
    value = items[index].value if index is not None else _sort_value(compiler, node, items, context)
    if index is None:
        index = next((i for i, item in enumerate(items) if item.value.sql == value.sql), None)
    if index is None and distinct:
        message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
        raise failure(compiler.text, node, "EXPRESSION_NOT_IN_DISTINCT", message)
    if value.type.name == "map":
        raise failure(
            compiler.text,
            node,
            "TYPE_MISMATCH",
            f"Type {value.type} is not orderable, and therefore cannot be used in ORDER BY",
        )
    if index is not None and equality.is_plain(value.type):
        value = Value(str(index + 1), value.type)
    return windows.sort_key(value, ordered)


def _sort_value(compiler: Compiler, node: Any, items: list[Item], context: Context) -> Value:
    """Names inside of an expression are outputs before they are columns; in an aggregate they must be columns."""
    outputs = {item.output.name: item.value for item in items if item.output.name}
    for call in node.find_all(exp.Anonymous):
        if is_aggregate(call.name.lower()):
            _refuse_outputs(compiler, call, outputs, context)
    return compiler.value(node, replace(context, parameters={**outputs, **context.parameters}))


def _refuse_outputs(compiler: Compiler, call: Any, outputs: dict[str, Value], context: Context) -> None:
    for column in call.find_all(exp.Column):
        own = outputs.get(name_of(column.this)) if len(column.parts) == 1 else None
        if own is not None and own.sql not in [field.sql for field in context.scope.find((), name_of(column.this))]:
            message = "Invalid reference to output projection attribute from ORDER BY aggregation"
            raise failure(compiler.text, column, "COLUMN_NOT_FOUND", message)


def _ordinal(compiler: Compiler, node: Any, count: int, clause: str) -> int:
    number = int(node.this) if str(node.this).isdigit() else 0
    if not 1 <= number <= count:
        raise failure(
            compiler.text, node, "INVALID_COLUMN_REFERENCE", f"{clause} position {node.this} is not in select list"
        )
    return number - 1


def _limits(compiler: Compiler, node: Any, context: Context) -> str:
    sql = ""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if isinstance(limit, exp.Fetch):
        sql += f" LIMIT {_count(limit.args.get('count') or exp.Literal.number(1), 'FETCH')}"
    elif limit is not None and not (isinstance(limit.expression, exp.Var) and name_of(limit.expression.this) == "all"):
        sql += f" LIMIT {_count(limit.expression, 'LIMIT')}"
    if offset is not None:
        sql += f" OFFSET {_count(offset.expression, 'OFFSET')}"
    return sql


def _count(node: Any, clause: str) -> int:
    if not isinstance(node, exp.Literal) or not str(node.this).isdigit():
        raise QueryFailedError("SYNTAX_ERROR", f"{clause} takes a whole number, not {node.sql()}")
    return int(node.this)
