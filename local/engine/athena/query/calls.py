"""Calls of functions: which meaning a call has, and its SQL. Lambdas, aggregates and windows are calls too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import scalars
from local.engine.athena.query import equality, windows
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.conditions import condition
from local.engine.athena.query.overloads import AGGREGATES, SCALARS, WINDOWS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.query.typed_functions import FUNCTIONS

_FUNCTIONS_AGGREGATES = ("sum", "avg", "grouping")


def call(compiler: Compiler, node: Any, context: Context) -> Value:
    """name(arguments)."""
    return apply(compiler, node.name.lower(), list(node.expressions), node, context, Modifiers())


def call_by_name(compiler: Compiler, name: str, arguments: list[Any], node: Any, context: Context) -> Value:
    """A function by its name, without modifiers."""
    return apply(compiler, name, arguments, node, context, Modifiers())


def apply(
    compiler: Compiler, name: str, arguments: list[Any], node: Any, context: Context, modifiers: Modifiers
) -> Value:
    """A call by its parts."""
    if name in AGGREGATES or name in WINDOWS:
        return _aggregate(compiler, name, arguments, node, context, modifiers)
    if modifiers != Modifiers():
        if name in scalars.KNOWN_TO_ATHENA:
            raise not_supported(f"the function {name}")
        raise failure(compiler.text, node, "FUNCTION_NOT_AGGREGATE", f"{name} is not an aggregation function")
    if name in FUNCTIONS:
        return FUNCTIONS[name](compiler, arguments, node, context)
    candidates = SCALARS.get(name)
    if candidates is None:
        if name in scalars.KNOWN_TO_ATHENA:
            raise not_supported(f"the function {name}")
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Function '{name}' not registered")
    return chosen(compiler, name, candidates, arguments, node, context, modifiers)


def _aggregate(
    compiler: Compiler, name: str, arguments: list[Any], node: Any, context: Context, modifiers: Modifiers
) -> Value:
    over = " OVER " in modifiers.tail
    if context.clause and not over:
        message = f"{context.clause} clause cannot contain aggregations, window functions or grouping operations"
        raise failure(compiler.text, node, "EXPRESSION_NOT_SCALAR", f"{message}: [{node.sql()}]")
    if name in WINDOWS and not over:
        raise failure(compiler.text, node, "MISSING_OVER", f"Window function {name} requires an OVER clause")
    # an aggregate's arguments may name any field; those of a window function stand outside of the groups
    inner = context if over else replace(context.ungrouped(), clause="The aggregate's")
    arguments, modifiers = _inner_modifiers(compiler, arguments, inner, modifiers)
    _refuse_misused(compiler, name, arguments, node, modifiers)
    if name == "count" and len(arguments) == 1 and isinstance(arguments[0], exp.Star):
        arguments = []
    if name in ("sum", "avg") and len(arguments) == 1:
        value = compiler.value(arguments[0], inner)
        if value.type.name == "decimal":
            return _of_decimal(name, value, modifiers)
    special = _of_instants(compiler, name, arguments, inner, modifiers)
    if special is not None:
        return special
    return chosen(compiler, name, (AGGREGATES | WINDOWS)[name], arguments, node, inner, modifiers)


def _of_instants(
    compiler: Compiler, name: str, arguments: list[Any], context: Context, modifiers: Modifiers
) -> Value | None:
    """Aggregates that look for equal values, of types whose values DuckDB does not take for equal as Trino does."""
    counts = name == "approx_distinct" or (name == "count" and bool(modifiers.distinct))
    others = name in ("map_agg", "multimap_agg", "histogram", "set_agg", "map_union") or bool(modifiers.distinct)
    if not arguments or not (counts or others) or isinstance(arguments[0], exp.Lambda):
        return None
    value = compiler.value(arguments[0], context)
    compared = value.type.parameters[0] if name == "map_union" and value.type.name == "map" else value.type
    if equality.is_plain(compared):
        return None
    if counts:
        return Value(f"count(DISTINCT {equality.canonical(value.sql, value.type)}){modifiers.tail}", t.BIGINT)
    raise not_supported(f"{name} of {value.type}")


def _refuse_misused(compiler: Compiler, name: str, arguments: list[Any], node: Any, modifiers: Modifiers) -> None:
    """What Athena refuses of aggregates."""
    if name == "listagg" and not modifiers.within:
        raise failure(compiler.text, node, "SYNTAX_ERROR", "mismatched input: listagg needs WITHIN GROUP (ORDER BY …)")
    if name == "approx_percentile" and arguments and isinstance(arguments[-1], exp.Neg):
        raise failure(compiler.text, node, "INVALID_FUNCTION_ARGUMENT", "Percentile must be between 0 and 1")
    if name in ("lag", "lead") and len(arguments) > 1 and isinstance(arguments[1], exp.Null):
        raise failure(compiler.text, node, "INVALID_FUNCTION_ARGUMENT", "Offset must not be null")
    if modifiers.distinct and modifiers.order and modifiers.order_keys - {item.sql() for item in arguments}:
        message = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments"
        raise failure(compiler.text, node, "EXPRESSION_NOT_IN_DISTINCT", message)


def _inner_modifiers(
    compiler: Compiler, arguments: list[Any], context: Context, modifiers: Modifiers
) -> tuple[list[Any], Modifiers]:
    """array_agg(DISTINCT x ORDER BY y): what is inside of the parentheses."""
    plain = []
    for argument in arguments:
        if isinstance(argument, exp.Order):
            keys = frozenset(item.this.sql() for item in argument.expressions)
            modifiers = replace(modifiers, order=f" {windows.order_by(compiler, argument, context)}", order_keys=keys)
            argument = argument.this
        if isinstance(argument, exp.Distinct):
            modifiers = replace(modifiers, distinct="DISTINCT ")
            plain += argument.expressions
        else:
            plain.append(argument)
    return plain, modifiers


def _of_decimal(name: str, value: Value, modifiers: Modifiers) -> Value:
    """Sum gives decimal(38, s); avg keeps the type."""
    scale = value.type.parameters[1]
    total, end = f"sum({modifiers.distinct}{value.sql})", modifiers.tail
    if name == "sum":
        kind = t.decimal(t.MOST_DIGITS, scale)
        return Value(f"CAST({total}{end} AS {t.duckdb_type(kind)})", kind)
    count = f"CAST(count({modifiers.distinct}{value.sql}){end} AS VARCHAR)"
    sizes = ", ".join(map(str, value.type.parameters))
    quotient = f"py_decimal_average(CAST({total}{end} AS VARCHAR), {count}, {sizes})"
    return Value(f"CAST({quotient} AS {t.duckdb_type(value.type)})", value.type)


def filtered(compiler: Compiler, node: Any, context: Context) -> Value:
    """aggregate(x) FILTER (WHERE …)."""
    return _wrapped(compiler, node, context)


def windowed(compiler: Compiler, node: Any, context: Context) -> Value:
    """function(x) OVER (…)."""
    return _wrapped(compiler, node, context)


def _wrapped(compiler: Compiler, node: Any, context: Context) -> Value:
    """Take off FILTER, OVER, WITHIN GROUP and IGNORE NULLS until the call is there."""
    modifiers, filter_clause, over = Modifiers(), "", ""
    inner = context
    while not isinstance(node, exp.Anonymous):
        if isinstance(node, exp.Window):
            if context.clause:
                message = (
                    f"{context.clause} clause cannot contain aggregations, window functions or grouping operations"
                )
                raise failure(compiler.text, node, "EXPRESSION_NOT_SCALAR", message)
            over = f" OVER {windows.over(compiler, node, context)}"
        elif isinstance(node, exp.Filter):
            where = context if over else context.ungrouped()
            test = condition(compiler, node.expression.this, where, "Filter expression")
            filter_clause = f" FILTER (WHERE {test})"
        elif isinstance(node, exp.WithinGroup):
            order = windows.order_by(compiler, node.expression, inner.ungrouped())
            modifiers = replace(modifiers, order=f" {order}", within=True)
        elif isinstance(node, exp.IgnoreNulls):
            modifiers = replace(modifiers, nulls=" IGNORE NULLS")
        elif not isinstance(node, exp.RespectNulls):
            raise not_supported(f"{node.sql()} here")
        node = node.this
    modifiers = replace(modifiers, tail=f"{filter_clause}{over}")
    return apply(compiler, node.name.lower(), list(node.expressions), node, context, modifiers)


def substring(compiler: Compiler, node: Any, context: Context) -> Value:
    """Part of a text, with commas or with FROM and FOR."""
    parts = [node.this, node.args.get("start"), node.args.get("length")]
    return apply(compiler, "substr", [part for part in parts if part is not None], node, context, Modifiers())


def strpos(compiler: Compiler, node: Any, context: Context) -> Value:
    """position('a' IN x)."""
    return apply(compiler, "strpos", [node.this, node.args["substr"]], node, context, Modifiers())


def trim(compiler: Compiler, node: Any, context: Context) -> Value:
    """A text without its ends, or one of them."""
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    if node.args.get("expression") is None:
        return apply(compiler, name, [node.this], node, context, Modifiers())
    values = [compiler.value(item, context) for item in (node.this, node.expression)]
    if any(value.type.name not in ("varchar", "unknown") for value in values):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}")
    return Value(f"{name}({values[0].sql}, {values[1].sql})", t.VARCHAR)


def extract(compiler: Compiler, node: Any, context: Context) -> Value:
    """A field of a time, such as YEAR."""
    name = str(node.this.name).lower()
    known = {"dow": "day_of_week", "doy": "day_of_year", "yow": "year_of_week"}
    name = known.get(name, name)
    if name not in _FIELDS.split():
        raise QueryFailedError("INVALID_ARGUMENTS", f"Invalid EXTRACT field: {name}")
    return apply(compiler, name, [node.expression], node, context, Modifiers())


_FIELDS = """
    year quarter month week day day_of_month day_of_week day_of_year year_of_week hour minute second
    timezone_hour timezone_minute
"""
HANDLERS: dict[type, Handler] = {
    exp.Anonymous: call,
    exp.Filter: filtered,
    exp.Window: windowed,
    exp.WithinGroup: windowed,
    exp.IgnoreNulls: windowed,
    exp.RespectNulls: windowed,
    exp.Substring: substring,
    exp.StrPosition: strpos,
    exp.Trim: trim,
    exp.Extract: extract,
}
