"""+ - * / % of numbers, dates and intervals, and time zones."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.parser import operator_position
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.query.temporal import instant, plus
from local.engine.athena.types import Type

_LEAST = {str(2**31): t.INTEGER, str(2**63): t.BIGINT}


def negative(compiler: Compiler, node: Any, context: Context) -> Value:
    """-x; a negative literal may be the least of its type."""
    written = str(node.this.this) if isinstance(node.this, exp.Literal) and not node.this.is_string else ""
    if written in _LEAST:
        return Value(f"CAST(-{written} AS {_LEAST[written].name})", _LEAST[written])
    value = compiler.value(node.this, context)
    if not value.type.is_number and value.type not in (t.DAYS, t.MONTHS, t.UNKNOWN):
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"Cannot negate {value.type}")
    return Value(f"(-{value.sql})", value.type)


_SIGNS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def arithmetic(compiler: Compiler, node: Any, context: Context) -> Value:
    """+ - * / % of numbers, and of dates and intervals."""
    left, right = compiler.value(node.left, context), compiler.value(node.right, context)
    sign = _SIGNS[type(node)]
    times = _of_times(left, right, sign)
    if times is not None:
        return times
    kind = t.common(left.type, right.type)
    if kind is None or not (kind.is_number or kind == t.UNKNOWN):
        place = operator_position(compiler.text, node)
        message = f"{place}: Cannot apply operator: {left.type} {sign} {right.type}"
        raise QueryFailedError("TYPE_MISMATCH", message)
    if kind.name == "decimal":
        return of_decimals(left, right, sign)
    a, b = compiler.coerced(left, kind), compiler.coerced(right, kind)
    if sign in "+-*":
        return Value(f"({a} {sign} {b})", kind)
    if kind.name in ("real", "double"):
        return Value(f"({a} {sign} {b})", kind)
    return Value(f"CAST(trino_{'divide' if sign == '/' else 'modulus'}({a}, {b}) AS {t.duckdb_type(kind)})", kind)


_NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulus"}


def of_decimals(left: Value, right: Value, sign: str) -> Value:
    """Precision and scale by Trino's rules (Decimal functions and operators)."""
    a, b = t.as_decimal(left.type), t.as_decimal(right.type)
    if a is None or b is None:
        a, b = a or b, b or a
    (p1, s1), (p2, s2) = a.parameters, b.parameters  # type: ignore[union-attr]
    scale = max(s1, s2)
    precision, places = {
        "+": (scale + max(p1 - s1, p2 - s2) + 1, scale),
        "-": (scale + max(p1 - s1, p2 - s2) + 1, scale),
        "*": (p1 + p2, s1 + s2),
        "/": (p1 + s2 + max(s2 - s1, 0), scale),
        "%": (min(p2 - s2, p1 - s1) + scale, scale),
    }[sign]
    if places > t.MOST_DIGITS:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"DECIMAL scale must be in range [0, precision]: {places}")
    kind = t.decimal(max(precision, 1), places)
    own = t.duckdb_type(kind)
    x, y = f"CAST({left.sql} AS {t.duckdb_type(a)})", f"CAST({right.sql} AS {t.duckdb_type(b)})"  # type: ignore[arg-type]
    if precision <= t.MOST_DIGITS and sign in "+-":
        return Value(f"(CAST({x} AS {own}) {sign} CAST({y} AS {own}))::{own}", kind)
    if precision <= t.MOST_DIGITS and sign == "*":
        return Value(f"CAST(({x} * {y}) AS {own})", kind)
    sizes = ", ".join(map(str, kind.parameters))
    return Value(f"CAST(py_decimal_{_NAMES[sign]}(CAST({x} AS VARCHAR), CAST({y} AS VARCHAR), {sizes}) AS {own})", kind)


def _of_times(left: Value, right: Value, sign: str) -> Value | None:
    """A date or time and an interval, two intervals, or an interval and a number."""
    intervals = (t.DAYS, t.MONTHS)
    if sign in "+*" and left.type not in intervals and right.type in intervals:
        left, right = right, left
    if left.type in intervals and right.type == left.type and sign in "+-":
        return Value(f"({left.sql} {sign} {right.sql})", left.type)
    if left.type in intervals and right.type.is_number and sign in "*/":
        return _scaled(left, right, sign)
    if sign == "+" and left.type in intervals:
        left, right = right, left
    if right.type in intervals and sign in "+-" and left.type.name in ("date", "timestamp", t.ZONED.name):
        return plus(left, f"(-{right.sql})" if sign == "-" else right.sql, right.type)
    if sign == "-" and left.type.name == right.type.name and left.type.name in ("date", "timestamp", t.ZONED.name):
        a, b = instant(left), instant(right)
        return Value(f"((epoch_us({a}) - epoch_us({b})) // 1000)", t.DAYS)
    return None


def _scaled(interval: Value, factor: Value, sign: str) -> Value:
    """An interval times or by a number; by a double it is cut to whole milliseconds or months."""
    own = t.duckdb_type(interval.type)
    if factor.type.is_whole and sign == "*":
        return Value(f"CAST({interval.sql} * CAST({factor.sql} AS {own}) AS {own})", interval.type)
    if factor.type.is_whole:
        return Value(f"CAST(trino_divide({interval.sql}, CAST({factor.sql} AS {own})) AS {own})", interval.type)
    product = f"(CAST({interval.sql} AS DOUBLE) {sign} CAST({factor.sql} AS DOUBLE))"
    return Value(f"CAST(trunc({product}) AS {own})", interval.type)


def at_time_zone(compiler: Compiler, node: Any, context: Context) -> Value:
    """The same instant in another zone; a timestamp without one is of UTC, the zone of Athena's sessions."""
    value, zone = compiler.value(node.this, context), compiler.value(node.args["zone"], context)
    if zone.type.name not in ("varchar", t.DAYS.name) or value.type.name not in ("timestamp", t.ZONED.name):
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"Cannot apply AT TIME ZONE to {value.type}")
    name = compiler.zone(node.args["zone"], zone)
    return Value(f"trino_zoned({instant(value)}, {name})", Type(t.ZONED.name, value.type.parameters))


HANDLERS: dict[type, Handler] = {
    exp.Neg: negative,
    **dict.fromkeys(_SIGNS, arithmetic),
    exp.AtTimeZone: at_time_zone,
}
