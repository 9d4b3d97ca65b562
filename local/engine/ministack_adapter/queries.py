"""Athena's executions and workgroups, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
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


def workgroups() -> MutableMapping[str, dict[str, Any]]:
    """Workgroups by name."""
    return athena._workgroups  # type: ignore[no-any-return]


def tag_workgroup(name: str, tags: Mapping[str, str]) -> None:
    """Give a workgroup these tags and no others."""
    athena._tags.pop(athena._arn_workgroup(name), None)
    if tags:
        athena._tags[athena._arn_workgroup(name)] = dict(tags)


def named_queries() -> MutableMapping[str, dict[str, Any]]:
    """Saved queries by id; members with a leading underscore are not shown to clients."""
    return athena._named_queries  # type: ignore[no-any-return]


def data_catalogs() -> MutableMapping[str, dict[str, Any]]:
    """Athena's data catalogs by name; `AwsDataCatalog` is always among them."""
    athena._ensure_default_data_catalog()
    return athena._data_catalogs  # type: ignore[no-any-return]


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
