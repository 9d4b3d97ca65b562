"""What a WHERE clause says of a table's columns by itself: which partitions need not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from local.engine.athena.query.scope import name_of

Test = Callable[[str], bool]
_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    exp.EQ: lambda a, b: a == b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
}
_TURNED: dict[type, type] = {exp.EQ: exp.EQ, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}


def of(where: Any, table: str) -> tuple[dict[str, list[Test]], dict[str, list[str]]]:
    """Tests of a column's text, and the only texts that it can have, by column."""
    tests: dict[str, list[Test]] = {}
    equal: dict[str, list[str]] = {}
    for part in _conjuncts(where):
        found = _about(part, table)
        if found is None:
            continue
        name, own, texts = found
        tests.setdefault(name, []).append(own)
        if texts is not None:
            equal.setdefault(name, texts)
    return tests, equal


def _conjuncts(node: Any) -> Iterator[Any]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    elif node is not None:
        yield node


def _about(node: Any, table: str) -> tuple[str, Test, list[str] | None] | None:
    if isinstance(node, exp.Between):
        name, low, high = _column(node.this, table), _literal(node.args["low"]), _literal(node.args["high"])
        if name is None or low is None or high is None:
            return None
        return name, _both(_test(exp.GTE, low), _test(exp.LTE, high)), None
    if isinstance(node, exp.In) and not node.args.get("query"):
        name, items = _column(node.this, table), [_literal(item) for item in node.expressions]
        if name is None or None in items:
            return None
        tests = [_test(exp.EQ, item) for item in items if item is not None]
        return name, lambda text: any(test(text) for test in tests), [str(item) for item in items]
    if type(node) not in _ORDER:
        return None
    for left, right, kind in ((node.left, node.right, type(node)), (node.right, node.left, _TURNED[type(node)])):
        name, value = _column(left, table), _literal(right)
        if name is not None and value is not None:
            return name, _test(kind, value), [str(value)] if kind is exp.EQ else None
    return None


def _both(a: Test, b: Test) -> Test:
    return lambda text: a(text) and b(text)


def _test(kind: type, value: str | int) -> Test:
    """A partition's text against a literal: as numbers if the literal is one."""

    def test(text: str) -> bool:
        if isinstance(value, int):
            try:
                return _ORDER[kind](int(text), value)
            except ValueError:
                return True
        return _ORDER[kind](text, value)

    return test


_WHOLE = ("TINYINT", "SMALLINT", "INT", "BIGINT")


def _column(node: Any, table: str) -> str | None:
    """A column, or one cast to a whole number: its text is compared with a number as one."""
    if isinstance(node, exp.Cast) and str(node.to.this.value).upper() in _WHOLE:
        node = node.this
    if not isinstance(node, exp.Column) or node.db or (node.table and node.table.lower() != table):
        return None
    return name_of(node.this)


def _literal(node: Any) -> str | int | None:
    if isinstance(node, exp.Cast) and str(node.to.this.value).upper() == "DATE":
        node = node.this
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(node.this)):
            return None
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    return int(node.this) if str(node.this).isdigit() else None
