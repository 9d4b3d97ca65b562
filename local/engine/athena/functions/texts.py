"""Text functions, by code points. Source: Trino's page "String functions"."""

from __future__ import annotations

import math
import re
import unicodedata
import uuid
from collections.abc import Callable
from typing import Any

from local.engine.athena.failures import QueryFailedError

MOST = 2**31 - 1


def _wrong(message: str) -> QueryFailedError:
    return QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)


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


def split(text: str, delimiter: str, limit: int) -> list[str]:
    """Split with a limit: the last piece is the rest."""
    if not 0 < limit <= MOST:
        raise _wrong("Limit must be positive" if limit <= 0 else "Limit is too large")
    if not delimiter:
        raise _wrong("The delimiter may not be the empty string")
    return text.split(delimiter, limit - 1)


def entries(text: str, between: str, inside: str) -> list[dict[str, str]]:
    """split_to_map; a key that comes twice fails."""
    found: dict[str, str] = {}
    for key, value in _pairs(text, between, inside):
        if key in found:
            raise _wrong(f"Duplicate keys ({key}) are not allowed")
        found[key] = value
    return [{"key": key, "value": value} for key, value in found.items()]


def pairs(text: str, between: str, inside: str) -> list[dict[str, str]]:
    """split_to_multimap: all pairs."""
    return [{"key": key, "value": value} for key, value in _pairs(text, between, inside)]


def _pairs(text: str, between: str, inside: str) -> list[tuple[str, str]]:
    if not between or not inside or between == inside:
        raise _wrong("entryDelimiter and keyValueDelimiter must not be empty, nor the same")
    found = []
    pieces = text.split(between)
    if pieces and not pieces[-1]:
        pieces.pop()  # a delimiter may end the text
    for piece in pieces:
        if piece.count(inside) != 1:
            raise _wrong(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{piece}'")
        key, _, value = piece.partition(inside)
        found.append((key, value))
    return found


def strpos(text: str, sought: str, instance: int) -> int:
    """Strpos of an instance, counted from the end if it is negative."""
    if instance == 0:
        raise _wrong("'instance' must not be a positive or negative number")
    if not sought:
        return 1 if instance > 0 else len(text) + 1
    place = -1 if instance > 0 else len(text)
    for _ in range(abs(instance)):
        place = text.find(sought, place + 1) if instance > 0 else text.rfind(sought, 0, place + len(sought) - 1)
        if place < 0:
            return 0
    return place + 1


def character(number: int) -> str:
    """Chr of a code point."""
    if not 0 <= number < 0x110000 or 0xD800 <= number < 0xE000:
        raise _wrong(f"Not a valid Unicode code point: {number}")
    return chr(number)


def code_point(text: str) -> int:
    """Codepoint of one character."""
    if len(text) != 1:
        raise _wrong("Input string must be a single character string")
    return ord(text)


def translate(text: str, old: str, new: str) -> str:
    """Translate; characters without a partner are left out."""
    table: dict[int, str | None] = {}
    for place, letter in enumerate(old):
        table.setdefault(ord(letter), new[place] if place < len(new) else None)
    return text.translate(table)


def levenshtein(one: str, other: str) -> int:
    """levenshtein_distance."""
    if len(one) * len(other) > 1_000_000:
        raise _wrong("The combined inputs for Levenshtein distance are too large")
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, own in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != own))
    return row[-1]


def hamming(one: str, other: str) -> int:
    """hamming_distance of texts of the same length."""
    if len(one) != len(other):
        raise _wrong("The input strings to hamming_distance function must have the same length")
    return sum(a != b for a, b in zip(one, other, strict=True))


def from_utf8(data: bytes, replacement: str) -> str:
    """from_utf8; bytes that are no UTF-8 become the replacement, one code point or nothing."""
    if len(replacement) > 1:
        raise _wrong("Replacement character string must empty or a single character")
    text = bytes(data).decode(errors="replace")
    return text if replacement == "\ufffd" else text.replace("\ufffd", replacement)


def normalize(text: str, form: str) -> str:
    """Normalize to NFC, NFD, NFKC or NFKD."""
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


def to_uuid(text: str) -> str:
    """CAST(varchar AS uuid)."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise QueryFailedError("INVALID_CAST_ARGUMENT", f"Cannot cast value to UUID: {text}")
    return str(uuid.UUID(text))


def from_base(text: str, radix: int) -> int:
    """from_base."""
    _check_radix(radix)
    try:
        number = int(text, radix) if "_" not in text and text == text.strip() else MOST**3
    except ValueError:
        number = MOST**3
    if not -(2**63) <= number < 2**63:
        raise _wrong(f"Not a valid base-{radix} number: {text}")
    return number


def _check_radix(radix: int) -> None:
    if not 2 <= radix <= 36:
        raise _wrong("Radix must be between 2 and 36")


def to_base(number: int, radix: int) -> str:
    """to_base."""
    _check_radix(radix)
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"-{digits}" if number < 0 else digits


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
    if not math.isfinite(seconds):
        raise _wrong(f"Invalid argument found: {seconds}")
    rest = math.floor(abs(seconds) + 0.5)
    parts: list[str] = []
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count or (name == "second" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)


V, B, BLOB = "VARCHAR", "BIGINT", "BLOB"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_human_readable_seconds": (readable_seconds, ("DOUBLE",), V),
    "py_replace": (lambda text, old, new: text.replace(old, new), (V, V, V), V),
    "py_reverse": (lambda text: text[::-1], (V,), V),
    "py_split": (split, (V, V, B), "VARCHAR[]"),
    "py_split_to_entries": (entries, (V, V, V), 'STRUCT("key" VARCHAR, "value" VARCHAR)[]'),
    "py_split_to_pairs": (pairs, (V, V, V), 'STRUCT("key" VARCHAR, "value" VARCHAR)[]'),
    "py_strpos": (strpos, (V, V, B), B),
    "py_chr": (character, (B,), V),
    "py_codepoint": (code_point, (V,), "INTEGER"),
    "py_translate": (translate, (V, V, V), V),
    "py_levenshtein_distance": (levenshtein, (V, V), B),
    "py_hamming_distance": (hamming, (V, V), B),
    "py_from_utf8": (from_utf8, (BLOB, V), V),
    "py_normalize": (normalize, (V, V), V),
    "py_text_to_uuid": (to_uuid, (V,), V),
    "py_from_base": (from_base, (V, B), B),
    "py_to_base": (to_base, (B, B), V),
    "py_soundex": (soundex, (V,), V),
}
