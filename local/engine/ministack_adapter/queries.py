"""Athena's executions and workgroups, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import replace
from typing import Any

from ministack.services import athena


def executions() -> MutableMapping[str, dict[str, Any]]:
    """Query executions by id; members with a leading underscore are not shown to clients."""
    return athena._executions  # type: ignore[no-any-return]


def workgroup(name: str) -> dict[str, Any] | None:
    """A workgroup of Athena."""
    found: dict[str, Any] | None = athena._workgroups.get(name)
    return found


def run_ddl(query: str, database: str, amend: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> bool:
    """Run CREATE EXTERNAL TABLE or DROP TABLE; false if the statement is neither. ValueError says why it failed.

    `amend` gets the clauses as they were read, and gives those that are to be others.
    """
    statement = athena._parse_ddl(query)
    if statement is None:
        return False
    if amend is not None:
        statement = replace(statement, **amend(vars(statement)))
    athena._run_ddl(statement, database)
    return True


def prepared_statements() -> MutableMapping[str, dict[str, Any]]:
    """Prepared statements by `workgroup/name`."""
    return athena._prepared_statements  # type: ignore[no-any-return]
