"""Reads a statement word by word: Hive's DDL is not Trino's grammar, and either has names of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.engine import ministack_adapter
from local.engine.athena import reserved_words
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.parser import place
from local.engine.athena.relation import CATALOG

_TOKEN = re.compile(
    r"""(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*(?:
    (?P<text>'(?:[^']|'')*') | (?P<name>`[^`]+`|"(?:[^"]|"")+") | (?P<word>[A-Za-z_0-9$][\w$]*) | (?P<sign>\S))""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Grammar:
    """What a name without quotes may be. Source: the Athena guide, "Name databases, tables, and columns"."""

    name: re.Pattern[str]
    reserved: frozenset[str] = frozenset()


HIVE = Grammar(re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*"), reserved_words.DDL)
TRINO = Grammar(re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), reserved_words.QUERY)
ANY = Grammar(re.compile(r"\S+"))
"""Where it is not known by which grammar Athena reads a statement."""


@dataclass(frozen=True)
class Word:
    """A word of a statement."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """A text or name without its quotes."""
        if self.kind == "text":
            return self.text[1:-1].replace("''", "'")
        return self.text[1:-1].replace('""', '"') if self.kind == "name" else self.text


class Words:
    """A place in a statement's words."""

    def __init__(self, statement: str, grammar: Grammar = HIVE) -> None:
        self.statement = statement
        self._grammar = grammar
        self._words = [
            Word(str(m.lastgroup), m[str(m.lastgroup)], m.start(str(m.lastgroup)), m.end())
            for m in _TOKEN.finditer(statement.rstrip().rstrip(";"))
        ]
        self._at = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing follows."""
        return self._at >= len(self._words)

    def peek(self, further: int = 0) -> Word:
        """The word that follows, or one further on."""
        at = self._at + further
        end = len(self.statement)
        return self._words[at] if at < len(self._words) else Word("end", "<EOF>", end, end)

    def take(self) -> Word:
        """The word that follows, and go on."""
        word = self.peek()
        self._at += 1
        return word

    def has(self, text: str) -> bool:
        """Go past these words if they follow."""
        wanted = text.upper().split()
        found = [word.text.upper() for word in self._words[self._at : self._at + len(wanted)]]
        if found == wanted:
            self._at += len(wanted)
            return True
        return False

    def need(self, text: str) -> None:
        """Go past these words, which must follow."""
        if not self.has(text):
            raise self.wrong(f"Expecting: '{text}'")

    def name(self) -> str:
        """A name, in lower case."""
        word = self.take()
        if word.kind not in ("word", "name"):
            raise self.wrong("Expecting: <identifier>", word)
        grammar = self._grammar
        is_plain = grammar.name.fullmatch(word.text) and word.text.upper() not in grammar.reserved
        if word.kind == "word" and not is_plain:
            raise self.unrecognized(word) if grammar is HIVE else self.wrong("Expecting: <identifier>", word)
        return word.value.lower()

    def string(self) -> str:
        """A text."""
        word = self.take()
        if word.kind != "text":
            raise self.wrong("Expecting: <string>", word)
        return word.value

    def names(self) -> list[str]:
        """`a.b.c`."""
        found = [self.name()]
        while self.has("."):
            found.append(self.name())
        return found

    def table(self, database: str) -> tuple[str, str]:
        """Database and table."""
        parts = self.names()
        if len(parts) == 3 and parts[0] == CATALOG:
            parts = parts[1:]
        if len(parts) > 2:
            raise QueryFailedError("CATALOG_NOT_FOUND", f"Catalog '{parts[0]}' does not exist")
        return (parts[0] if len(parts) == 2 else database or "default"), parts[-1]

    def rest(self) -> str:
        """The text from here on."""
        text = self.statement[self.peek().start :]
        self._at = len(self._words)
        return text.rstrip().rstrip(";")

    def end(self) -> None:
        """Nothing may follow."""
        if self.is_done:
            return
        if self._grammar is not HIVE:
            raise self.wrong("Expecting: <EOF>")
        word, before = self.peek(), self._words[self._at - 1]
        raise _parse_exception(self.statement, word, f"missing EOF at '{word.text}' near '{before.text}'")

    def unrecognized(self, word: Word, where: str = "") -> QueryFailedError:
        """What Hive's parser says of a word that it does not expect: it shows that and the two after it."""
        following = [item for item in self._words if item.start >= word.start][:3]
        ends = ["<EOF>"] * (3 - len(following))
        shown = " ".join([*(f"'{item.text}'" for item in following), *ends])
        return _parse_exception(self.statement, word, f"cannot recognize input near {shown}{where and f' in {where}'}")

    def wrong(self, expected: str, word: Word | None = None) -> QueryFailedError:
        """A statement that has something else here."""
        word = word or self.peek()
        return QueryFailedError(
            "SYNTAX_ERROR", f"{place(self.statement, word.start)}: mismatched input '{word.text}'. {expected}"
        )


def _parse_exception(statement: str, word: Word, message: str) -> QueryFailedError:
    """Hive counts lines from 1, and characters from 0."""
    before = statement[: word.start]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1)
    return QueryFailedError("FAILED", f"ParseException line {line}:{column} {message}")


def existing_table(database: str, name: str) -> dict[str, object]:
    """The catalog's entry of a table, or EntityNotFoundException as Athena's DDL reports it."""
    found = ministack_adapter.table(existing_database(database), name)
    if found is None:
        raise QueryFailedError("FAILED", f"SemanticException [Error 10001]: Table not found {database}.{name}")
    return found


def typed_table(database: str, name: str) -> dict[str, object]:
    """As existing_table; Hive's commands fail for a table that was made without TableType (the Athena guide)."""
    found = existing_table(database, name)
    if not found.get("TableType"):
        raise QueryFailedError("FAILED", "NullPointerException Name is null")
    return found


def existing_database(name: str) -> str:
    """A database as the catalog writes it."""
    found = ministack_adapter.database_name(name)
    if found is None:
        raise QueryFailedError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}")
    return found
