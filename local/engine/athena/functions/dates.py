"""What patterns of dates share: names, and a moment put together of its parts.

Source: Trino's page "Date and time functions and operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from local.engine.athena.failures import QueryFailedError

MONTHS = {"month": 1, "quarter": 3, "year": 12}
MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
Shown = Callable[[datetime], str]


def hour12(moment: datetime) -> int:
    """The hour on a clock of twelve."""
    return moment.hour % 12 or 12


def half(moment: datetime) -> str:
    """AM or PM."""
    return "AM" if moment.hour < 12 else "PM"


# what the letters read: a regular expression and the part of the date
def made(text: str, expression: str, parts: list[str]) -> datetime:
    """The moment of a text by the expression that reads it, and what its groups are."""
    match = re.fullmatch(expression, text)
    if match is None:
        raise invalid(text)
    found = {part: value for part, value in zip(parts, match.groups(), strict=True) if part}
    try:
        return _assembled(found)
    except ValueError as error:
        raise invalid(text) from error


def invalid(text: str) -> QueryFailedError:
    """The failure of a text that is no date in its pattern."""
    return QueryFailedError("INVALID_FUNCTION_ARGUMENT", f'Invalid format: "{text}"')


def _assembled(found: dict[str, str]) -> datetime:
    year = int(found.get("year", 1970))
    if "year2" in found:
        short = int(found["year2"])
        year = 2000 + short if short < 70 else 1900 + short
    month = _month(found["name"]) if "name" in found else int(found.get("month", 1))
    hour = int(found.get("hour", 0))
    if "hour12" in found:
        hour = int(found["hour12"]) % 12 + (12 if found.get("half", "am").lower() == "pm" else 0)
    fraction = int(found.get("fraction", "0").ljust(6, "0")[:6])
    moment = datetime(year, month, int(found.get("day", 1)), hour, int(found.get("minute", 0)),  # noqa: DTZ001 # a clock's time
                    int(found.get("second", 0)), fraction)  # fmt: skip
    return moment + timedelta(days=int(found["day_of_year"]) - 1) if "day_of_year" in found else moment


def _month(name: str) -> int:
    for number, known in enumerate(MONTH_NAMES, 1):
        if name.lower() in (known.lower(), known[:3].lower()):
            return number
    raise ValueError(name)
