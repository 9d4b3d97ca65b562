"""Glue's database operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import existing_database
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE = 100


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreateDatabase": create_database,
        "GetDatabase": get_database,
        "GetDatabases": get_databases,
        "UpdateDatabase": update_database,
        "DeleteDatabase": delete_database,
    }


def create_database(request: dict[str, Any]) -> dict[str, Any]:
    """Add a database; its name becomes lower case."""
    wanted = {**request["DatabaseInput"], "Name": str(request["DatabaseInput"]["Name"]).lower()}
    if ministack_adapter.database_name(wanted["Name"]) is not None:
        raise ApiError("AlreadyExistsException", "Database already exists.")
    ministack_adapter.create_database(wanted, request.get("Tags") or {})
    return {}


def get_database(request: dict[str, Any]) -> dict[str, Any]:
    """One database."""
    return {"Database": _shown(ministack_adapter.databases()[existing_database(request["Name"])])}


def get_databases(request: dict[str, Any]) -> dict[str, Any]:
    """All databases by name."""
    found = [_shown(entry) for _, entry in sorted(ministack_adapter.databases().items())]
    return page("DatabaseList", found, request, _PAGE, key=lambda entry: str(entry["Name"]))


def update_database(request: dict[str, Any]) -> dict[str, Any]:
    """Replace what a DatabaseInput holds; the name cannot change."""
    entry = ministack_adapter.databases()[existing_database(request["Name"])]
    wanted = request["DatabaseInput"]
    if str(wanted["Name"]).lower() != str(entry["Name"]).lower():
        raise ApiError("InvalidInputException", "Database cannot be renamed")
    for name in ("Description", "LocationUri", "Parameters"):
        entry[name] = wanted.get(name) or ({} if name == "Parameters" else None)
    return {}


def delete_database(request: dict[str, Any]) -> dict[str, Any]:
    """Delete a database with all that is in it."""
    ministack_adapter.delete_database(existing_database(request["Name"]))
    return {}


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value not in (None, "")}
