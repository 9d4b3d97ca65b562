"""Functions of dates and times that take a unit."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import dates
from local.engine.athena.query.arguments import TypedFunction, exactly, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import SCALARS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.query.temporal import instant, local, plus
from local.engine.athena.query.text_casts import moment_text

_CLOCK_UNITS = ("millisecond", "second", "minute", "hour")


def date_trunc(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The start of the unit that a time is in; of the same type."""
    unit, value = _unit(compiler, arguments, 2, node), compiler.value(arguments[1], context)
    if value.type.name not in ("date", "timestamp", t.ZONED.name):
        raise wrong(compiler, node, "date_trunc", [t.VARCHAR, value.type])
    if value.type == t.DATE and unit in _CLOCK_UNITS:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid DATE field")
    cut = f"date_trunc('{unit}', {local(value)})"
    if value.type == t.DATE:
        return Value(f"CAST({cut} AS DATE)", value.type)
    if value.type.name == "timestamp":
        return Value(cut, value.type)
    return Value(f"trino_in_zone({cut}, ({value.sql}).z)", value.type)


def date_add(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A time later by so many units; of the same type."""
    unit = _unit(compiler, arguments, 3, node)
    amount, value = (compiler.value(item, context) for item in arguments[1:])
    if not amount.type.is_whole or value.type.name not in ("date", "timestamp", t.ZONED.name):
        raise wrong(compiler, node, "date_add", [t.VARCHAR, amount.type, value.type])
    factor, kind = (dates.MONTHS[unit], t.MONTHS) if unit in dates.MONTHS else (dates.MILLISECONDS[unit], t.DAYS)
    if value.type == t.DATE and unit in _CLOCK_UNITS:
        message = f"'{unit}' is not a valid DATE field"
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
    step = f"({amount.sql}::BIGINT * {factor})"
    if value.type.name == t.ZONED.name and unit in ("day", "week"):
        # a day later is the same time of the next day, also when the clocks change
        return Value(f"trino_in_zone({local(value)} + to_milliseconds({step}), ({value.sql}).z)", value.type)
    return Value(plus(value, step, kind).sql, value.type)


def date_diff(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Whole units from one time to another."""
    unit = _unit(compiler, arguments, 3, node)
    a, b = (compiler.value(item, context) for item in arguments[1:])
    kind = t.common(a.type, b.type)
    if kind is None or kind.name not in ("date", "timestamp", t.ZONED.name):
        raise wrong(compiler, node, "date_diff", [t.VARCHAR, a.type, b.type])
    coerced = [Value(compiler.coerced(value, kind), kind) for value in (a, b)]
    if kind.name == t.ZONED.name and unit not in _CLOCK_UNITS:
        # days and more are those of the clock in the first one's zone
        there = f"trino_local(trino_zoned(({coerced[1].sql}).t, ({coerced[0].sql}).z))"
        return Value(f"datesub('{unit}', {local(coerced[0])}, {there})", t.BIGINT)
    return Value(f"datesub('{unit}', {instant(coerced[0])}, {instant(coerced[1])})", t.BIGINT)


def to_iso8601(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The text of a time by ISO 8601, with the places of its type."""
    (value,) = exactly(1, compiler, arguments, node, context)
    if value.type.name not in ("timestamp", t.ZONED.name):
        return chosen(compiler, "to_iso8601", SCALARS["to_iso8601"], arguments, node, context, Modifiers())
    precision = value.type.parameters[0]
    shown = f"replace({moment_text(local(value), precision)}, ' ', 'T')"
    length = precision + (precision > 0)
    if value.type.name == "timestamp":
        return Value(shown, t.Type("varchar", (22 + length,)))
    return Value(f"({shown} || trino_iso_zone({value.sql}))", t.Type("varchar", (28 + length,)))


def with_timezone(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The clock's time in a zone."""
    value, zone = exactly(2, compiler, arguments, node, context)
    if value.type == t.DATE:
        value = Value(compiler.coerced(value, t.TIMESTAMP), t.TIMESTAMP)
    if value.type.name not in ("timestamp", "unknown") or zone.type.name not in ("varchar", "unknown"):
        raise wrong(compiler, node, "with_timezone", [value.type, zone.type])
    kind = t.Type(t.ZONED.name, value.type.parameters or (3,))
    return Value(f"trino_in_zone({compiler.coerced(value, t.TIMESTAMP)}, {compiler.zone(arguments[1], zone)})", kind)


def at_timezone(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The same instant in another zone, by its name or its distance from UTC."""
    value, zone = exactly(2, compiler, arguments, node, context)
    if value.type.name == "timestamp":
        value = Value(compiler.coerced(value, t.ZONED), t.Type(t.ZONED.name, value.type.parameters))
    if value.type.name not in (t.ZONED.name, "unknown") or zone.type.name not in ("varchar", t.DAYS.name, "unknown"):
        raise wrong(compiler, node, "at_timezone", [value.type, zone.type])
    name = compiler.zone(arguments[1], zone)
    if value.type == t.UNKNOWN:
        return Value(f"CAST(NULL AS {t.duckdb_type(t.ZONED)})", t.ZONED)
    return Value(f"trino_zoned(({value.sql}).t, {name})", value.type)


def _unit(compiler: Compiler, arguments: list[Any], count: int, node: Any) -> str:
    if len(arguments) != count:
        raise failure(
            compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {node.name.lower()}"
        )
    if not isinstance(arguments[0], exp.Literal) or not arguments[0].is_string:
        raise not_supported(f"{node.name.lower()} with a unit that is no literal")
    unit = str(arguments[0].this).lower()
    if unit not in dates.MONTHS and unit not in dates.MILLISECONDS:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIMESTAMP field")
    return unit


FUNCTIONS: dict[str, TypedFunction] = {
    "date_trunc": date_trunc,
    "date_add": date_add,
    "date_diff": date_diff,
    "to_iso8601": to_iso8601,
    "with_timezone": with_timezone,
    "at_timezone": at_timezone,
}
