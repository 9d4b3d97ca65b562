"""Expressions: names, literals, arithmetic. Comparisons, casts and calls are in modules of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.parser import operator_position
from local.engine.athena.query.scope import Context, Field, Value, failure, name_of, text
from local.engine.athena.types import Type

if TYPE_CHECKING:
    from local.engine.athena.query.compiler import Compiler

Handler = Callable[["Compiler", Any, Context], Value]


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
            return Value(found[0].sql, found[0].type), used
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


def literal(compiler: Compiler, node: Any, context: Context) -> Value:
    """Texts and numbers: 1 is an integer, 1.5 a decimal, 1e0 a double."""
    written = str(node.this)
    if node.is_string:
        return Value(text(written), Type("varchar", (len(written),)))
    if re.fullmatch(r"\d+", written):
        kind = t.INTEGER if int(written) < 2**31 else t.BIGINT
        if int(written) >= 2**63:
            raise failure(compiler.text, node, "INVALID_LITERAL", f"Invalid numeric literal: {written}")
        return Value(f"CAST({written} AS {kind.name})", kind)
    if "e" in written.lower():
        return Value(f"CAST({text(written)} AS DOUBLE)", t.DOUBLE)
    whole, _, fraction = written.partition(".")
    digits = (whole.lstrip("0") + fraction) or "0"
    kind = t.decimal(max(len(digits), len(fraction), 1), len(fraction))
    return Value(f"CAST({text(written)} AS {t.duckdb_type(kind)})", kind)


def boolean(compiler: Compiler, node: Any, context: Context) -> Value:
    """TRUE and FALSE."""
    return Value("TRUE" if node.this else "FALSE", t.BOOLEAN)


def null(compiler: Compiler, node: Any, context: Context) -> Value:
    """NULL has the type unknown."""
    return Value("NULL", t.UNKNOWN)


def hex_string(compiler: Compiler, node: Any, context: Context) -> Value:
    """X'65'."""
    return Value(f"from_hex({text(str(node.this).replace(' ', ''))})", t.VARBINARY)


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


def interval(compiler: Compiler, node: Any, context: Context) -> Value:
    """INTERVAL '2' DAY is milliseconds, INTERVAL '2' MONTH months."""
    unit = str(node.args["unit"].name).lower().rstrip("s")
    amount = str(node.this.name)
    if not re.fullmatch(r"[+-]?\d+", amount):
        raise not_supported(f"the interval {node.sql()}")
    if unit in _MILLISECONDS:
        return Value(f"CAST({int(amount) * _MILLISECONDS[unit]} AS BIGINT)", t.DAYS)
    if unit in ("month", "year"):
        return Value(f"CAST({int(amount) * (12 if unit == 'year' else 1)} AS BIGINT)", t.MONTHS)
    raise not_supported(f"the interval {node.sql()}")


_MILLISECONDS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}


def current(compiler: Compiler, node: Any, context: Context) -> Value:
    """The time of the query's start, which stays the same while it runs; Athena's zone is UTC."""
    now = compiler.now.astimezone(UTC)
    if isinstance(node, exp.CurrentDate):
        return Value(f"DATE '{now.date()}'", t.DATE)
    if isinstance(node, exp.CurrentTime):
        raise not_supported("current_time")
    moment = f"TIMESTAMP '{_milliseconds(now)}'"
    if isinstance(node, exp.Localtimestamp):
        return Value(moment, t.TIMESTAMP)
    return Value(f"trino_zoned({moment}, 'UTC')", t.ZONED)


def _milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


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
        return _of_decimals(left, right, sign)
    a, b = compiler.coerced(left, kind), compiler.coerced(right, kind)
    if sign in "+-*":
        return Value(f"({a} {sign} {b})", kind)
    if kind.name in ("real", "double"):
        return Value(f"({a} {sign} {b})", kind)
    return Value(f"CAST(trino_{'divide' if sign == '/' else 'modulus'}({a}, {b}) AS {t.duckdb_type(kind)})", kind)


def _of_decimals(left: Value, right: Value, sign: str) -> Value:
    """Precision and scale by Trino's rules (Decimal functions and operators)."""
    a, b = t.as_decimal(left.type), t.as_decimal(right.type)
    if a is None or b is None:
        a, b = a or b, b or a
    (p1, s1), (p2, s2) = a.parameters, b.parameters  # type: ignore[union-attr]
    scale = max(s1, s2)
    kind = {
        "+": t.decimal(scale + max(p1 - s1, p2 - s2) + 1, scale),
        "-": t.decimal(scale + max(p1 - s1, p2 - s2) + 1, scale),
        "*": t.decimal(p1 + p2, s1 + s2),
        "/": t.decimal(p1 + s2 + max(s2 - s1, 0), scale),
        "%": t.decimal(min(p2 - s2, p1 - s1) + scale, scale),
    }[sign]
    own = t.duckdb_type(kind)
    x, y = f"CAST({left.sql} AS {t.duckdb_type(a)})", f"CAST({right.sql} AS {t.duckdb_type(b)})"  # type: ignore[arg-type]
    if sign in "+-":
        return Value(f"(CAST({x} AS {own}) {sign} CAST({y} AS {own}))::{own}", kind)
    if sign == "*":
        return Value(f"CAST(({x} * {y}) AS {own})", kind)
    name = "py_decimal_divide" if sign == "/" else "py_decimal_modulus"
    return Value(f"CAST({name}(CAST({x} AS VARCHAR), CAST({y} AS VARCHAR), {scale}) AS {own})", kind)


def _of_times(left: Value, right: Value, sign: str) -> Value | None:
    """A date or time and an interval, or two intervals."""
    intervals = (t.DAYS, t.MONTHS)
    if sign == "+" and left.type in intervals and right.type not in intervals:
        left, right = right, left
    if left.type in intervals and right.type == left.type and sign in "+-":
        return Value(f"({left.sql} {sign} {right.sql})", left.type)
    if left.type in intervals and right.type.is_whole and sign == "*":
        return Value(f"({left.sql} * {right.sql})", left.type)
    if right.type in intervals and sign in "+-" and left.type.name in ("date", "timestamp", t.ZONED.name):
        return plus(left, f"(-{right.sql})" if sign == "-" else right.sql, right.type)
    if sign == "-" and left.type.name == right.type.name and left.type.name in ("date", "timestamp", t.ZONED.name):
        a, b = instant(left), instant(right)
        return Value(f"((epoch_us({a}) - epoch_us({b})) // 1000)", t.DAYS)
    return None


def plus(value: Value, amount: str, unit: Type) -> Value:
    """A date or time later by milliseconds or months; a zoned one keeps its zone, and months count there."""
    step = f"to_milliseconds({amount})" if unit == t.DAYS else f"to_months(CAST({amount} AS INTEGER))"
    if value.type == t.DATE:
        return Value(f"CAST({value.sql} + {step} AS DATE)", value.type)
    if value.type.name == "timestamp":
        return Value(f"({value.sql} + {step})", value.type)
    if unit == t.DAYS:
        return Value(f"trino_later({value.sql}, {step})", value.type)
    return Value(f"trino_in_zone(trino_local({value.sql}) + {step}, ({value.sql}).z)", value.type)


def instant(value: Value) -> str:
    """A timestamp that compares as the value does."""
    if value.type.name == t.ZONED.name:
        return f"({value.sql}).t"
    return f"CAST({value.sql} AS TIMESTAMP)"


def local(value: Value) -> str:
    """The timestamp that a clock at the value's place shows."""
    if value.type.name == t.ZONED.name:
        return f"trino_local({value.sql})"
    return f"CAST({value.sql} AS TIMESTAMP)"


def at_time_zone(compiler: Compiler, node: Any, context: Context) -> Value:
    """The same instant in another zone; a timestamp without one is of UTC, the zone of Athena's sessions."""
    value, zone = compiler.value(node.this, context), compiler.value(node.args["zone"], context)
    if zone.type.name != "varchar" or value.type.name not in ("timestamp", t.ZONED.name):
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"Cannot apply AT TIME ZONE to {value.type}")
    if isinstance(node.args["zone"], exp.Literal):
        compiler.check_zone(str(node.args["zone"].this))
    return Value(f"trino_zoned({instant(value)}, {zone.sql})", Type(t.ZONED.name, value.type.parameters))


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
    exp.Literal: literal,
    exp.Boolean: boolean,
    exp.Null: null,
    exp.HexString: hex_string,
    exp.Paren: paren,
    exp.Tuple: row,
    exp.Array: array,
    exp.Interval: interval,
    exp.CurrentDate: current,
    exp.CurrentTimestamp: current,
    exp.CurrentTime: current,
    exp.Localtimestamp: current,
    exp.Neg: negative,
    **dict.fromkeys(_SIGNS, arithmetic),
    exp.AtTimeZone: at_time_zone,
    exp.Bracket: subscript,
}
