"""format(), with the patterns of Java's Formatter.

A value comes as a text with a letter for its kind: d a whole number, f a double, m a decimal, b a boolean, s all else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions.decimals import double

_FORMAT = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%")
_TAKES = {"d": "d", "x": "d", "X": "d", "o": "d", "f": "fm", "e": "fm", "E": "fm", "s": "", "S": "", "b": "", "B": ""}
_HALF_UP = Context(prec=400, rounding=ROUND_HALF_UP)
_UNSIGNED = 1 << 64


def java_format(pattern: str, values: list[str | None]) -> str:
    """The pattern with its values."""
    place = 0

    def shown(match: re.Match[str]) -> str:
        nonlocal place
        index, flags, width, digits, letter = match.groups()
        if letter is None:
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {pattern}")
        if letter in "%n":
            return {"%": "%", "n": "\n"}[letter]
        place += index is None
        number = int(index) if index else place
        if number > len(values):
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Format specifier '{match[0]}' has no argument")
        found = _shown(match[0], flags, digits, letter, values[number - 1])
        return _padded(found, flags, int(width or 0), letter)

    return _FORMAT.sub(shown, pattern)


def _padded(text: str, flags: str, width: int, letter: str) -> str:
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and letter in "dxXofeE" and text[-1:].isalnum() and not text.endswith(("y", "N")):
        sign = text[:1] if text[:1] in ("-", "+", " ") else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _shown(whole: str, flags: str, digits: str | None, letter: str, value: str | None) -> str:
    kind, text = (value[0], value[1:]) if value is not None else ("", "null")
    if letter not in _TAKES or set(flags) & set("(#"):
        raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the format {whole}")
    if letter in "bB":
        text = text if kind == "b" else "true" if kind else "false"
    elif not kind or not _TAKES[letter]:
        text = double(float(text)) if kind == "f" else text
    elif kind not in _TAKES[letter]:
        message = f"Invalid format string: {whole} for a value of another type"
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
    else:
        return _number(text, flags, digits, letter)
    cut = text[: int(digits)] if digits else text
    return cut.upper() if letter.isupper() else cut


def _number(text: str, flags: str, digits: str | None, letter: str) -> str:
    if letter in "xXo":
        return format(int(text) % _UNSIGNED, letter)  # Java shows the bits
    value = Decimal(int(text)) if letter == "d" else Decimal(text)
    places = int(digits) if digits is not None else 6
    if not value.is_finite():
        found = double(float(text)).removeprefix("-")
    elif letter == "d":
        found = format(int(abs(value)), "," if "," in flags else "")
    elif letter == "f":
        rounded = abs(value).quantize(Decimal(1).scaleb(-places), context=_HALF_UP)
        found = format(rounded, ",f" if "," in flags else "f")
    else:
        found = _exponent(abs(value), places)
    is_negative = value.is_signed() and not value.is_nan()
    sign = "-" if is_negative else "+" if "+" in flags else " " if " " in flags else ""
    return sign + (found.upper() if letter == "E" else found)


def _exponent(value: Decimal, places: int) -> str:
    rounded = Context(prec=places + 1, rounding=ROUND_HALF_UP).create_decimal(value)
    exponent = rounded.adjusted() if rounded else 0
    return f"{rounded.scaleb(-exponent):.{places}f}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def moment(text: str, offset: str) -> str:
    """A timestamp as Java's LocalDateTime or ZonedDateTime shows it: no more places than it has."""
    date, _, clock = text.partition(" ")
    whole, _, fraction = clock.partition(".")
    fraction = fraction.rstrip("0")
    places = math.ceil(len(fraction) / 3) * 3
    shown = whole + (f".{fraction.ljust(places, '0')}" if fraction else "")
    return f"{date}T{shown.removesuffix(':00') if not fraction else shown}{offset}"


V = "VARCHAR"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_format": (java_format, (V, "VARCHAR[]"), V),
    "py_java_moment": (moment, (V, V), V),
}
