"""Texts, URLs and numbers as Java has them.

Sources: Trino's pages String functions, URL functions and Conversion functions.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote, unquote_plus, urlsplit

from local.engine.athena.failures import QueryFailedError


def scientific(value: float) -> str:
    """CAST(double AS varchar): 1.25E1."""
    if value != value:  # NaN
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0E0" if str(value).startswith("-") else "0.0E0"
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    exponent = Decimal(repr(value)).adjusted()
    return f"{'-' if sign else ''}{digits[0]}.{''.join(map(str, digits[1:])) or '0'}E{exponent}"


def divide(a: str, b: str, scale: int) -> str:
    """A decimal quotient, rounded half up to the scale."""
    with localcontext() as context:
        context.prec = 80
        if Decimal(b) == 0:
            raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
        return format((Decimal(a) / Decimal(b)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP), "f")


def modulus(a: str, b: str, scale: int) -> str:
    """A decimal remainder, with the sign of the first."""
    with localcontext() as context:
        context.prec = 80
        if Decimal(b) == 0:
            raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
        return format((Decimal(a) % Decimal(b)).quantize(Decimal(1).scaleb(-scale)), "f")


def to_decimal(text: str, precision: int, scale: int) -> str:
    """CAST(varchar AS decimal): rounded half up, not more digits than there is room for."""
    try:
        with localcontext() as context:
            context.prec = 80
            value = Decimal(text.strip())
            if not value.is_finite() or "_" in text:
                raise InvalidOperation
            rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
            if rounded.copy_abs() >= Decimal(10) ** (precision - scale):
                raise InvalidOperation
            return format(rounded, "f")
    except InvalidOperation as error:
        message = f"Cannot cast VARCHAR '{text}' to DECIMAL({precision}, {scale})"
        raise QueryFailedError("INVALID_CAST_ARGUMENT", message) from error


def double(value: float, shortest: Callable[[float], str] = repr) -> str:
    """Java's Double.toString: plain from 0.001 up to ten million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    digits_of = Decimal(shortest(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(digits_of, "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, _ = digits_of.normalize().as_tuple()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{digits_of.adjusted()}"


def unescaped(text: str, sign: str) -> str:
    r"""A U&'…' literal's text: \XXXX, \+XXXXXX and \\. ValueError if an escape is none."""
    mark = re.escape(sign)

    def shown(match: re.Match[str]) -> str:
        if match[1] is None and match[2] is None:
            if match[0] != sign * 2:
                raise ValueError(match[0])
            return sign
        number = int(match[1] or match[2], 16)
        if 0xD800 <= number < 0xE000:
            raise ValueError(match[0])
        return chr(number)

    return re.sub(rf"{mark}(?:([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|{mark}|)", shown, text)


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


def host(url: str) -> str | None:
    """url_extract_host."""
    return _part(url, "hostname")


def _part(url: str, name: str) -> str | None:
    try:
        return getattr(urlsplit(url), name)  # type: ignore[no-any-return]
    except ValueError:
        return None


def protocol(url: str) -> str | None:
    """url_extract_protocol."""
    return _part(url, "scheme")


def url_path(url: str) -> str | None:
    """url_extract_path."""
    found = _part(url, "path")
    return unquote(found) if found is not None else None


def url_query(url: str) -> str | None:
    """url_extract_query."""
    found = _part(url, "query")
    return unquote(found) if found is not None else None


def fragment(url: str) -> str | None:
    """url_extract_fragment."""
    found = _part(url, "fragment")
    return unquote(found) if found is not None else None


def port(url: str) -> int | None:
    """url_extract_port."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def parameter(url: str, name: str) -> str | None:
    """url_extract_parameter: the first of that name."""
    pairs = parse_qsl(_part(url, "query") or "", keep_blank_values=True)
    return next((value for key, value in pairs if key == name), None)


def url_encode(text: str) -> str:
    """url_encode: a blank is a plus."""
    return quote_plus(text, safe="*-_.")


def url_decode(text: str) -> str:
    """url_decode."""
    return unquote_plus(text)


def split(text: str, delimiter: str, limit: int) -> list[str]:
    """Split with a limit: the last piece is the rest."""
    if limit <= 0:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", "Limit must be positive")
    return text.split(delimiter, limit - 1)


def entries(text: str, between: str, inside: str) -> list[dict[str, str]]:
    """split_to_map; a key that comes twice fails."""
    found: dict[str, str] = {}
    for piece in filter(None, text.split(between)):
        key, sign, value = piece.partition(inside)
        if not sign:
            raise QueryFailedError(
                "INVALID_FUNCTION_ARGUMENT",
                f"Key-value delimiter must appear exactly once in each entry. Bad input: '{piece}'",
            )
        if key in found:
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Duplicate keys ({key}) are not allowed")
        found[key] = value
    return [{"key": key, "value": value} for key, value in found.items()]


def from_base(text: str, radix: int) -> int:
    """from_base."""
    try:
        return int(text, radix)
    except ValueError as error:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Not a valid base-{radix} number: {text}") from error


def to_base(number: int, radix: int) -> str:
    """to_base."""
    if not 2 <= radix <= 36:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", "Radix must be between 2 and 36")
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"-{digits}" if number < 0 else digits


def bit_count(number: int, bits: int) -> int:
    """bit_count in two's complement."""
    return (number & ((1 << bits) - 1)).bit_count()


def soundex(text: str) -> str:
    """Soundex."""
    codes = {**dict.fromkeys("BFPV", "1"), **dict.fromkeys("CGJKQSXZ", "2"), **dict.fromkeys("DT", "3"), "L": "4",
             **dict.fromkeys("MN", "5"), "R": "6"}  # fmt: skip
    letters = [char for char in unicodedata.normalize("NFC", text).upper() if "A" <= char <= "Z"]
    if not letters:
        return ""
    found, last = letters[0], codes.get(letters[0], "")
    for char in letters[1:]:
        code = codes.get(char, "")
        if code and code != last:
            found += code
        if char not in "HW":
            last = code
    return found[:4].ljust(4, "0")


def readable_seconds(seconds: float) -> str:
    """human_readable_seconds."""
    rest = round(seconds)
    parts: list[str] = []
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count or (name == "second" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)
