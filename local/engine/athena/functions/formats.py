"""format(), with the patterns of Java's Formatter."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.engine.athena.failures import QueryFailedError

_FORMAT = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")


def java_format(pattern: str, values: list[str | None]) -> str:
    """format(): Java's Formatter for texts, whole numbers, floats and booleans."""
    place = 0

    def shown(match: re.Match[str]) -> str:
        nonlocal place
        index, flags, width, digits, letter = match.groups()
        if letter == "%":
            return "%"
        if letter == "n":
            return "\n"
        place += index is None
        number = int(index) if index else place
        if number > len(values):
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Format specifier '{match[0]}' has no argument")
        return _formatted(match[0], flags, width, digits, letter, values[number - 1])

    return _FORMAT.sub(shown, pattern)


def _formatted(whole: str, flags: str, width: str | None, digits: str | None, letter: str, value: str | None) -> str:
    kind, text = (value[0], value[1:]) if value is not None else ("", "null")
    wanted = {"d": "d", "x": "d", "X": "d", "f": "f", "e": "f", "s": "", "S": "", "b": "b"}
    if letter not in wanted:
        raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the format {whole}")
    if kind and wanted[letter] and kind != wanted[letter]:
        message = f"Invalid format string: {whole} for a value of another type"
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
    if not kind or not wanted[letter] or letter == "b":
        cut = text[: int(digits)] if digits else text
        return (
            (cut.upper() if letter == "S" else cut).rjust(int(width or 0))
            if "-" not in flags
            else cut.ljust(int(width or 0))
        )
    number: Any = int(text) if wanted[letter] == "d" else Decimal(text)
    code = ("," if "," in flags else "") + {"f": f".{digits or 6}f", "e": f".{digits or 6}e"}.get(letter, letter)
    sign = "+" if "+" in flags else " " if " " in flags else ""
    fill = "<" if "-" in flags else "0=" if "0" in flags else ">"
    return format(number, f"{fill if fill != '0=' else '0='}{sign}{width or ''}{code}")


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_format": (java_format, ("VARCHAR", "VARCHAR[]"), "VARCHAR"),
}
