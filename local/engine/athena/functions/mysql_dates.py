"""Dates by MySQL's patterns: date_format and date_parse. Source: Trino's page "Date and time functions"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions.dates import DAYS, MONTH_NAMES, Shown, half, hour12, made

_MYSQL: dict[str, Shown] = {
    "a": lambda m: DAYS[m.weekday()][:3],
    "b": lambda m: MONTH_NAMES[m.month - 1][:3],
    "c": lambda m: str(m.month),
    "d": lambda m: f"{m.day:02d}",
    "e": lambda m: str(m.day),
    "f": lambda m: f"{m.microsecond:06d}",
    "H": lambda m: f"{m.hour:02d}",
    "h": lambda m: f"{hour12(m):02d}",
    "I": lambda m: f"{hour12(m):02d}",
    "i": lambda m: f"{m.minute:02d}",
    "j": lambda m: f"{m.timetuple().tm_yday:03d}",
    "k": lambda m: str(m.hour),
    "l": lambda m: str(hour12(m)),
    "M": lambda m: MONTH_NAMES[m.month - 1],
    "m": lambda m: f"{m.month:02d}",
    "p": half,
    "r": lambda m: f"{hour12(m):02d}:{m.minute:02d}:{m.second:02d} {half(m)}",
    "S": lambda m: f"{m.second:02d}",
    "s": lambda m: f"{m.second:02d}",
    "T": lambda m: f"{m.hour:02d}:{m.minute:02d}:{m.second:02d}",
    "v": lambda m: f"{m.isocalendar().week:02d}",
    "W": lambda m: DAYS[m.weekday()],
    "x": lambda m: f"{m.isocalendar().year:04d}",
    "Y": lambda m: f"{m.year:04d}",
    "y": lambda m: f"{m.year % 100:02d}",
    "%": lambda m: "%",
}


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
    "f": (r"\d{1,9}", "fraction"),
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
    return made(text, expression, parts)


V, T = "VARCHAR", "TIMESTAMP"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_date_format": (mysql_format, (T, V), V),
    "py_date_parse": (mysql_parse, (V, V), T),
}
