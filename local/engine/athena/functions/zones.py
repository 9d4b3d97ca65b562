"""Texts of times with and without a zone.

Source: Trino's page "Date and time functions and operators"; zones are those of the IANA database, in any case.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any

from local.engine.athena.failures import QueryFailedError

ZONED = "STRUCT(t TIMESTAMP, z VARCHAR)"
Zoned = dict[str, object]
_OFFSET = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?")
_MOST_MINUTES = 14 * 60
_UTC = ("utc", "z", "ut", "uct", "gmt", "gmt0", "greenwich", "universal", "zulu")
TIMESTAMP = re.compile(
    r"(?P<date>(?P<year>[+-]?\d{4,})-\d{1,2}-\d{1,2})"
    r"(?: (?:(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d+))?)?)?"
    r"\s*(?P<zone>[+-]\d{1,2}:?\d{0,2}|[A-Za-z][A-Za-z0-9_+/:-]*)?)?"
)


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


@cache
def normalized(name: str) -> str:
    """A zone's name as Trino keeps it: UTC, an offset such as +02:00, or a name. ValueError if there is none."""
    low = name.lower()
    if low.removeprefix("etc/") in _UTC:
        return "UTC"
    if match := _OFFSET.fullmatch(re.sub("^(?:utc|gmt|ut)(?=[+-])", "", low)):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > _MOST_MINUTES or int(match[3] or 0) > 59:
            raise ValueError(f"'{name}' is not a valid time zone")
        return offset_name(-minutes if match[1] == "-" else minutes)
    if low not in _names():
        raise ValueError(f"'{name}' is not a valid time zone")
    return _names()[low]


def offset_name(minutes: int) -> str:
    """+02:00 of 120 minutes; UTC of none."""
    if not minutes:
        return "UTC"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def zone(name: str) -> tzinfo:
    """A zone by its name or offset. ValueError if there is none."""
    own = normalized(name)
    if own == "UTC":
        return UTC
    if match := _OFFSET.fullmatch(own):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    return zoneinfo.ZoneInfo(own)


def zoned(moment: datetime, name: str) -> Zoned:
    """What DuckDB holds for a clock's time in a zone."""
    utc = moment.replace(tzinfo=zone(name)).astimezone(UTC).replace(tzinfo=None)
    return {"t": utc, "z": normalized(name)}


def offset_text(moment: datetime, name: str) -> str:
    """+02:00, or Z for UTC, of a zone at a clock's time."""
    away = moment.replace(tzinfo=zone(name)).utcoffset() or timedelta()
    minutes = int(away.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def with_colon(zone_text: str) -> str:
    """+02:00 of +0200."""
    return f"{zone_text[:3]}:{zone_text[-2:]}" if re.fullmatch(r"[+-]\d{4}", zone_text) else zone_text


def moment_of(match: re.Match[str], precision: int = 6) -> datetime:
    """The clock's time of a text that TIMESTAMP has matched, rounded. ValueError if there is no such time."""
    year = int(match["year"])
    if not 1 <= year <= 9999:
        raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the year {year}")
    _, month, day = match["date"].lstrip("+-").split("-")
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    moment = datetime(year, int(month), int(day), hour, minute, second)  # noqa: DTZ001 # a clock's time
    digits = match["fraction"] or ""
    scale = min(precision, 6)
    units = (int(digits[: scale + 1].ljust(scale + 1, "0")) + 5) // 10
    return moment + timedelta(microseconds=units * 10 ** (6 - scale))


def text_to_timestamp(text: str, precision: int) -> datetime:
    """CAST(varchar AS timestamp): a zone in the text does not count."""
    return _parsed(text, precision, "timestamp")[0]


def text_to_zoned(text: str, precision: int) -> Zoned:
    """CAST(varchar AS timestamp with time zone): in UTC where the text names no zone."""
    moment, name = _parsed(text, precision, "timestamp with time zone")
    return zoned(moment, name)


def _parsed(text: str, precision: int, kind: str) -> tuple[datetime, str]:
    try:
        match = TIMESTAMP.fullmatch(text.strip())
        if match is None:
            raise ValueError(text)
        return moment_of(match, precision), normalized(match["zone"] or "UTC")
    except (ValueError, OverflowError) as error:
        raise QueryFailedError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {kind}: {text}") from error


def checked(name: str) -> str:
    """A zone's name; INVALID_FUNCTION_ARGUMENT if there is none."""
    try:
        return normalized(name)
    except ValueError as error:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", str(error)) from error


def of_minutes(minutes: int) -> str:
    """The zone of an offset; INVALID_FUNCTION_ARGUMENT if it is too far."""
    if abs(minutes) > _MOST_MINUTES:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Invalid offset minutes {minutes}")
    return offset_name(minutes)


V, B = "VARCHAR", "BIGINT"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_zone": (checked, (V,), V),
    "py_zone_of": (lambda hours, minutes: of_minutes(hours * 60 + minutes), (B, B), V),
    "py_text_to_timestamp": (text_to_timestamp, (V, B), "TIMESTAMP"),
    "py_text_to_zoned": (text_to_zoned, (V, B), ZONED),
}
