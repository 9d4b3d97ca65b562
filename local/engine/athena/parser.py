"""Athena's SQL text to a tree, and where in the text things stand. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from local.engine.athena.reserved_words import QUERY, WITHOUT_PARENTHESES

_DML = ("SELECT", "WITH", "INSERT", "DELETE", "UPDATE", "MERGE", "VALUES", "TABLE", "UNLOAD", "EXECUTE", "(")
_DDL = ("CREATE", "DROP", "ALTER", "MSCK")
# Calls with a syntax of their own. All others keep their name and arguments as they are written: what they mean is
# said in local/engine/athena/functions, not by sqlglot.
_OWN_SYNTAX = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")


class Dialect(Trino):  # type: ignore[misc] # sqlglot is in the engine's environment only
    """Trino's grammar without sqlglot's ideas of functions."""

    INDEX_OFFSET = 0

    class Parser(Trino.Parser):  # type: ignore[misc] # as above
        """The parser."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {name: Trino.Parser.FUNCTION_PARSERS[name] for name in _OWN_SYNTAX}


class MalformedQueryError(Exception):
    """Athena refuses the text when it is submitted; the message is Athena's."""


@dataclass(frozen=True)
class Statement:
    """A parsed statement; `tree` is None for what is no query, such as DDL."""

    text: str
    type: str
    tree: Any
    first: str
    """The first word."""


def parse(text: str) -> Statement:
    """Parse exactly one statement; comments do not count."""
    try:
        tokens = sqlglot.tokenize(text, read=Dialect)
    except SqlglotError as error:
        return _parse_odd(text, error)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise MalformedQueryError("Query string is empty.")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise MalformedQueryError("Only one sql statement is allowed.")
    first = re.split(r"[\s(]", uncommented(text), maxsplit=1)[0].upper() or "("
    kind = "DML" if first in _DML else "DDL" if first in _DDL else "UTILITY"
    if first in ("SELECT", "WITH", "VALUES", "TABLE", "("):
        return Statement(text, kind, parse_query(text), first)
    if not re.fullmatch(r"[A-Z]+", first) or first not in _OTHERS:
        raise MalformedQueryError(_mismatch(text, tokens[0].start, tokens[0].text))
    is_plain_table = re.match(
        r"CREATE\s+TABLE\b(?!.*\bAS\b)(?!.*iceberg)", uncommented(text), re.IGNORECASE | re.DOTALL
    )
    if is_plain_table:
        raise MalformedQueryError("External keyword required for table type HIVE")
    return Statement(text, kind, None, first)


_WORDS = """
    CREATE DROP ALTER MSCK SHOW DESCRIBE DESC INSERT UNLOAD PREPARE EXECUTE DEALLOCATE DELETE UPDATE MERGE
    EXPLAIN VACUUM OPTIMIZE USE SET RESET GRANT REVOKE CALL
"""
_OTHERS = frozenset(_WORDS.split())


def _parse_odd(text: str, error: SqlglotError) -> Statement:
    """Hive's own tokens (backticks, escaped quotes) are none of Trino's."""
    first = uncommented(text).split(None, 1)[0].upper() if uncommented(text) else ""
    if first in ("CREATE", "DROP", "ALTER", "MSCK", "SHOW", "DESCRIBE", "DESC") and ("`" in text or "\\'" in text):
        return Statement(text, "DDL" if first in _DDL else "UTILITY", None, first)
    raise MalformedQueryError(_parse_message(error)) from error


def uncommented(text: str) -> str:
    """The text from its first word on."""
    return re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", "", text, flags=re.DOTALL)


def parse_query(text: str) -> Any:
    """The tree of a query; MalformedQueryError if it is none."""
    try:
        _refuse_leading_digits(text)
        trees = [tree for tree in sqlglot.parse(text, read=Dialect) if tree is not None]
    except SqlglotError as error:
        unknown = _NOT_PARSED.search(text)
        if unknown:
            # Athena has this: it fails when it is run, and says why
            return exp.Command(this=re.sub(r"\W+", " ", unknown[0]).strip().upper())
        raise MalformedQueryError(_parse_message(error)) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise MalformedQueryError(f"line 1:1: mismatched input '{text.split(None, 1)[0]}'")
    tree = trees[0]
    _refuse_reserved_words(text, tree)
    if isinstance(tree, exp.Select) and not tree.expressions:
        raise MalformedQueryError("line 1:8: mismatched input: a SELECT needs something to select")
    return tree


# what Athena's grammar has and the parser's has not
_NOT_PARSED = re.compile(
    r"\bON\s+OVERFLOW\b|\bJSON_(?:VALUE|QUERY|EXISTS|OBJECT|ARRAY|TABLE)\s*\(|\bMATCH_RECOGNIZE\b|\bFROM\s+TABLE\s*\(|"
    r"\bCAST\s*\([^()]*\bAS\s+(?:HyperLogLog|P4HyperLogLog|qdigest|tdigest|SetDigest|Color|Geometry|BingTile)\b|"
    r"\b(?:EXCEPT|INTERSECT|UNION)\b(?=.*\bVALUES\b)",
    re.IGNORECASE | re.DOTALL,
)


def _refuse_leading_digits(text: str) -> None:
    """`1st` is no name; sqlglot would take it for `1 AS st`."""
    tokens = sqlglot.tokenize(text, read=Dialect)
    for number, name in pairwise(tokens):
        is_next = number.token_type == TokenType.NUMBER and name.start == number.end + 1
        if is_next and (name.text[:1].isalpha() or name.text[:1] == "_"):
            message = "identifiers must not start with a digit; surround the identifier with double quotes"
            raise MalformedQueryError(f"{place(text, number.start)}: {message}")


def _refuse_reserved_words(text: str, tree: Any) -> None:
    """Names that the grammar has words for: sqlglot takes more of them than Athena does."""
    wrong = [name for name in tree.find_all(exp.Identifier) if not name.args.get("quoted") and _is_reserved(name)]
    if wrong:
        first = min(wrong, key=lambda name: int(name.meta.get("start", 0)))
        raise MalformedQueryError(_mismatch(text, first.meta.get("start", 0), first.this, "<identifier>"))


def _is_reserved(name: Any) -> bool:
    word, parent = str(name.this).upper(), name.parent
    is_column = isinstance(parent, exp.Column) and parent.this is name and not parent.table
    return word in QUERY and not (is_column and word in WITHOUT_PARENTHESES)


def position(text: str, node: Any) -> str:
    """`line 1:8` of a node: of the first thing in it that the parser has marked."""
    starts = [found.meta["start"] for found in node.walk() if "start" in found.meta]
    if not starts:
        return "line 1:1"
    # the parser does not mark the word itself
    word = (
        re.search(r"\b(?:TRY_)?CAST\s*\([\s(]*(?:[A-Z]+\s+)?\Z", text[: min(starts)], re.IGNORECASE)
        if isinstance(node, exp.Cast)
        else None
    )
    return place(text, word.start() if word else min(starts))


def operator_position(text: str, node: Any) -> str:
    """Where the operator of a comparison or of arithmetic stands: before its right side."""
    right = node.args.get("expression")
    starts = [found.meta["start"] for found in right.walk() if "start" in found.meta] if right is not None else []
    if not starts:
        return position(text, node)
    before = re.sub(r"[\s(]+\Z", "", text[: min(starts)])
    found = re.search(r"(?:[<>=!|%*/+-]+|\b(?:LIKE|AND|OR|IN)\b)\Z", before, re.IGNORECASE)
    return place(text, found.start()) if found else position(text, node)


def place(text: str, start: int) -> str:
    """Line and column, both from 1."""
    before = text[:start]
    return f"line {before.count(chr(10)) + 1}:{start - (before.rfind(chr(10)) + 1) + 1}"


def _mismatch(text: str, start: int, word: str, expected: str = "a statement") -> str:
    return f"{place(text, start)}: mismatched input '{word}'. Expecting: {expected}"


def _parse_message(error: SqlglotError) -> str:
    details = getattr(error, "errors", None) or []
    if details and details[0].get("line"):
        found = details[0]
        word = re.sub(r"\s+", " ", str(found.get("highlight") or "<EOF>"))
        column = max(1, int(found.get("col") or 1) - len(word) + 1)
        reason = re.sub(r"(?: missing)? for <class .*?>", " missing", str(found.get("description", "")))
        return f"line {found['line']}:{column}: mismatched input '{word}' ({reason})"
    return f"line 1:1: {error}"
