"""What Athena refuses when a statement is submitted: a query inside of it that is none."""

from __future__ import annotations

from local.engine.athena import parser
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.statements.words import TRINO, Words


def check(statement: parser.Statement) -> None:
    """MalformedQueryError if the query of CREATE TABLE AS or INSERT INTO cannot be parsed."""
    words = Words(statement.text, TRINO)
    try:
        query = (
            _of_create(words) if words.has("CREATE TABLE") else _of_insert(words) if words.has("INSERT INTO") else ""
        )
    except QueryFailedError:
        # the statement around the query fails when it runs
        return
    if query:
        parser.parse_query(query)


def _of_create(words: Words) -> str:
    words.has("IF NOT EXISTS")
    words.names()
    if words.has("WITH"):
        skip_group(words)
    if not words.has("AS"):
        return ""
    query = words.rest().rstrip()
    for ending in ("WITH NO DATA", "WITH DATA"):
        if query.upper().endswith(ending):
            return query[: -len(ending)]
    return query


def _of_insert(words: Words) -> str:
    words.names()
    if words.peek().text == "(" and words.peek(1).text.upper() not in ("SELECT", "WITH", "VALUES", "TABLE", "("):
        skip_group(words)
    return words.rest()


def skip_group(words: Words) -> None:
    """Go past what is in parentheses."""
    depth = 0
    while not words.is_done:
        word = words.take()
        depth += (word.text == "(") - (word.text == ")") if word.kind == "sign" else 0
        if not depth:
            return
