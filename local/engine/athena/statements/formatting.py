"""A view's query as SHOW CREATE VIEW prints it: Trino's formatter writes each clause on a line of its own.

Only what is surely printed so is formatted; a query with anything else keeps the text that it was made with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from local.engine.athena import parser

_COMPARED = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_REACHED = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_JOINED = {exp.And: "AND", exp.Or: "OR"}
_BINARY = _COMPARED | _REACHED | _JOINED
_CLAUSES = {"kind", "expressions", "from_", "where", "group", "having", "order", "limit", "distinct"}


class _OtherwiseError(Exception):
    """The query has something that is not formatted here."""


def formatted(query: str) -> str:
    """The query, clause by clause, or as it is written."""
    try:
        return "\n".join(_select(parser.parse_query(query)))
    except (_OtherwiseError, parser.MalformedQueryError):
        return query


def _select(node: Any) -> Iterator[str]:
    _only(node, exp.Select, _CLAUSES)
    items = [_item(item) for item in node.expressions]
    start = f"SELECT{' DISTINCT' if _distinct(node) else ''}"
    if len(items) == 1:
        yield f"{start} {items[0]}"
    else:
        yield start
        yield f"  {items[0]}"
        yield from (f", {item}" for item in items[1:])
    if node.args.get("from_"):
        yield "FROM"
        yield f"  {_table(node.args['from_'].this)}"
    if node.args.get("where"):
        yield f"WHERE {_value(node.args['where'].this)}"
    if node.args.get("group"):
        _only(node.args["group"], exp.Group, {"expressions"})
        yield f"GROUP BY {', '.join(map(_value, node.args['group'].expressions))}"
    if node.args.get("having"):
        yield f"HAVING {_value(node.args['having'].this)}"
    if node.args.get("order"):
        _only(node.args["order"], exp.Order, {"expressions"})
        yield f"ORDER BY {', '.join(map(_ordered, node.args['order'].expressions))}"
    if node.args.get("limit"):
        _only(node.args["limit"], exp.Limit, {"expression"})
        yield f"LIMIT {_value(node.args['limit'].expression)}"


def _distinct(node: Any) -> bool:
    if node.args.get("distinct") is not None:
        _only(node.args["distinct"], exp.Distinct, set())
    return node.args.get("distinct") is not None


def _item(node: Any) -> str:
    if isinstance(node, exp.Alias):
        _only(node, exp.Alias, {"this", "alias"})
        return f"{_value(node.this)} {_name(node.args['alias'])}"
    return _value(node)


def _table(node: Any) -> str:
    _only(node, exp.Table, {"this", "db", "catalog", "alias"})
    name = ".".join(map(_name, node.parts))
    alias = node.args.get("alias")
    if alias is None:
        return name
    _only(alias, exp.TableAlias, {"this"})
    return f"{name} {_name(alias.this)}"


def _ordered(node: Any) -> str:
    _only(node, exp.Ordered, {"this", "desc"})
    return f"{_value(node.this)} {'DESC' if node.args.get('desc') else 'ASC'}"


def _value(node: Any) -> str:
    if isinstance(node, exp.Paren):
        return _value(node.this)
    if isinstance(node, exp.Star):
        _only(node, exp.Star, set())
        return "*"
    if isinstance(node, exp.Column):
        _only(node, exp.Column, {"this", "table", "db", "catalog"})
        return ".".join(_name(part) if not isinstance(part, exp.Star) else "*" for part in node.parts)
    if isinstance(node, exp.Literal):
        return f"'{node.this}'".replace("'", "''")[1:-1] if node.is_string else str(node.this)
    if type(node) in _BINARY:
        _only(node, type(node), {"this", "expression"})
        return f"({_value(node.left)} {_BINARY[type(node)]} {_value(node.right)})"
    if isinstance(node, exp.Not):
        return f"(NOT {_value(node.this)})"
    if isinstance(node, exp.Anonymous):
        _only(node, exp.Anonymous, {"this", "expressions"})
        return f"{node.this}({', '.join(map(_value, node.expressions))})"
    raise _OtherwiseError


def _name(node: Any) -> str:
    if not isinstance(node, exp.Identifier):
        raise _OtherwiseError
    escaped = str(node.this).replace('"', '""')
    return f'"{escaped}"' if node.args.get("quoted") else str(node.this)


def _only(node: Any, kind: Any, known: set[str]) -> None:
    """Nothing that the parser has found may be left out."""
    if not isinstance(node, kind) or any(
        value not in (None, False, [], "") for name, value in node.args.items() if name not in known
    ):
        raise _OtherwiseError
