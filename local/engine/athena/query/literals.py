"""Constants: texts, numbers, intervals and the time of the query."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Context, Value, failure
from local.engine.athena.sql import text
from local.engine.athena.types import Type


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


HANDLERS: dict[type, Handler] = {
    exp.Literal: literal,
    exp.Boolean: boolean,
    exp.Null: null,
    exp.HexString: hex_string,
    exp.Interval: interval,
    exp.CurrentDate: current,
    exp.CurrentTimestamp: current,
    exp.CurrentTime: current,
    exp.Localtimestamp: current,
}
