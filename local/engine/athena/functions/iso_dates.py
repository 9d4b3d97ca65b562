"""ISO 8601, and durations. Source: Trino's page "Date and time functions and operators"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import zones
from local.engine.athena.functions.dates import invalid

_ISO = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?"
)


_ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})(?:-(\d))?")


_ISO_DAY = re.compile(r"(\d{4})-(\d{3})")


def iso_timestamp(text: str) -> zones.Zoned:
    """from_iso8601_timestamp: in UTC where the text names no offset."""
    match = _ISO.fullmatch(text)
    if match is None:
        return zones.zoned(datetime.fromisoformat(iso_date(text)), "UTC")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),  # noqa: DTZ001 # as above
                          int(second or 0), int((fraction or "0").ljust(6, "0")[:3]) * 1000)  # fmt: skip
    except ValueError as error:
        raise invalid(text) from error
    zone = zones.with_colon(zone or "UTC")
    return zones.zoned(moment, f"{zone}:00" if re.fullmatch(r"[+-]\d{2}", zone) else zone)


def iso_date(text: str) -> str:
    """from_iso8601_date: a calendar date, a week date or a day of the year."""
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
            return datetime(*map(int, match.groups())).strftime("%Y-%m-%d")  # type: ignore[arg-type]  # noqa: DTZ001 # as above
        if match := _ISO_WEEK.fullmatch(text):
            return datetime.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1)).strftime("%Y-%m-%d")
        if match := _ISO_DAY.fullmatch(text):
            start = datetime(int(match[1]), 1, 1)  # noqa: DTZ001 # as above
            return (start + timedelta(days=int(match[2]) - 1)).strftime("%Y-%m-%d")
    except ValueError as error:
        raise invalid(text) from error
    raise invalid(text)


_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


def duration(text: str) -> int:
    """parse_duration: milliseconds, rounded."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2] not in _UNITS:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"duration is not a valid data duration string: {text}")
    return math.floor(float(match[1]) * _UNITS[match[2]] / 10**6 + 0.5)


V, T = "VARCHAR", "TIMESTAMP"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_from_iso8601_timestamp": (iso_timestamp, (V,), zones.ZONED),
    "py_from_iso8601_date": (iso_date, (V,), V),
    "py_parse_duration": (duration, (V,), "BIGINT"),
}
