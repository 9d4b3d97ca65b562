"""Prepared statements: PREPARE, EXECUTE … USING, DEALLOCATE PREPARE, and ExecutionParameters of the API."""

from __future__ import annotations

import time

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

from local.engine import ministack_adapter
from local.engine.athena import parser
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.results import Result
from local.engine.athena.session import Run
from local.engine.athena.statements.words import TRINO, Words


def prepare(run: Run, text: str) -> Result:
    """PREPARE name FROM statement; kept per workgroup."""
    words = Words(text, TRINO)
    words.need("PREPARE")
    name = words.name()
    words.need("FROM")
    query = words.rest()
    key = f"{run.workgroup}/{name}"
    if key in ministack_adapter.prepared_statements():
        raise QueryFailedError("ALREADY_EXISTS", f"Prepared statement already exists: {name}")
    ministack_adapter.prepared_statements()[key] = {
        "StatementName": name,
        "QueryStatement": query,
        "WorkGroupName": run.workgroup,
        "Description": "",
        "LastModifiedTime": int(time.time()),
    }
    return Result()


def deallocate(run: Run, text: str) -> Result:
    """DEALLOCATE PREPARE name."""
    words = Words(text, TRINO)
    words.need("DEALLOCATE PREPARE")
    name = words.name()
    words.end()
    _known(run, name)
    del ministack_adapter.prepared_statements()[f"{run.workgroup}/{name}"]
    return Result()


def resolved(run: Run) -> parser.Statement:
    """The statement to run: of EXECUTE the prepared one, its question marks filled in."""
    statement = run.statement
    if statement.first == "EXECUTE":
        words = Words(statement.text, TRINO)
        words.need("EXECUTE")
        query = _known(run, words.name())
        values = _values(words.rest()) if words.has("USING") else list(map(_argument, run.parameters))
        return _parsed(filled(query, values))
    placeholders = _placeholders(statement.text) if statement.tree is not None or run.parameters else []
    if placeholders or run.parameters:
        return _parsed(filled(statement.text, list(map(_argument, run.parameters))))
    return statement


def _argument(text: str) -> str:
    """One of ExecutionParameters as SQL: a constant as it is written, anything else is a text.

    AWS's documents write texts in quotes; awswrangler's tests, which run on AWS, hand over `Washington` without.
    """
    try:
        tree = sqlglot.parse_one(text, read=parser.Dialect)
    except sqlglot.errors.SqlglotError:
        tree = None
    is_constant = (
        isinstance(tree, exp.Condition | exp.Interval) and tree.find(exp.Column, exp.Query, exp.Placeholder) is None
    )
    return text if is_constant else "'" + text.replace("'", "''") + "'"


def filled(query: str, values: list[str]) -> str:
    """The text with a value for each question mark."""
    places = _placeholders(query)
    if len(places) != len(values):
        message = f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(values)}"
        raise QueryFailedError("INVALID_PARAMETER_USAGE", message)
    for start, value in reversed(list(zip(places, values, strict=True))):
        query = f"{query[:start]}{value}{query[start + 1 :]}"
    return query


def _known(run: Run, name: str) -> str:
    for key, entry in ministack_adapter.prepared_statements().items():
        if str(key).lower() == f"{run.workgroup}/{name}".lower():
            return str(entry["QueryStatement"])
    raise QueryFailedError("NOT_FOUND", f"Prepared statement not found: {name}")


def _placeholders(query: str) -> list[int]:
    try:
        tokens = sqlglot.tokenize(query, read=parser.Dialect)
    except sqlglot.errors.SqlglotError:
        return []
    return [token.start for token in tokens if token.token_type == TokenType.PLACEHOLDER]


def _values(text: str) -> list[str]:
    """The expressions after USING, as they are written."""
    parts, depth, start = [], 0, 0
    tokens = sqlglot.tokenize(text, read=parser.Dialect)
    for token in tokens:
        depth += (token.text in "([") - (token.text in ")]") if token.token_type != TokenType.STRING else 0
        if token.token_type == TokenType.COMMA and not depth:
            parts.append(text[start : token.start])
            start = token.end + 1
    return [part.strip() for part in [*parts, text[start:]]]


def _parsed(text: str) -> parser.Statement:
    try:
        return parser.parse(text)
    except parser.MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
