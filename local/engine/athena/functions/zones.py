"""Texts of times with and without a zone."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo

OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")
TIMESTAMP = re.compile(
    r"(?P<moment>\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(?P<fraction>\d+))?)?)?)"
    r"(?: ?(?P<zone>[+-]\d{2}:\d{2}|[A-Za-z][A-Za-z0-9_+/-]*))?"
)
Zoned = dict[str, object]


def zone(name: str) -> tzinfo:
    """A zone by its name or offset. ValueError if there is none."""
    if name in ("Z", "UTC"):
        return UTC
    if match := OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"'{name}' is not a valid time zone") from error


def zoned(moment: datetime, name: str) -> Zoned:
    """What DuckDB holds for a clock's time in a zone."""
    utc = moment.replace(tzinfo=zone(name)).astimezone(UTC).replace(tzinfo=None)
    return {"t": utc, "z": "UTC" if name == "Z" else name}


def offset_text(moment: datetime, name: str) -> str:
    """+02:00, or Z for UTC, of a zone at a clock's time."""
    away = moment.replace(tzinfo=zone(name)).utcoffset() or timedelta()
    minutes = int(away.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
