"""Dates and times as texts: MySQL's patterns (date_format), Joda's (format_datetime) and ISO 8601.

Source: Trino's page "Date and time functions and operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import zones

MONTHS = {"month": 1, "quarter": 3, "year": 12}
MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
Shown = Callable[[datetime], str]


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"


_MYSQL: dict[str, Shown] = {
    "a": lambda m: _DAYS[m.weekday()][:3],
    "b": lambda m: _MONTHS[m.month - 1][:3],
    "c": lambda m: str(m.month),
    "d": lambda m: f"{m.day:02d}",
    "e": lambda m: str(m.day),
    "f": lambda m: f"{m.microsecond:06d}",
    "H": lambda m: f"{m.hour:02d}",
    "h": lambda m: f"{_hour12(m):02d}",
    "I": lambda m: f"{_hour12(m):02d}",
    "i": lambda m: f"{m.minute:02d}",
    "j": lambda m: f"{m.timetuple().tm_yday:03d}",
    "k": lambda m: str(m.hour),
    "l": lambda m: str(_hour12(m)),
    "M": lambda m: _MONTHS[m.month - 1],
    "m": lambda m: f"{m.month:02d}",
    "p": _half,
    "r": lambda m: f"{_hour12(m):02d}:{m.minute:02d}:{m.second:02d} {_half(m)}",
    "S": lambda m: f"{m.second:02d}",
    "s": lambda m: f"{m.second:02d}",
    "T": lambda m: f"{m.hour:02d}:{m.minute:02d}:{m.second:02d}",
    "v": lambda m: f"{m.isocalendar().week:02d}",
    "W": lambda m: _DAYS[m.weekday()],
    "x": lambda m: f"{m.isocalendar().year:04d}",
    "Y": lambda m: f"{m.year:04d}",
    "y": lambda m: f"{m.year % 100:02d}",
    "%": lambda m: "%",
}
# what the letters read: a regular expression and the part of the date
_MYSQL_READ = {
    "Y": (r"\d{4}", "year"),
    "m": (r"\d{1,2}", "month"),
    "c": (r"\d{1,2}", "month"),
    "d": (r"\d{1,2}", "day"),
    "e": (r"\d{1,2}", "day"),
    "H": (r"\d{1,2}", "hour"),
    "k": (r"\d{1,2}", "hour"),
    "h": (r"\d{1,2}", "hour12"),
    "I": (r"\d{1,2}", "hour12"),
    "l": (r"\d{1,2}", "hour12"),
    "i": (r"\d{1,2}", "minute"),
    "s": (r"\d{1,2}", "second"),
    "S": (r"\d{1,2}", "second"),
    "f": (r"\d{1,6}", "fraction"),
    "p": (r"[AaPp][Mm]", "half"),
    "b": (r"[A-Za-z]{3}", "name"),
    "M": (r"[A-Za-z]{3,9}", "name"),
    "a": (r"[A-Za-z]{3}", ""),
    "W": (r"[A-Za-z]{6,9}", ""),
    "y": (r"\d{2}", "year2"),
    "j": (r"\d{1,3}", "day_of_year"),
}
_COMPOUND = {"T": "%H:%i:%s", "r": "%h:%i:%s %p"}


def mysql_format(moment: datetime, pattern: str) -> str:
    """date_format."""

    def shown(match: re.Match[str]) -> str:
        letter = match[1]
        if letter in "DUuVwX":
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"%{letter} not supported in date format string")
        return _MYSQL[letter](moment) if letter in _MYSQL else letter

    return re.sub(r"%(.)", shown, pattern)


def mysql_parse(text: str, pattern: str) -> datetime:
    """date_parse."""
    pattern = re.sub(r"%([Tr])", lambda match: _COMPOUND[match[1]], pattern)
    expression, parts = "", []
    for piece in re.findall(r"%.|.", pattern, re.DOTALL):
        if len(piece) == 1 or piece == "%%":
            expression += re.escape(piece[-1])
            continue
        if piece[1] not in _MYSQL_READ:
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"{piece} not supported in date format string")
        read, part = _MYSQL_READ[piece[1]]
        expression += f"({read})"
        parts.append(part)
    return _made(text, expression, parts)


def _made(text: str, expression: str, parts: list[str]) -> datetime:
    match = re.fullmatch(expression, text)
    if match is None:
        raise _invalid(text)
    found = {part: value for part, value in zip(parts, match.groups(), strict=True) if part}
    try:
        return _assembled(found)
    except ValueError as error:
        raise _invalid(text) from error


def _invalid(text: str) -> QueryFailedError:
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
    made = datetime(year, month, int(found.get("day", 1)), hour, int(found.get("minute", 0)),  # noqa: DTZ001 # a clock's time
                    int(found.get("second", 0)), fraction)  # fmt: skip
    return made + timedelta(days=int(found["day_of_year"]) - 1) if "day_of_year" in found else made


def _month(name: str) -> int:
    for number, known in enumerate(_MONTHS, 1):
        if name.lower() in (known.lower(), known[:3].lower()):
            return number
    raise ValueError(name)


def _joda_pieces(pattern: str) -> list[str]:
    return re.findall(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+", pattern) and [
        match[0] for match in re.finditer(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+", pattern)
    ]


def joda_format(moment: datetime, pattern: str, zone_name: str) -> str:
    """format_datetime."""
    return "".join(_joda_shown(piece, moment, zone_name) for piece in _joda_pieces(pattern))


def _joda_shown(piece: str, moment: datetime, zone_name: str) -> str:
    letter, size = piece[0], len(piece)
    if letter == "'":
        return piece[1:-1].replace("''", "'") or "'"
    if not letter.isalpha():
        return piece
    numbers = {
        "d": moment.day, "D": moment.timetuple().tm_yday, "H": moment.hour, "h": _hour12(moment), "K": moment.hour % 12,
        "k": moment.hour or 24, "m": moment.minute, "s": moment.second, "w": moment.isocalendar().week,
        "e": moment.isoweekday(),
    }  # fmt: skip
    if letter in numbers:
        return str(numbers[letter]).rjust(size, "0")
    texts: dict[str, Callable[[], str]] = {
        "y": lambda: f"{moment.year % 100:02d}" if size == 2 else str(moment.year).rjust(size, "0"),
        "Y": lambda: f"{moment.year % 100:02d}" if size == 2 else str(moment.year).rjust(size, "0"),
        "x": lambda: str(moment.isocalendar().year).rjust(size, "0"),
        "M": lambda: _named(_MONTHS, moment.month - 1, size) or str(moment.month).rjust(size, "0"),
        "E": lambda: _DAYS[moment.weekday()] if size >= 4 else _DAYS[moment.weekday()][:3],
        "a": lambda: _half(moment),
        "S": lambda: f"{moment.microsecond:06d}"[:size].ljust(size, "0"),
        "Z": lambda: _offset(moment, zone_name, size),
        "G": lambda: "AD",
    }
    if letter not in texts:
        raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the pattern letter {letter}")
    return texts[letter]()


def _named(names: tuple[str, ...], index: int, size: int) -> str:
    return "" if size < 3 else names[index][:3] if size == 3 else names[index]


def _offset(moment: datetime, zone_name: str, size: int) -> str:
    if size >= 3:
        return zone_name
    shown = zones.offset_text(moment, zone_name)
    return shown.replace(":", "") if size == 1 else shown


_JODA_READ = {
    "y": (r"\d{1,4}", "year"), "Y": (r"\d{1,4}", "year"), "d": (r"\d{1,2}", "day"), "H": (r"\d{1,2}", "hour"),
    "h": (r"\d{1,2}", "hour12"), "m": (r"\d{1,2}", "minute"), "s": (r"\d{1,2}", "second"),
    "S": (r"\d{1,6}", "fraction"), "a": (r"[AaPp][Mm]", "half"), "E": (r"[A-Za-z]{3,9}", ""),
}  # fmt: skip


def joda_parse(text: str, pattern: str) -> zones.Zoned:
    """parse_datetime: in UTC, or in the zone that the text names (Z)."""
    expression, parts = "", []
    for piece in _joda_pieces(pattern):
        letter, size = piece[0], len(piece)
        if not letter.isalpha():
            expression += re.escape(piece[1:-1].replace("''", "'") or "'" if letter == "'" else piece)
            continue
        if letter == "M":
            read, part = (r"[A-Za-z]{3,9}", "name") if size >= 3 else (r"\d{1,2}", "month")
        elif letter == "Z":
            read, part = (r"[A-Za-z_/]+(?:[+-]\d+)?" if size >= 3 else r"Z|[+-]\d{2}:?\d{2}"), "zone"
        elif letter in _JODA_READ:
            read, part = _JODA_READ[letter]
            if part == "year" and size == 2:
                read, part = r"\d{2}", "year2"
        else:
            raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the pattern letter {letter}")
        expression += f"({read})"
        parts.append(part)
    match = re.fullmatch(expression, text)
    if match is None:
        raise _invalid(text)
    zone = next((value for part, value in zip(parts, match.groups(), strict=True) if part == "zone"), "UTC")
    return zones.zoned(_made(text, expression, parts), _with_colon(zone))


def _with_colon(zone: str) -> str:
    return f"{zone[:3]}:{zone[-2:]}" if re.fullmatch(r"[+-]\d{4}", zone) else zone


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
        raise _invalid(text) from error
    zone = _with_colon(zone or "UTC")
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
        raise _invalid(text) from error
    raise _invalid(text)
