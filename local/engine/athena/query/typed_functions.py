"""Functions whose type or form no signature can say."""

from __future__ import annotations

from typing import Any

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.query import (
    equality,
    fast_paths,
    typed_arrays,
    typed_collections,
    typed_maps,
    typed_numbers,
    typed_texts,
    typed_times,
)
from local.engine.athena.query.arguments import TypedFunction, exactly, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.expressions import make_row
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.query.temporal import local
from local.engine.athena.query.text_casts import moment_text, plain_text
from local.engine.athena.sql import text


def _at_least_two(compiler: Compiler, arguments: list[Any], node: Any) -> None:
    if len(arguments) < 2:
        message = f"The '{node.name.lower()}' function must have at least two arguments"
        raise failure(compiler.text, node, "SYNTAX_ERROR", message)


def coalesce(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The first that is not NULL."""
    _at_least_two(compiler, arguments, node)
    values = [compiler.value(item, context) for item in arguments]
    kind = compiler.common_type(node, [v.type for v in values], "All COALESCE operands must be the same type")
    return Value(f"coalesce({', '.join(compiler.coerced(value, kind) for value in values)})", kind)


def nullif(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The first, or NULL if the two are equal."""
    a, b = exactly(2, compiler, arguments, node, context)
    kind = compiler.common_type(node, [a.type, b.type], "Types are not comparable with NULLIF")
    same = equality.equal(compiler.coerced(a, kind), compiler.coerced(b, kind), kind)
    return Value(f"(CASE WHEN {same} THEN NULL ELSE {a.sql} END)", a.type)


def extreme(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Greatest and least: NULL if any is NULL; NaN only if all are NaN."""
    values = [compiler.value(item, context) for item in arguments]
    if not values:
        raise wrong(compiler, node, node.name.lower(), [])
    kind = compiler.common_type(node, [value.type for value in values])
    if not t.is_orderable(kind):
        raise wrong(compiler, node, node.name.lower(), [value.type for value in values])
    items = [compiler.coerced(value, kind) for value in values]
    nulls = " OR ".join(f"{item} IS NULL" for item in items)
    found = f"{node.name.lower()}({', '.join(items)})"
    if not equality.is_plain(kind):
        pairs = ", ".join(f"struct_pack(k := {equality.canonical(item, kind)}, v := {item})" for item in items)
        found = f"{node.name.lower()}({pairs}).v"
    elif kind in (t.REAL, t.DOUBLE) and node.name.lower() == "greatest":
        numbers = ", ".join(f"CASE WHEN NOT isnan({item}) THEN {item} END" for item in items)
        found = f"coalesce(greatest({numbers}), CAST('NaN' AS {t.duckdb_type(kind)}))"
    return Value(f"(CASE WHEN {nulls} THEN NULL ELSE {found} END)", kind)


def row(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """ROW(1, 'a')."""
    if not arguments:
        raise failure(compiler.text, node, "SYNTAX_ERROR", "mismatched input ')'. Expecting: <expression>")
    return make_row([(None, compiler.value(item, context)) for item in arguments])


def attempt(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """try(x): NULL where x fails."""
    (value,) = exactly(1, compiler, arguments, node, context)
    return Value(f"TRY({value.sql})", value.type)


def typeof(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The type's name."""
    (value,) = exactly(1, compiler, arguments, node, context)
    return Value(text(str(value.type)), t.VARCHAR)


def grouping(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Which of the columns a row is not grouped by, in bits."""
    if not context.keys or not arguments:
        message = (
            "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause"
        )
        raise failure(compiler.text, node, "MISSING_GROUP_BY", message)
    values = [compiler.value(item, context) for item in arguments]
    kind = t.INTEGER if len(values) < 32 else t.BIGINT
    return Value(f"CAST(grouping({', '.join(value.sql for value in values)}) AS {t.duckdb_type(kind)})", kind)


def format_text(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """format('%05d', 3), with Java's patterns."""
    _at_least_two(compiler, arguments, node)
    pattern, *values = [compiler.value(item, context) for item in arguments]
    if pattern.type.name != "varchar":
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({pattern.type}) for format")
    items = ", ".join(_for_format(value) for value in values)
    return Value(f"py_format({pattern.sql}, CAST([{items}] AS VARCHAR[]))", t.VARCHAR)


def _for_format(value: Value) -> str:
    """A value with a letter for its kind, as Python reads it."""
    kind = value.type
    if kind.name == "timestamp":
        return f"'s' || py_java_moment({moment_text(value.sql, 6)}, '')"
    if kind.name == t.ZONED.name:
        zone = f"CASE WHEN ({value.sql}).z = 'UTC' THEN 'Z[UTC]' WHEN left(({value.sql}).z, 1) IN ('+', '-') "
        zone += f"THEN ({value.sql}).z ELSE trino_offset_text({value.sql}) || '[' || ({value.sql}).z || ']' END"
        return f"'s' || py_java_moment({moment_text(local(value), 6)}, {zone})"
    letters = {"boolean": "b", "real": "f", "double": "f", "decimal": "m", "date": "s", "varchar": "s", "char": "s"}
    letter = "d" if kind.is_whole else letters.get(kind.name)
    if kind == t.UNKNOWN:
        return "CAST(NULL AS VARCHAR)"
    if letter is None:
        raise not_supported(f"format with {kind}")
    shown = plain_text(value) if kind.name == "decimal" else f"CAST({value.sql} AS VARCHAR)"
    return f"'{letter}' || {shown}"


FUNCTIONS: dict[str, TypedFunction] = {
    "coalesce": coalesce,
    "nullif": nullif,
    "greatest": extreme,
    "least": extreme,
    "row": row,
    "try": attempt,
    "typeof": typeof,
    "grouping": grouping,
    "format": format_text,
    **fast_paths.FUNCTIONS,
    **typed_arrays.FUNCTIONS,
    **typed_collections.FUNCTIONS,
    **typed_maps.FUNCTIONS,
    **typed_texts.FUNCTIONS,
    **typed_times.FUNCTIONS,
    **typed_numbers.FUNCTIONS,
}
