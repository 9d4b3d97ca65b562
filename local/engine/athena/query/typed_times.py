"""Functions of dates and times that take a unit."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import dates
from local.engine.athena.query.arguments import TypedFunction, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.query.temporal import instant, local, plus


def date_trunc(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The start of the unit that a time is in; of the same type."""
    unit, value = _unit(compiler, arguments, 2, node), compiler.value(arguments[1], context)
    if value.type.name not in ("date", "timestamp", t.ZONED.name):
        raise wrong(compiler, node, "date_trunc", [t.VARCHAR, value.type])
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
    if value.type == t.DATE and unit in ("millisecond", "second", "minute", "hour"):
        message = f"'{unit}' is not a valid DATE field"
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
    step = f"({amount.sql}::BIGINT * {factor})"
    if value.type.name == t.ZONED.name and unit in ("day", "week"):
        # a day later is the same time of the next day, also when the clocks change
        return Value(f"trino_in_zone({local(value)} + to_milliseconds({step}), ({value.sql}).z)", value.type)
    return plus(value, step, kind)


def date_diff(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Whole units from one time to another."""
    unit = _unit(compiler, arguments, 3, node)
    a, b = (compiler.value(item, context) for item in arguments[1:])
    kind = t.common(a.type, b.type)
    if kind is None or kind.name not in ("date", "timestamp", t.ZONED.name):
        raise wrong(compiler, node, "date_diff", [t.VARCHAR, a.type, b.type])
    coerced = [Value(compiler.coerced(value, kind), kind) for value in (a, b)]
    how = local if unit in dates.MONTHS or unit in ("day", "week") else instant
    return Value(f"datesub('{unit}', {how(coerced[0])}, {how(coerced[1])})", t.BIGINT)


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
}
