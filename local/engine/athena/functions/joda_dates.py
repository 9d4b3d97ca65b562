"""Dates by Joda's patterns: format_datetime and parse_datetime. Source: Joda-Time's DateTimeFormat."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import zones
from local.engine.athena.functions.dates import DAYS, MONTH_NAMES, half, hour12, invalid, made


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
        "d": moment.day, "D": moment.timetuple().tm_yday, "H": moment.hour, "h": hour12(moment), "K": moment.hour % 12,
        "k": moment.hour or 24, "m": moment.minute, "s": moment.second, "w": moment.isocalendar().week,
        "e": moment.isoweekday(),
    }  # fmt: skip
    if letter in numbers:
        return str(numbers[letter]).rjust(size, "0")
    texts: dict[str, Callable[[], str]] = {
        "y": lambda: f"{moment.year % 100:02d}" if size == 2 else str(moment.year).rjust(size, "0"),
        "Y": lambda: f"{moment.year % 100:02d}" if size == 2 else str(moment.year).rjust(size, "0"),
        "x": lambda: str(moment.isocalendar().year).rjust(size, "0"),
        "M": lambda: _named(MONTH_NAMES, moment.month - 1, size) or str(moment.month).rjust(size, "0"),
        "E": lambda: DAYS[moment.weekday()] if size >= 4 else DAYS[moment.weekday()][:3],
        "a": lambda: half(moment),
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
        raise invalid(text)
    zone = next((value for part, value in zip(parts, match.groups(), strict=True) if part == "zone"), "UTC")
    return zones.zoned(made(text, expression, parts), zones.with_colon(zone))


V, T = "VARCHAR", "TIMESTAMP"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_format_datetime": (joda_format, (T, V, V), V),
    "py_parse_datetime": (joda_parse, (V, V), zones.ZONED),
}
