"""GROUP BY, with GROUPING SETS, ROLLUP and CUBE."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from local.engine.athena.failures import not_supported
from local.engine.athena.query import equality, stars
from local.engine.athena.query.compiler import Compiler, same_text
from local.engine.athena.query.overloads import is_aggregate
from local.engine.athena.query.scope import Context, failure


@dataclass(frozen=True)
class Grouping:
    """What a query groups by."""

    sql: str
    keys: dict[str, str]
    """SQL of what is grouped by, and that of its value in a group."""


def group_by(compiler: Compiler, node: Any, context: Context) -> Grouping | None:
    """The GROUP BY clause; a query with an aggregate and none of it makes one group; None if nothing is grouped."""
    clause = node.args.get("group")
    if clause is None:
        aggregates = any(_has_aggregate(item) for item in [*node.expressions, node.args.get("having")] if item)
        return Grouping("", {}) if aggregates or node.args.get("having") is not None else None
    keys: dict[str, str] = {}
    context = replace(context, clause="GROUP BY")
    if not clause.expressions:
        raise not_supported("this GROUP BY")
    if clause.args.get("all") is False:
        return Grouping(f" GROUP BY GROUPING SETS ({_distinct_sets(compiler, clause, node, context, keys)})", keys)
    parts = [_part(compiler, item, node, context, keys) for item in clause.expressions]
    return Grouping(f" GROUP BY {', '.join(parts)}", keys)


def _distinct_sets(compiler: Compiler, clause: Any, node: Any, context: Context, keys: dict[str, str]) -> str:
    """GROUP BY DISTINCT: each of the sets that the items make together, once."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    every = (_sets(compiler, item, node, context, keys) for item in clause.expressions)
    for combined in itertools.product(*every):
        chosen = tuple(dict.fromkeys(itertools.chain.from_iterable(combined)))
        found.setdefault(frozenset(chosen), chosen)
    return ", ".join(f"({', '.join(one)})" for one in found.values())


def _sets(compiler: Compiler, item: Any, node: Any, context: Context, keys: dict[str, str]) -> list[tuple[str, ...]]:
    """The grouping sets that an item stands for."""
    if isinstance(item, exp.GroupingSets):
        return [one for part in item.expressions for one in _sets(compiler, part, node, context, keys)]
    if isinstance(item, exp.Paren):
        return _sets(compiler, item.this, node, context, keys)
    if isinstance(item, exp.Tuple | exp.Rollup | exp.Cube):
        parts = [_sets(compiler, part, node, context, keys)[0] for part in item.expressions]
        sizes = range(len(parts), -1, -1)
        if isinstance(item, exp.Tuple):
            return [tuple(itertools.chain.from_iterable(parts))]
        if isinstance(item, exp.Rollup):
            return [tuple(itertools.chain.from_iterable(parts[:size])) for size in sizes]
        chosen = (some for size in sizes for some in itertools.combinations(parts, size))
        return [tuple(itertools.chain.from_iterable(some)) for some in chosen]
    return [(_key(compiler, item, node, context, keys),)]


def _part(compiler: Compiler, item: Any, node: Any, context: Context, keys: dict[str, str]) -> str:
    words = {exp.GroupingSets: "GROUPING SETS", exp.Rollup: "ROLLUP", exp.Cube: "CUBE"}
    if type(item) in words:
        inner = (_part(compiler, one, node, context, keys) for one in item.expressions)
        return f"{words[type(item)]} ({', '.join(inner)})"
    if isinstance(item, exp.Tuple):
        return f"({', '.join(_part(compiler, one, node, context, keys) for one in item.expressions)})"
    if isinstance(item, exp.Paren):
        return f"({_part(compiler, item.this, node, context, keys)})"
    return _key(compiler, item, node, context, keys)


def _key(compiler: Compiler, item: Any, node: Any, context: Context, keys: dict[str, str]) -> str:
    if isinstance(item, exp.Literal) and not item.is_string:
        number = int(item.this) if str(item.this).isdigit() else 0
        if not 1 <= number <= len(node.expressions) or any(stars.is_star(one) for one in node.expressions[:number]):
            message = f"GROUP BY position {item.this} is not in select list"
            raise failure(compiler.text, item, "INVALID_COLUMN_REFERENCE", message)
        item = node.expressions[number - 1]
        item = item.this if isinstance(item, exp.Alias) else item
    value = compiler.value(item, context)
    key = equality.canonical(value.sql, value.type)
    # of values that Trino takes for the same, any is the group's
    keys[same_text(value.sql)] = value.sql if key == value.sql else f"any_value({value.sql})"
    return key


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
