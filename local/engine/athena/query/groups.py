"""GROUP BY, with GROUPING SETS, ROLLUP and CUBE."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from local.engine.athena.failures import not_supported
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import is_aggregate
from local.engine.athena.query.scope import Context, failure


@dataclass(frozen=True)
class Grouping:
    """What a query groups by."""

    sql: str
    keys: frozenset[str]


def group_by(compiler: Compiler, node: Any, context: Context) -> Grouping | None:
    """The GROUP BY clause; a query with an aggregate and none of it makes one group; None if nothing is grouped."""
    clause = node.args.get("group")
    if clause is None:
        aggregates = any(_has_aggregate(item) for item in [*node.expressions, node.args.get("having")] if item)
        return Grouping("", frozenset()) if aggregates or node.args.get("having") is not None else None
    if clause.args.get("all") is False:
        raise not_supported("GROUP BY DISTINCT")
    keys: set[str] = set()
    context = replace(context, clause="GROUP BY")
    parts = [_part(compiler, item, node, context, keys) for item in clause.expressions]
    if not parts:
        raise not_supported("this GROUP BY")
    return Grouping(f" GROUP BY {', '.join(parts)}", frozenset(keys))


def _part(compiler: Compiler, item: Any, node: Any, context: Context, keys: set[str]) -> str:
    words = {exp.GroupingSets: "GROUPING SETS", exp.Rollup: "ROLLUP", exp.Cube: "CUBE"}
    if type(item) in words:
        inner = (_part(compiler, one, node, context, keys) for one in item.expressions)
        return f"{words[type(item)]} ({', '.join(inner)})"
    if isinstance(item, exp.Tuple):
        return f"({', '.join(_part(compiler, one, node, context, keys) for one in item.expressions)})"
    if isinstance(item, exp.Paren):
        return f"({_part(compiler, item.this, node, context, keys)})"
    return _key(compiler, item, node, context, keys)


def _key(compiler: Compiler, item: Any, node: Any, context: Context, keys: set[str]) -> str:
    if isinstance(item, exp.Literal) and not item.is_string:
        number = int(item.this) if str(item.this).isdigit() else 0
        if not 1 <= number <= len(node.expressions) or any(one.is_star for one in node.expressions[:number]):
            message = f"GROUP BY position {item.this} is not in select list"
            raise failure(compiler.text, item, "INVALID_COLUMN_REFERENCE", message)
        item = node.expressions[number - 1]
        item = item.this if isinstance(item, exp.Alias) else item
    sql = compiler.value(item, context).sql
    keys.add(sql)
    return sql


def _has_aggregate(node: Any) -> bool:
    """Whether an aggregate is called here: not as a window function, and not in a subquery."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        inner = node.this
        while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
            inner = inner.this
        return any(_has_aggregate(child) for child in inner.iter_expressions()) or any(
            _has_aggregate(child) for child in node.iter_expressions() if child is not node.this
        )
    if isinstance(node, exp.Anonymous) and (is_aggregate(node.name.lower()) or node.name.lower() == "grouping"):
        return True
    return any(_has_aggregate(child) for child in node.iter_expressions())
