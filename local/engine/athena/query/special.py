"""Functions whose type or form no signature can say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import dates
from local.engine.athena.query.expressions import instant, local, make_row, plus
from local.engine.athena.query.scope import Context, Value, failure, name_of, text

if TYPE_CHECKING:
    from local.engine.athena.query.compiler import Compiler

Special = Callable[["Compiler", list[Any], Any, Context], Value]


def coalesce(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The first that is not NULL."""
    values = [compiler.value(item, context) for item in arguments]
    kind = compiler.common_type(node, [v.type for v in values], "All COALESCE operands must be the same type")
    return Value(f"coalesce({', '.join(compiler.coerced(value, kind) for value in values)})", kind)


def nullif(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The first, or NULL if the two are equal."""
    a, b = _exactly(2, compiler, arguments, node, context)
    kind = compiler.common_type(node, [a.type, b.type], "Types are not comparable with NULLIF")
    same = f"{compiler.coerced(a, kind)} = {compiler.coerced(b, kind)}"
    return Value(f"(CASE WHEN {same} THEN NULL ELSE {a.sql} END)", a.type)


def extreme(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Greatest and least: NULL if any is NULL."""
    values = [compiler.value(item, context) for item in arguments]
    kind = compiler.common_type(node, [value.type for value in values])
    items = [compiler.coerced(value, kind) for value in values]
    nulls = " OR ".join(f"{item} IS NULL" for item in items)
    return Value(f"(CASE WHEN {nulls} THEN NULL ELSE {node.name.lower()}({', '.join(items)}) END)", kind)


def concat(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of texts, of arrays, or of an array and elements; NULL if any is NULL."""
    values = [compiler.value(item, context) for item in arguments]
    arrays = [value for value in values if value.type.name == "array"]
    if arrays:
        elements = [v.type.element if v.type.name == "array" else v.type for v in values]
        kind = t.array(compiler.common_type(node, elements))
        lists = [
            compiler.coerced(v, kind) if v.type.name == "array" else f"[{compiler.coerced(v, kind.element)}]"
            for v in values
        ]
        return Value(f"({' || '.join(lists)})", kind)
    if all(value.type.name in ("varchar", "char", "unknown") for value in values):
        return Value(f"({' || '.join(compiler.coerced(value, t.VARCHAR) for value in values)})", t.VARCHAR)
    if len(values) == 2 and all(value.type == t.VARBINARY for value in values):
        return Value(f"({values[0].sql} || {values[1].sql})", t.VARBINARY)
    kinds = ", ".join(str(value.type) for value in values)
    message = f"Unexpected parameters ({kinds}) for function concat. Expected: concat(varchar, …), concat(array(E), …)"
    raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", message)


def row(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """ROW(1, 'a')."""
    return make_row([(None, compiler.value(item, context)) for item in arguments])


def map_of(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """map(keys, values), map()."""
    if not arguments:
        return Value("map([], [])", t.map_of(t.UNKNOWN, t.UNKNOWN))
    keys, values = _exactly(2, compiler, arguments, node, context)
    if keys.type.name != "array" or values.type.name != "array":
        message = (
            f"Unexpected parameters ({keys.type}, {values.type}) for function map. Expected: map(array(K), array(V))"
        )
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", message)
    return Value(f"map({keys.sql}, {values.sql})", t.map_of(keys.type.element, values.type.element))


def map_from_entries(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A map of an array of rows of two."""
    (value,) = _exactly(1, compiler, arguments, node, context)
    if value.type.name != "array" or value.type.element.name != "row" or len(value.type.element.parameters) != 2:
        raise failure(
            compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({value.type}) for map_from_entries"
        )
    (_, key), (_, item) = value.type.element.parameters
    parts = ", ".join(f"list_transform({value.sql}, lambda entry: entry.f{index})" for index in (0, 1))
    return Value(f"map({parts})", t.map_of(key, item))


def zip_arrays(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of zip(a, b) rows, with NULL where an array is shorter."""
    values = [compiler.value(item, context) for item in arguments]
    if any(value.type.name != "array" for value in values):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "Unexpected parameters for function zip")
    name = compiler.fresh("p")
    fields = ", ".join(f"f{index} := list_extract({value.sql}, {name})" for index, value in enumerate(values))
    longest = f"greatest({', '.join(f'len({value.sql})' for value in values)})"
    sql = f"list_transform(range(1, {longest} + 1), lambda {name}: struct_pack({fields}))"
    return Value(sql, t.array(t.row(*((None, value.type.element) for value in values))))


def zip_with(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """A lambda of the items of two arrays."""
    if len(arguments) != 3 or not isinstance(arguments[2], exp.Lambda) or len(arguments[2].expressions) != 2:
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "zip_with takes two arrays and a lambda of two")
    lists = [compiler.value(item, context) for item in arguments[:2]]
    name = compiler.fresh("p")
    parameters = {
        name_of(parameter): Value(f"list_extract({value.sql}, {name})", value.type.element)
        for parameter, value in zip(arguments[2].expressions, lists, strict=True)
    }
    body = compiler.value(arguments[2].this, replace(context, parameters={**context.parameters, **parameters}))
    longest = f"greatest(len({lists[0].sql}), len({lists[1].sql}))"
    return Value(f"list_transform(range(1, {longest} + 1), lambda {name}: {body.sql})", t.array(body.type))


def reduce(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """An array folded into a state, which a last lambda turns into the result."""
    if len(arguments) != 4 or not all(isinstance(item, exp.Lambda) for item in arguments[2:]):
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", "reduce takes an array, a start and two lambdas")
    items, start = (compiler.value(item, context) for item in arguments[:2])
    if items.type.name != "array":
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({items.type}, …) for reduce")
    names = [name_of(name) for name in arguments[2].expressions]
    own = [compiler.fresh("p"), compiler.fresh("p")]
    state = start.type
    for _ in range(2):  # the state's type may be wider than the start's
        inner = {names[0]: Value(f"{own[0]}.s", state), names[1]: Value(f"{own[1]}.i", items.type.element)}
        step = compiler.value(arguments[2].this, replace(context, parameters={**context.parameters, **inner}))
        state = compiler.common_type(node, [state, step.type])
    held, element = t.duckdb_type(state), t.duckdb_type(items.type.element)
    # DuckDB folds a list of one type: each item travels in a struct beside the state
    pair = f"struct_pack(s := CAST(NULL AS {held}), i := CAST(item AS {element}))"
    packed = f"list_transform({items.sql}, lambda item: {pair})"
    first = f"struct_pack(s := {compiler.coerced(start, state)}, i := CAST(NULL AS {element}))"
    fold = (
        f"list_reduce({packed}, lambda {own[0]}, {own[1]}: "
        f"struct_pack(s := {compiler.coerced(step, state)}, i := CAST(NULL AS {element})), {first})"
    )
    last = name_of(arguments[3].expressions[0])
    final = {last: Value(f"struct_extract({fold}, 's')", state)}
    return compiler.value(arguments[3].this, replace(context, parameters={**context.parameters, **final}))


def attempt(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """try(x): NULL where x fails."""
    (value,) = _exactly(1, compiler, arguments, node, context)
    return Value(f"TRY({value.sql})", value.type)


def typeof(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The type's name."""
    (value,) = _exactly(1, compiler, arguments, node, context)
    return Value(text(str(value.type)), t.VARCHAR)


def grouping(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Which of the columns a row is not grouped by, in bits."""
    if context.keys is None:
        message = (
            "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause"
        )
        raise failure(compiler.text, node, "MISSING_GROUP_BY", message)
    values = [compiler.value(item, context) for item in arguments]
    kind = t.INTEGER if len(values) < 32 else t.BIGINT
    return Value(f"CAST(grouping({', '.join(value.sql for value in values)}) AS {t.duckdb_type(kind)})", kind)


def format_text(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """format('%05d', 3), with Java's patterns."""
    pattern, *values = [compiler.value(item, context) for item in arguments]
    if pattern.type.name != "varchar":
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({pattern.type}) for format")
    items = ", ".join(_for_format(value) for value in values)
    return Value(f"py_format({pattern.sql}, CAST([{items}] AS VARCHAR[]))", t.VARCHAR)


def _for_format(value: Value) -> str:
    """A value with a letter for its kind, as Python reads it."""
    kinds = {"boolean": "b", "real": "f", "double": "f", "decimal": "f", "date": "t", "timestamp": "t", "varchar": "s"}
    letter = "d" if value.type.is_whole else kinds.get(value.type.name)
    if letter is None:
        raise not_supported(f"format with {value.type}")
    return f"'{letter}' || CAST({value.sql} AS VARCHAR)"


def date_trunc(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The start of the unit that a time is in; of the same type."""
    unit, value = _unit(compiler, arguments, 2, node), compiler.value(arguments[1], context)
    if value.type.name not in ("date", "timestamp", t.ZONED.name):
        raise _wrong(compiler, node, "date_trunc", [t.VARCHAR, value.type])
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
        raise _wrong(compiler, node, "date_add", [t.VARCHAR, amount.type, value.type])
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
        raise _wrong(compiler, node, "date_diff", [t.VARCHAR, a.type, b.type])
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


def number(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """round, floor, ceil and truncate of a decimal; of other numbers they have signatures."""
    from local.engine.athena.query import calls

    name = {"ceiling": "ceil"}.get(node.name.lower(), node.name.lower())
    value = compiler.value(arguments[0], context) if arguments else None
    if value is None or value.type.name != "decimal":
        return calls._chosen(compiler, name, calls.SCALARS[name], arguments, node, context, calls.Modifiers())
    precision, scale = value.type.parameters
    if len(arguments) == 1:
        kind = t.decimal(precision - scale + min(scale, 1), 0)
        function = {"truncate": "trunc"}.get(name, name)
        return Value(f"CAST({function}({value.sql}) AS {t.duckdb_type(kind)})", kind)
    digits = compiler.value(arguments[1], context)
    if name != "round" or not digits.type.is_whole or not isinstance(arguments[1], exp.Literal):
        raise not_supported(f"{name} of a decimal to so many digits")
    kind = t.decimal(precision + 1, scale)
    rounded = f"round({value.sql}, {int(arguments[1].this)})" if int(arguments[1].this) < scale else value.sql
    return Value(f"CAST({rounded} AS {t.duckdb_type(kind)})", kind)


def regexp_replace(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    r"""Java's $1 is RE2's \1; a lambda as replacement is not known here."""
    from local.engine.athena.query import calls

    if len(arguments) == 3 and isinstance(arguments[2], exp.Literal):
        replacement = str(arguments[2].this)
        if "\\" in replacement or "${" in replacement:
            raise not_supported("this replacement in regexp_replace")
        arguments = [*arguments[:2], exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", replacement))]
    elif len(arguments) == 3:
        raise not_supported("regexp_replace with a replacement that is no literal")
    return calls._chosen(
        compiler, "regexp_replace", calls.SCALARS["regexp_replace"], arguments, node, context, calls.Modifiers()
    )


def _exactly(count: int, compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> list[Value]:
    if len(arguments) != count:
        name = node.name.lower()
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}")
    return [compiler.value(item, context) for item in arguments]


def _wrong(compiler: Compiler, node: Any, name: str, kinds: list[t.Type]) -> QueryFailedError:
    shown = ", ".join(map(str, kinds))
    return failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown}) for function {name}")


SPECIAL: dict[str, Special] = {
    "coalesce": coalesce,
    "nullif": nullif,
    "greatest": extreme,
    "least": extreme,
    "concat": concat,
    "row": row,
    "map": map_of,
    "map_from_entries": map_from_entries,
    "zip": zip_arrays,
    "zip_with": zip_with,
    "reduce": reduce,
    "try": attempt,
    "typeof": typeof,
    "grouping": grouping,
    "format": format_text,
    "date_trunc": date_trunc,
    "date_add": date_add,
    "date_diff": date_diff,
    "round": number,
    "floor": number,
    "ceil": number,
    "ceiling": number,
    "truncate": number,
    "regexp_replace": regexp_replace,
}
