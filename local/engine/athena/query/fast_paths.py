"""Functions over rows in DuckDB's own words, for the arguments that are usual; Python does the rest.

A Python function costs some 0.07 ms a row, and waits for all others. So the usual path, the usual pattern and the usual
text take a way that means the same by construction: a guard says for each row whether it is usual.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.arguments import TypedFunction
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import SCALARS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value
from local.engine.athena.query.temporal import local
from local.engine.athena.sql import text

# MySQL's letter -> strftime's
_FORMAT = {
    **{letter: f"%{letter}" for letter in "YmdHSfyjpbaI"},
    "i": "%M", "s": "%S", "M": "%B", "W": "%A", "h": "%I", "T": "%H:%M:%S", "r": "%I:%M:%S %p", "%": "%%",
}  # fmt: skip
# MySQL's letter -> strptime's, and what a text must have there
_PARSE = {
    "Y": ("%Y", "[0-9]{4}"),
    **dict.fromkeys("m", ("%m", "[0-9]{1,2}")),
    "d": ("%d", "[0-9]{1,2}"),
    "H": ("%H", "[0-9]{1,2}"),
    "i": ("%M", "[0-9]{1,2}"),
    **dict.fromkeys("sS", ("%S", "[0-9]{1,2}")),
    "T": ("%H:%M:%S", "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}"),
}
_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,9}\])*")


_LONGEST = 1000  # characters of an argument: each guard has it once more


def _by_signature(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    name = node.name.lower()
    return chosen(compiler, name, SCALARS[name], arguments, node, context, Modifiers())


def _literal(node: Any) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def json_extract_scalar(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """By a path of names and places; a number with a point stays as it is written, which DuckDB does not keep."""
    usual = _by_signature(compiler, arguments, node, context)
    path = _literal(arguments[1]) if len(arguments) == 2 else None
    value = compiler.value(arguments[0], context).sql
    if path is None or not _PATH.fullmatch(path) or len(value) > _LONGEST:
        return usual
    kind, where = f"json_type({value}, {text(path)})", text(path)
    found = (
        f"CASE WHEN {kind} IN ('VARCHAR', 'BIGINT', 'UBIGINT', 'BOOLEAN') THEN json_extract_string({value}, {where}) "
        f"WHEN {kind} NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN {usual.sql} END"
    )
    return Value(f"(CASE WHEN trino_is_plain_json({value}) THEN {found} ELSE {usual.sql} END)", usual.type)


def json_array_length(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """NULL for what is no array."""
    usual = _by_signature(compiler, arguments, node, context)
    value = compiler.value(arguments[0], context).sql
    length = f"CASE WHEN json_type({value}) = 'ARRAY' THEN CAST(json_array_length({value}) AS BIGINT) END"
    return Value(f"(CASE WHEN trino_is_plain_json({value}) THEN {length} ELSE {usual.sql} END)", usual.type)


def _pieces(pattern: str) -> list[str]:
    return re.findall(r"%.|[^%]|%$", pattern, re.DOTALL)


def date_format(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """By a pattern of letters that strftime has, too."""
    usual = _by_signature(compiler, arguments, node, context)
    pieces = _pieces(_literal(arguments[1]) or "%?")
    if any(piece[0] == "%" and piece[1:] not in _FORMAT for piece in pieces):
        return usual
    pattern = "".join(_FORMAT[piece[1:]] if piece[0] == "%" else piece for piece in pieces)
    value = compiler.value(arguments[0], context)
    if value.type == t.UNKNOWN:
        return usual
    return Value(f"strftime({local(value)}, {text(pattern)})", usual.type)


def date_parse(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """By a pattern with a year, and numbers only."""
    usual = _by_signature(compiler, arguments, node, context)
    pieces = _pieces(_literal(arguments[1]) or "%?")
    if "%Y" not in pieces or any(piece[0] == "%" and piece[1:] not in _PARSE for piece in pieces):
        return usual
    pattern = "".join(_PARSE[piece[1:]][0] if piece[0] == "%" else piece for piece in pieces)
    guard = "".join(_PARSE[piece[1:]][1] if piece[0] == "%" else re.escape(piece) for piece in pieces)
    value = compiler.coerced(compiler.value(arguments[0], context), t.VARCHAR)
    parsed = f"try_strptime({value}, {text(pattern)})"
    is_usual = f"regexp_full_match({value}, {text(guard)}) AND {parsed} IS NOT NULL"
    return Value(f"(CASE WHEN {is_usual} THEN {parsed} ELSE {usual.sql} END)", usual.type)


def from_iso8601_timestamp(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """2024-05-06T07:08:09Z, with up to three digits after a point."""
    usual = _by_signature(compiler, arguments, node, context)
    value = compiler.coerced(compiler.value(arguments[0], context), t.VARCHAR)
    guard = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,3})?Z"
    parsed = f"TRY_CAST(left({value}, length({value}) - 1) AS TIMESTAMP)"
    is_usual = f"regexp_full_match({value}, '{guard}') AND {parsed} IS NOT NULL"
    return Value(f"(CASE WHEN {is_usual} THEN trino_zoned({parsed}, 'UTC') ELSE {usual.sql} END)", usual.type)


def from_iso8601_date(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """2024-05-06."""
    usual = _by_signature(compiler, arguments, node, context)
    value = compiler.coerced(compiler.value(arguments[0], context), t.VARCHAR)
    is_usual = (
        f"regexp_full_match({value}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({value} AS DATE) IS NOT NULL"
    )
    return Value(f"(CASE WHEN {is_usual} THEN CAST({value} AS DATE) ELSE {usual.sql} END)", usual.type)


FUNCTIONS: dict[str, TypedFunction] = {
    "json_extract_scalar": json_extract_scalar,
    "json_array_length": json_array_length,
    "date_format": date_format,
    "date_parse": date_parse,
    "from_iso8601_timestamp": from_iso8601_timestamp,
    "from_iso8601_date": from_iso8601_date,
}
