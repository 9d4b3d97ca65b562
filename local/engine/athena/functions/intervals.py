"""Interval literals, by Trino's grammar: '2' DAY, '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND."""

from __future__ import annotations

import re

_TIME_UNITS = ("day", "hour", "minute", "second")
_MILLISECONDS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1000}
_JOINS = {"day": "", "hour": " ", "minute": ":", "second": ":"}
UNITS = ("year", "month", *_TIME_UNITS)


def months(text: str, start: str, end: str) -> int:
    """An interval of years and months. ValueError if the text is none."""
    sign, rest = _signed(text)
    pattern = {"yearyear": r"(\d+)()", "monthmonth": r"()(\d+)", "yearmonth": r"(\d+)(?:-(\d+))?"}.get(
        start + end, "$."
    )
    match = re.fullmatch(pattern, rest)
    if match is None:
        raise ValueError(text)
    return sign * (int(match[1] or 0) * 12 + int(match[2] or 0))


def milliseconds(text: str, start: str, end: str) -> int:
    """An interval of days and less, the parts from `start` to `end`; the last ones may be missing."""
    sign, rest = _signed(text)
    first, last = _TIME_UNITS.index(start), _TIME_UNITS.index(end)
    pattern = ""
    for unit in reversed(_TIME_UNITS[first : last + 1]):
        number = r"(\d+(?:\.\d*)?)" if unit == "second" else r"(\d+)"
        inner = number + pattern
        pattern = inner if unit == start else f"(?:{_JOINS[unit]}{inner})?"
    match = re.fullmatch(pattern, rest)
    if match is None:
        raise ValueError(text)
    total = 0
    for unit, found in zip(_TIME_UNITS[first : last + 1], match.groups(), strict=True):
        whole, _, fraction = (found or "0").partition(".")
        total += int(whole) * _MILLISECONDS[unit] + int(fraction[:3].ljust(3, "0"))
    return sign * total


def _signed(text: str) -> tuple[int, str]:
    return (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
