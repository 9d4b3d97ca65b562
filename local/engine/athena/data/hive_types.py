"""The catalog's column types, as Hive's parser reads them: what only looks like one is refused.

Source: Hive's TypeInfoUtils and Trino's copy of it (its words are letters, digits, `_`, `.`, `$` and the space; any
other sign ends a word), and the limits of Hive's varchar, char and decimal. So `decimal(10, 2)`, `integer`, `datetime`
and `struct<a-b:int>` are none, as users of Athena have seen: hashicorp/terraform-provider-aws#40867,
aws/aws-sdk-pandas#251, cloudquery/cloudquery#14877.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from local.engine.athena.failures import not_supported
from local.engine.athena.types import Type

_PLAIN = {
    "boolean": Type("boolean"),
    "tinyint": Type("tinyint"),
    "smallint": Type("smallint"),
    "int": Type("integer"),
    "bigint": Type("bigint"),
    "float": Type("real"),
    "double": Type("double"),
    "string": Type("varchar"),
    "binary": Type("varbinary"),
    "date": Type("date"),
    "timestamp": Type("timestamp", (3,)),
}
# Hive's types that Athena hides or shows in a way of its own
_OTHERS = ("uniontype", "void", "interval_year_month", "interval_day_time", "timestamp with local time zone")
_LONGEST = {"varchar": 65535, "char": 255}
_MOST_DIGITS = 38
_DEEPEST = 100


@lru_cache(maxsize=4096)
def parse(text: str) -> Type:
    """A type of the catalog. ValueError if Hive's parser refuses it; NOT_SUPPORTED if only the local engine does."""
    words = _Words(text.lower())
    kind = words.type(0)
    words.end()
    return kind


class _Words:
    """A place in a type's words and signs."""

    def __init__(self, text: str) -> None:
        self._words, self._at = list(_split(text)), 0

    def type(self, depth: int) -> Type:
        """The type that begins here."""
        name = self._take()
        if depth > _DEEPEST:
            raise ValueError("too deep")
        if name == "array":
            return Type("array", self._in_brackets(1, depth))
        if name == "map":
            return Type("map", self._in_brackets(2, depth))
        if name == "struct":
            return Type("row", self._fields(depth))
        if name in _OTHERS:
            raise not_supported(f"the type {name}")
        return self._plain(name)

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._words):
            raise ValueError(f"{self._words[self._at]!r} after a type")

    def _plain(self, name: str) -> Type:
        sizes = self._sizes()
        if name in _LONGEST:
            if len(sizes) != 1 or not 1 <= sizes[0] <= _LONGEST[name]:
                raise ValueError(f"the length of a {name}")
            return Type(name, sizes)
        if name == "decimal":
            precision, scale = (*sizes, 0)[:2] if sizes else (10, 0)
            if len(sizes) > 2 or not 1 <= precision <= _MOST_DIGITS or not 0 <= scale <= precision:
                raise ValueError("the digits of a decimal")
            return Type("decimal", (precision, scale))
        if name not in _PLAIN:
            raise ValueError(f"{name!r} is no type")
        return _PLAIN[name]

    def _sizes(self) -> tuple[int, ...]:
        if not self._has("("):
            return ()
        found = []
        while True:
            word = self._take()
            if not word.isascii() or not word.isdigit():
                raise ValueError(f"{word!r} is no number")
            found.append(int(word))
            if self._has(")"):
                return tuple(found)
            self._need(",")

    def _in_brackets(self, count: int, depth: int) -> tuple[Type, ...]:
        self._need("<")
        found = [self.type(depth + 1)]
        for _ in range(count - 1):
            self._need(",")
            found.append(self.type(depth + 1))
        self._need(">")
        return tuple(found)

    def _fields(self, depth: int) -> tuple[tuple[str, Type], ...]:
        """`struct<>` is one to Hive, and not to Athena."""
        self._need("<")
        found = []
        while True:
            name = self._take()
            if not _is_word(name):
                raise ValueError(f"{name!r} is no name")
            self._need(":")
            found.append((name, self.type(depth + 1)))
            if self._has(">"):
                return tuple(found)
            self._need(",")

    def _take(self) -> str:
        self._at += 1
        return self._words[self._at - 1] if self._at <= len(self._words) else ""

    def _has(self, sign: str) -> bool:
        found = self._at < len(self._words) and self._words[self._at] == sign
        self._at += found
        return found

    def _need(self, sign: str) -> None:
        if not self._has(sign):
            raise ValueError(f"{sign!r} expected")


def _is_word(text: str) -> bool:
    return bool(text) and all(char.isalnum() or char in "_.$ " for char in text)


def _split(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        if _is_word(char):
            word += char
            continue
        if word:
            yield word
        yield char
        word = ""
    if word:
        yield word
