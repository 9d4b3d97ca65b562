"""Dates and times: their instant, their clock's time, and arithmetic with intervals."""

from __future__ import annotations

from local.engine.athena import types as t
from local.engine.athena.query.scope import Value
from local.engine.athena.types import Type


def plus(value: Value, amount: str, unit: Type) -> Value:
    """A date or time later by milliseconds or months; a zoned one keeps its zone, and months count there."""
    if value.type == t.DATE and unit == t.DAYS:
        return Value(f"trino_date_later({value.sql}, {amount})", value.type)
    step = f"to_milliseconds({amount})" if unit == t.DAYS else f"to_months(CAST({amount} AS INTEGER))"
    if value.type == t.DATE:
        return Value(f"CAST({value.sql} + {step} AS DATE)", value.type)
    kind = Type(value.type.name, (max(3, value.type.parameters[0]),)) if unit == t.DAYS else value.type
    if value.type.name == "timestamp":
        return Value(f"({value.sql} + {step})", kind)
    if unit == t.DAYS:
        return Value(f"trino_later({value.sql}, {step})", kind)
    return Value(f"trino_in_zone(trino_local({value.sql}) + {step}, ({value.sql}).z)", kind)


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
