"""Finds what a request names in the catalog, or refuses as Glue does."""

from __future__ import annotations

import re
from typing import Any

from local.engine import ministack_adapter
from local.engine.errors import ApiError

NOT_FOUND = "EntityNotFoundException"


def name_pattern(expression: str, code: str) -> re.Pattern[str]:
    """The Expression of GetTables and ListTableMetadata, for the whole name.

    It is a regular expression in which a star that is not after `.` or a bracket stands for any text, as in Hive:
    awswrangler asks for `*orders*`.
    """
    try:
        return re.compile(re.sub(r"(?<![.)\]}\\])\*", ".*", expression), re.IGNORECASE)
    except re.error as error:
        raise ApiError(code, f"Unsupported expression '{expression}': {error}") from error


def existing_database(name: str) -> str:
    """A database as the catalog writes it."""
    found = ministack_adapter.database_name(name)
    if found is None:
        raise ApiError(NOT_FOUND, f"Database {name} not found.")
    return found


def existing_table(database: str, name: str) -> dict[str, Any]:
    """A table's entry."""
    found = ministack_adapter.table(existing_database(database), name)
    if found is None:
        raise ApiError(NOT_FOUND, f"Table {name} not found.")
    return found
