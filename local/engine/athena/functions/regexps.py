"""Regular expressions in Java's syntax, run by Python's.

Source: Trino's page "Regular expression functions", and java.util.regex.Pattern for the syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from local.engine.athena.failures import QueryFailedError

_POSIX = {
    "Alpha": "A-Za-z", "Digit": "0-9", "Alnum": "A-Za-z0-9", "Upper": "A-Z", "Lower": "a-z", "Space": r"\s",
    "Punct": r"!-/:-@\[-`{-~", "XDigit": "0-9A-Fa-f", "ASCII": r"\x00-\x7f", "Cntrl": r"\x00-\x1f\x7f",
    "Print": r"\x20-\x7e", "Graph": r"\x21-\x7e", "Blank": r" \t",
}  # fmt: skip
_TOKEN = re.compile(
    r"\\Q(?P<quote>.*?)(?:\\E|\Z)|\\p\{(?P<kind>\w+)\}|\\(?P<escape>.)|\(\?<(?P<name>[A-Za-z]\w*)>|(?P<other>.)",
    re.DOTALL,
)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of Java's as one of Python's; INVALID_FUNCTION_ARGUMENT if it is none."""
    translated = "".join(_translated(pattern))
    try:
        return re.compile(translated)
    except (re.error, RecursionError, OverflowError) as error:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"{error}: {pattern}") from error


def _translated(pattern: str) -> Iterator[str]:
    in_class = 0
    for match in _TOKEN.finditer(pattern):
        if match["quote"] is not None:
            yield re.escape(match["quote"])
        elif match["kind"] is not None:
            yield _kind(match["kind"], bool(in_class))
        elif match["escape"] is not None:
            yield _escape(match["escape"])
        elif match["name"] is not None:
            yield f"(?P<{match['name']}>" if not in_class else re.escape(match[0])
        else:
            letter = match["other"]
            if in_class and (letter == "[" or pattern.startswith("&&", match.start())):
                raise QueryFailedError(
                    "NOT_SUPPORTED", "the local engine does not know classes in classes of a pattern"
                )
            in_class = in_class + (letter == "[") - (letter == "]" and in_class > 0)
            yield letter


def _kind(name: str, in_class: bool) -> str:
    found = _POSIX.get(name) or _POSIX.get(name.removeprefix("Is"))
    if found is None:
        raise QueryFailedError("NOT_SUPPORTED", rf"the local engine does not know \p{{{name}}} in a pattern")
    return found if in_class else f"[{found}]"


def _escape(letter: str) -> str:
    if letter in "GRXNP":
        raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know \\{letter} in a pattern")
    return {"z": r"\Z", "Z": r"(?=\n?\Z)", "h": r"[ \t]", "e": r"\x1b", "H": r"[^ \t]"}.get(letter, f"\\{letter}")


def like(text: str, pattern: str) -> bool:
    """regexp_like."""
    return compiled(pattern).search(text) is not None


def extract(text: str, pattern: str, group: int) -> str | None:
    """regexp_extract."""
    found = _checked(pattern, group).search(text)
    return found[group] if found else None


def extract_all(text: str, pattern: str, group: int) -> list[str | None]:
    """regexp_extract_all."""
    return [found[group] for found in _checked(pattern, group).finditer(text)]


def _checked(pattern: str, group: int) -> re.Pattern[str]:
    made = compiled(pattern)
    if group < 0:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", "Group cannot be negative")
    if group > made.groups:
        message = f"Pattern has {made.groups} groups. Cannot access group {group}"
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
    return made


def split(text: str, pattern: str) -> list[str]:
    """regexp_split."""
    parts, last = [], 0
    for found in compiled(pattern).finditer(text):
        parts.append(text[last : found.start()])
        last = found.end()
    return [*parts, text[last:]]


def count(text: str, pattern: str) -> int:
    """regexp_count."""
    return sum(1 for _ in compiled(pattern).finditer(text))


def position(text: str, pattern: str, start: int, occurrence: int) -> int:
    """regexp_position: the place of an occurrence, counted from 1; -1 if there are not so many."""
    made = compiled(pattern)
    if start < 1:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"start position cannot be smaller than 1: {start}")
    if occurrence < 1:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"occurrence cannot be smaller than 1: {occurrence}")
    if start > len(text):
        return -1
    for number, found in enumerate(made.finditer(text, start - 1), 1):
        if number == occurrence:
            return found.start() + 1
    return -1


def replace(text: str, pattern: str, replacement: str) -> str:
    """regexp_replace, with $1 and ${name} in the replacement."""
    made = compiled(pattern)
    pieces = _pieces(replacement, made)
    return made.sub(
        lambda found: "".join(one if isinstance(one, str) else (found[one[0]] or "") for one in pieces), text
    )


def _pieces(replacement: str, made: re.Pattern[str]) -> list[str | tuple[int | str]]:
    """Texts, and in tuples the number or name of a group."""
    found: list[str | tuple[int | str]] = []
    place = 0
    while place < len(replacement):
        letter = replacement[place]
        if letter == "\\":
            if place + 1 == len(replacement):
                raise _illegal(replacement)
            found.append(replacement[place + 1])
            place += 2
        elif letter == "$":
            group, place = _group(replacement, place + 1, made)
            found.append((group,))
        else:
            found.append(letter)
            place += 1
    return found


def _group(replacement: str, place: int, made: re.Pattern[str]) -> tuple[int | str, int]:
    if match := re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}").match(replacement, place):
        if match[1] not in made.groupindex:
            raise _illegal(replacement)
        return match[1], match.end()
    digits = re.compile("[0-9]+").match(replacement, place)
    if digits is None:
        raise _illegal(replacement)
    # as many digits as make a group that there is, but one at least
    end = place + 1
    if int(replacement[place:end]) > made.groups:
        raise _illegal(replacement)
    while end < digits.end() and int(replacement[place : end + 1]) <= made.groups:
        end += 1
    return int(replacement[place:end]), end


def _illegal(replacement: str) -> QueryFailedError:
    return QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {replacement}")


def pieces(text: str, pattern: str) -> list[dict[str, Any]]:
    """What stands before each match, and the match's groups; the rest of the text comes last, without groups."""
    parts: list[dict[str, Any]] = []
    last = 0
    for found in compiled(pattern).finditer(text):
        parts.append({"before": text[last : found.start()], "groups": list(found.groups())})
        last = found.end()
    return [*parts, {"before": text[last:], "groups": None}]


V, B = "VARCHAR", "BIGINT"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_regexp_like": (like, (V, V), "BOOLEAN"),
    "py_regexp_extract": (extract, (V, V, B), V),
    "py_regexp_extract_all": (extract_all, (V, V, B), "VARCHAR[]"),
    "py_regexp_split": (split, (V, V), "VARCHAR[]"),
    "py_regexp_count": (count, (V, V), B),
    "py_regexp_position": (position, (V, V, B, B), "INTEGER"),
    "py_regexp_replace": (replace, (V, V, V), V),
    "py_regexp_pieces": (pieces, (V, V), 'STRUCT("before" VARCHAR, "groups" VARCHAR[])[]'),
}
