"""The columns of Hive's DDL: names, and types as the catalog writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local.engine.athena.data import hive_types
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.statements.words import Words

_TYPES = {
    **{name: name for name in ("tinyint", "smallint", "int", "bigint", "boolean", "float", "double", "string")},
    **{name: name for name in ("binary", "date", "timestamp", "varchar", "char", "decimal")},
    # what users wrote, and Athena's catalog then had: pyathena-dev/PyAthena#260; Hive's grammar
    "integer": "int",
    "numeric": "decimal",
    "dec": "decimal",
}
_TASK = "org.apache.hadoop.hive.ql.exec.DDLTask"


def read(words: Words) -> list[dict[str, Any]]:
    """(name type [COMMENT 'text'], …)."""
    words.need("(")
    found = []
    while True:
        column = {"Name": words.name(), "Type": _checked(_type(words))}
        if words.has("COMMENT"):
            column["Comment"] = words.string()
        found.append(column)
        if words.has(")"):
            return found
        words.need(",")


def skip_to(words: Words, text: str) -> bool:
    """Go past these words, wherever they follow outside of parentheses; false if they do not."""
    depth = 0
    while not words.is_done:
        if not depth and words.has(text):
            return True
        word = words.take()
        depth += (word.text == "(") - (word.text == ")") if word.kind == "sign" else 0
    return False


def refuse_repeated(columns: Iterable[dict[str, Any]], keys: Iterable[dict[str, Any]]) -> None:
    """A column's name once, and not as a partition's as well."""
    names: set[str] = set()
    for column in columns:
        if column["Name"] in names:
            raise QueryFailedError(
                "FAILED", f"SemanticException [Error 10036]: Duplicate column name: {column['Name']}"
            )
        names.add(column["Name"])
    for key in keys:
        if key["Name"] in names:
            raise QueryFailedError("FAILED", "SemanticException [Error 10035]: Column repeated in partitioning columns")
        names.add(key["Name"])


def _type(words: Words) -> str:
    word = words.peek()
    name = words.take().text.lower()
    if name == "array":
        return f"array<{_bracketed(words, 1)}>"
    if name == "map":
        return f"map<{_bracketed(words, 2)}>"
    if name == "uniontype":
        return f"uniontype<{_bracketed(words, None)}>"
    if name == "struct":
        return f"struct<{_fields(words)}>"
    if name not in _TYPES or word.kind != "word":
        raise words.unrecognized(word, "column type")
    if name == "double":
        words.has("PRECISION")
    return _TYPES[name] + _sizes(words)


def _sizes(words: Words) -> str:
    if not words.has("("):
        return ""
    found = [words.take().text]
    while words.has(","):
        found.append(words.take().text)
    words.need(")")
    return f"({','.join(found)})"


def _bracketed(words: Words, count: int | None) -> str:
    words.need("<")
    found = [_type(words)]
    while words.has(","):
        found.append(_type(words))
    if count not in (None, len(found)):
        raise words.unrecognized(words.peek(), "column type")
    words.need(">")
    return ",".join(found)


def _fields(words: Words) -> str:
    words.need("<")
    found = []
    while True:
        name = words.name()
        words.need(":")
        found.append(f"{name}:{_type(words)}")
        if words.has("COMMENT"):
            words.string()
        if words.has(">"):
            return ",".join(found)
        words.need(",")


def _checked(kind: str) -> str:
    """Hive's SerDe reads the type again; a name that was in backticks may be none to it."""
    try:
        hive_types.parse(kind)
    except ValueError as error:
        message = f"java.lang.IllegalArgumentException: Error: {error} in '{kind}'"
        raise QueryFailedError("FAILED", f"Execution Error, return code 1 from {_TASK}. {message}") from error
    return kind
