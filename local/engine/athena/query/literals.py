"""Constants: texts, numbers, intervals and the time of the query."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.functions import intervals, texts
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.sql import text
from local.engine.athena.types import Type


def literal(compiler: Compiler, node: Any, context: Context) -> Value:
    """Texts and numbers: 1 is an integer, 1.5 and 1e0 are doubles."""
    written = str(node.this)
    if node.is_string:
        return Value(text(written), Type("varchar", (len(written),)))
    if re.fullmatch(r"\d+", written):
        kind = t.INTEGER if int(written) < 2**31 else t.BIGINT
        if int(written) >= 2**63:
            raise failure(compiler.text, node, "INVALID_LITERAL", f"Invalid numeric literal: {written}")
        return Value(f"CAST({written} AS {kind.name})", kind)
    # Athena reads a number with a point as double: docs/decisions/0020-a-number-with-a-point-is-double.md
    return Value(f"CAST({text(written)} AS DOUBLE)", t.DOUBLE)


def boolean(compiler: Compiler, node: Any, context: Context) -> Value:
    """TRUE and FALSE."""
    return Value("TRUE" if node.this else "FALSE", t.BOOLEAN)


def null(compiler: Compiler, node: Any, context: Context) -> Value:
    """NULL has the type unknown."""
    return Value("NULL", t.UNKNOWN)


def hex_string(compiler: Compiler, node: Any, context: Context) -> Value:
    """X'65'."""
    digits = re.sub(r"\s", "", str(node.this))
    if len(digits) % 2 or not re.fullmatch("[0-9a-fA-F]*", digits):
        raise failure(compiler.text, node, "INVALID_LITERAL", "Binary literal must be pairs of hex digits")
    return Value(f"from_hex({text(digits)})", t.VARBINARY)


def unicode_string(compiler: Compiler, node: Any, context: Context) -> Value:
    r"""U&'\0041', with UESCAPE for another sign than the backslash."""
    escape = node.args.get("escape")
    sign = str(escape.this) if escape else "\\"
    written = str(node.this)
    try:
        plain = texts.unescaped(written, sign)
    except ValueError as error:
        message = f"Invalid Unicode escape sequence: {written}"
        raise failure(compiler.text, node, "SYNTAX_ERROR", message) from error
    return Value(text(plain), Type("varchar", (len(plain),)))


def interval(compiler: Compiler, node: Any, context: Context) -> Value:
    """INTERVAL '2' DAY is milliseconds, INTERVAL '2' MONTH months."""
    sign, amount = ("-", node.this.this) if isinstance(node.this, exp.Neg) else ("", node.this)
    span = node.args["unit"]
    ends = (span.this, span.expression) if isinstance(span, exp.IntervalSpan) else (span, span)
    start, end = (str(part.this).lower() for part in ends)
    if isinstance(span, exp.IntervalSpan) and start == end:
        raise failure(compiler.text, node, "SYNTAX_ERROR", f"not an interval: {node.sql(dialect='trino')}")
    if not amount.is_string or start not in intervals.UNITS or end not in intervals.UNITS:
        raise failure(compiler.text, node, "SYNTAX_ERROR", f"not an interval: {node.sql(dialect='trino')}")
    written = str(amount.this)
    try:
        if start in ("year", "month"):
            number, kind = intervals.months(written, start, end), t.MONTHS
        else:
            number, kind = intervals.milliseconds(written, start, end), t.DAYS
    except ValueError as error:
        message = f"'{written}' is not a valid INTERVAL literal"
        raise failure(compiler.text, node, "INVALID_LITERAL", message) from error
    return Value(f"CAST({sign}({number}) AS {t.duckdb_type(kind)})", kind)


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


HANDLERS: dict[type, Handler] = {
    exp.Literal: literal,
    exp.Boolean: boolean,
    exp.Null: null,
    exp.HexString: hex_string,
    exp.UnicodeString: unicode_string,
    exp.Interval: interval,
    exp.CurrentDate: current,
    exp.CurrentTimestamp: current,
    exp.CurrentTime: current,
    exp.Localtimestamp: current,
}
