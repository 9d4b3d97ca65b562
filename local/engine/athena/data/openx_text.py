"""JSON texts as org.json's JSONTokener of 2010 takes them, which is part of the openx JsonSerDe.

Source: the module `json` of rcongiu/Hive-JSON-Serde; the messages that the Athena guide shows are its own.
It is lenient: names and texts without quotes or in single ones, `=` and `=>` for `:`, `;` for `,`, a comma before the
end, and anything after the value. A name that comes twice is refused, whatever its values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_LITERAL = re.compile(r'[^\x00-\x1f,:\]}/\\"\[{;=#]*')
_QUOTED = {quote: re.compile(rf"[^{quote}\\\x00\n\r]*") for quote in "\"'"}
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "a": "\a\t", "v": "\t"}
_ESCAPES |= {character: character for character in "\"'\\/"}
_WORDS = {"true": True, "false": False, "null": None}
# Python refuses to read longer ones, and no column holds them
_LONGEST_NUMBER = 4000
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{4}", re.ASCII)


class JsonTextError(ValueError):
    """A text that is no JSON to this parser; the message is JSONException's."""


class Parser:
    """Parses the texts of one table; `folds` is the SerDe's case.insensitive."""

    def __init__(self, *, folds: bool) -> None:
        self._folds = folds
        # what has no quotes is text, NaN as well
        options: dict[str, Any] = {"parse_float": Decimal, "parse_constant": str, "strict": False}
        self._decode = json.JSONDecoder(object_pairs_hook=_folded if folds else _members, **options).raw_decode

    def value(self, text: str) -> Any:
        """The object or array that a text begins with; JsonTextError if there is none.

        The usual text is strict JSON, and read as such: both readings of it are the same.
        """
        try:
            if "\0" not in text:
                return self._decode(text)[0]
        except JsonTextError:
            raise
        except ValueError:
            pass
        except RecursionError as error:
            raise JsonTextError("StackOverflowError") from error
        try:
            return _Reading(text, folds=self._folds).value()
        except RecursionError as error:
            raise JsonTextError("StackOverflowError") from error


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {name.lower(): value for name, value in pairs}
    return found if len(found) == len(pairs) else _refuse([name.lower() for name, _ in pairs])


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _refuse([name for name, _ in pairs])


def _refuse(names: list[str]) -> NoReturn:
    double = next(name for index, name in enumerate(names) if name in names[:index])
    raise JsonTextError(f'Duplicate key "{double}"')


class _Reading:
    """One text, read the lenient way."""

    def __init__(self, text: str, *, folds: bool) -> None:
        self._text = text
        self._folds = folds
        self._at = 0

    def value(self) -> Any:
        """The value that begins at the next character which is no blank."""
        start: dict[str, Callable[[], Any]] = {"{": self._object, "[": self._array}
        character = self._next()
        if character in start:
            return start[character]()
        if character in _QUOTED:
            return self._quoted(character)
        self._back()
        literal = self._run(_LITERAL).strip()
        if not literal:
            raise self._error("Missing value")
        return _literal(literal)

    def _object(self) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = []
        known: set[str] = set()
        while True:
            character = self._next()
            if character == "}":
                break
            if not character:
                raise self._error("A JSONObject text must end with '}'")
            self._back()
            name = self._name()
            if name in known:
                raise JsonTextError(f'Duplicate key "{name}"')
            known.add(name)
            pairs.append((name, self.value()))
            character = self._next()
            if character == "}":
                break
            if character not in (",", ";"):
                raise self._error("Expected a ',' or '}'")
        return dict(pairs)

    def _name(self) -> str:
        """A member's name and what separates it from the value."""
        name = self.value()
        text = name if isinstance(name, str) else json.dumps(name, default=str)
        separator = self._next()
        if separator == "=":
            self._at += self._text.startswith(">", self._at)
        elif separator != ":":
            raise self._error("Expected a ':' after a key")
        return text.lower() if self._folds else text

    def _array(self) -> list[Any]:
        items: list[Any] = []
        if self._next() == "]":
            return items
        self._back()
        while True:
            nothing = self._next() == ","
            self._back()
            items.append(None if nothing else self.value())
            character = self._next()
            if character == "]":
                return items
            if character not in (",", ";"):
                raise self._error("Expected a ',' or ']'")
            if self._next() == "]":
                return items
            self._back()

    def _quoted(self, quote: str) -> str:
        parts = []
        while True:
            parts.append(self._run(_QUOTED[quote]))
            character = self._character()
            if character == quote:
                return "".join(parts)
            if character != "\\":
                raise self._error("Unterminated string")
            parts.append(self._escaped())

    def _escaped(self) -> str:
        character = self._character()
        if character == "u":
            digits = self._text[self._at : self._at + 4]
            if len(digits) < 4:
                self._at = len(self._text) + 1
                raise self._error("Substring bounds error")
            self._at += 4
            if not _HEXADECIMAL.fullmatch(digits):
                raise JsonTextError(f'For input string: "{digits}"')
            return chr(int(digits, 16))
        if character not in _ESCAPES:
            raise self._error("Illegal escape.")
        return _ESCAPES[character]

    def _run(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        text = found[0] if found else ""
        self._at += len(text)
        return text

    def _character(self) -> str:
        """The next character; nothing at the end, and at NUL, which ends a text."""
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return "" if character == "\0" else character

    def _next(self) -> str:
        """The next character beyond blanks and control characters."""
        while True:
            character = self._character()
            if not character or character > " ":
                return character

    def _back(self) -> None:
        self._at -= 1

    def _error(self, message: str) -> JsonTextError:
        return JsonTextError(f"{message} at {self._at} [character {self._at + 1} line 1]")


def _literal(text: str) -> Any:
    """What is without quotes: a word of JSON in any case, a number, or a text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    number = _NUMBER.fullmatch(text)
    if number is None or len(text) > _LONGEST_NUMBER:
        return text
    return Decimal(text) if number[1] or number[2] else int(text)
