"""Values of JSON as DuckDB reads them for a type: what the SerDes of JSON, Avro and ORC have in common.

A shaper takes a value of the type's SerDe, never None, and raises ValueError for one that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from local.engine.athena.types import Type

Shaper = Callable[[Any], Any]

BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"\s*([+-]?\d{1,9})-(\d{1,9})-(\d{1,9})", re.ASCII)
_MOMENT = re.compile(
    r"\s*(\d{1,9})-(\d{1,9})-(\d{1,9})[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?\s*",
    re.ASCII,
)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_DOUBLE = re.compile(r"\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)\s*", re.ASCII)
_EXACT = Context(prec=1000, rounding=ROUND_HALF_UP)
_USUAL_MOMENT = len("yyyy-mm-dd hh:mm:ss")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 # Athena's timestamps have no zone


def nullable(shaper: Shaper) -> Shaper:
    """The shaper of an element, which may be missing."""
    return lambda value: None if value is None else shaper(value)


def shown(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def usual_whole(kind: Type, otherwise: Shaper) -> Shaper:
    """A shaper that takes a number of JSON as it is, if its column holds it."""
    half = 1 << (BITS[kind.name] - 1) if kind.name in BITS else 0
    return lambda value: value if type(value) is int and -half <= value < half else otherwise(value)


def usual_double(otherwise: Shaper) -> Shaper:
    """A shaper that takes a number of JSON as it is, if it is finite."""

    def shape(value: Any) -> Any:
        if type(value) is Decimal:
            number = float(value)
            if number - number == 0:
                return number
        return otherwise(value)

    return shape


def whole(text: str, kind: Type) -> int:
    """A whole number, as Java's parseLong; ValueError with Java's message if it is none, or too large."""
    if not _WHOLE.fullmatch(text) or len(text) > 4000:
        raise ValueError(f'For input string: "{text}"')
    return fitting(int(text), kind)


def fitting(number: int, kind: Type) -> int:
    """A number, if its column holds it."""
    half = 1 << (BITS[kind.name] - 1)
    if not -half <= number < half:
        raise ValueError(f'For input string: "{number}"')
    return number


def decimal(text: str, kind: Type) -> str:
    """A decimal, rounded half up to the column's scale, as Java's BigDecimal reads and sets it."""
    digits, scale = kind.parameters
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"Cannot convert '{text}' to {kind}. Value is not a number.")
    try:
        number = Decimal(text)
        if number and number.adjusted() >= digits:
            raise InvalidOperation
        rounded = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT) if number.adjusted() > -400 else Decimal(0)
    except InvalidOperation as error:
        raise ValueError(f"Cannot convert '{text}' to {kind}. Value too large.") from error
    if rounded and rounded.adjusted() + scale >= digits:
        raise ValueError(f"Cannot convert '{text}' to {kind}. Value too large.")
    return format(rounded, "f")


def day(text: str) -> str:
    """`yyyy-mm-dd`, and whatever follows a space; a day or month that is too large goes on into the next."""
    head = text.strip().partition(" ")[0]
    found = _DATE.fullmatch(head)
    if found is None:
        raise ValueError(f"Text '{text}' could not be parsed as a date")
    return lenient_day(*(int(part) for part in found.groups())).isoformat()


def lenient_day(year: int, month: int, number: int) -> date:
    """A day of the calendar, where month 13 is January and February 30 is in March."""
    months = year * 12 + month - 1
    try:
        return date(months // 12, months % 12 + 1, 1) + timedelta(days=number - 1)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"the date {year}-{month}-{number} is out of range") from error


def moment(text: str) -> str:
    """`yyyy-mm-dd hh:mm:ss[.f]`, or with a T, and with a zone, which makes it UTC."""
    if len(text) == _USUAL_MOMENT and text[10] in " T" and text[16] == ":":
        try:
            return datetime.fromisoformat(text).isoformat(sep=" ")
        except ValueError:
            pass  # February 30, for instance
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]: {text}")
    year, month, number, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    start = datetime.combine(lenient_day(year, month, number), datetime.min.time())
    whole_second = start + timedelta(hours=hour, minutes=minute, seconds=second) - _offset(found[8])
    fraction = (found[7] or "").ljust(6, "0")[:6]
    return f"{whole_second.isoformat(sep=' ')}.{fraction}"


def _offset(zone: str | None) -> timedelta:
    if not zone or zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def epoch(milliseconds: int) -> str:
    """An instant as Athena shows it."""
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(sep=" ")
    except OverflowError as error:
        raise ValueError(f"{milliseconds} ms are out of range") from error


def utc(value: datetime) -> str:
    """An instant with a zone, in UTC and without it."""
    return (value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")


def cut(text: str, kind: Type) -> str:
    """A text as long as its column takes; char has no blanks at its end."""
    found = text[: kind.parameters[0]] if kind.parameters else text
    return found.rstrip(" ") if kind.name == "char" else found


def double(text: str) -> Any:
    """A floating-point number, as Java's parseDouble reads it; what JSON has no number for as text."""
    if not _DOUBLE.fullmatch(text):
        raise ValueError(f'For input string: "{text}"')
    number = float(text.strip().rstrip("fFdD"))
    return number if number - number == 0 else str(number)
