"""Glue's table operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import NOT_FOUND, existing_database, existing_table, name_pattern
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE = 100


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreateTable": create_table,
        "GetTable": get_table,
        "GetTables": get_tables,
        "UpdateTable": update_table,
        "DeleteTable": delete_table,
        "BatchDeleteTable": batch_delete_table,
    }


def create_table(request: dict[str, Any]) -> dict[str, Any]:
    """Add a table; its name becomes lower case, as all names of the catalog do."""
    database = existing_database(request["DatabaseName"])
    table_input = {**request["TableInput"], "Name": str(request["TableInput"]["Name"]).lower()}
    if ministack_adapter.table(database, table_input["Name"]) is not None:
        raise ApiError("AlreadyExistsException", "Table already exists.")
    ministack_adapter.create_table(database, table_input)
    for index in request.get("PartitionIndexes") or []:
        ministack_adapter.create_partition_index(existing_table(database, table_input["Name"]), index)
    return {}


def get_table(request: dict[str, Any]) -> dict[str, Any]:
    """One table."""
    existing_database(request["DatabaseName"])
    found = ministack_adapter.table(request["DatabaseName"], request["Name"])
    if found is None:
        raise ApiError(NOT_FOUND, "Entity Not Found")
    return {"Table": shown(found)}


def get_tables(request: dict[str, Any]) -> dict[str, Any]:
    """A database's tables by name; Expression is a regular expression for the whole name."""
    found = ministack_adapter.tables(existing_database(request["DatabaseName"]))
    if request.get("Expression"):
        pattern = name_pattern(str(request["Expression"]), "InvalidInputException")
        found = [entry for entry in found if pattern.fullmatch(str(entry["Name"]))]
    if request.get("TableType") is not None:
        found = [entry for entry in found if entry.get("TableType") == request["TableType"]]
    answer = page("TableList", found, request, _PAGE, key=lambda entry: str(entry["Name"]))
    wanted = request.get("AttributesToGet")
    answer["TableList"] = [_name_only(entry) if wanted == ["NAME"] else shown(entry) for entry in answer["TableList"]]
    return answer


def update_table(request: dict[str, Any]) -> dict[str, Any]:
    """Replace a table by the TableInput: what it leaves out is gone afterwards."""
    existing_database(request["DatabaseName"])
    entry = existing_table(request["DatabaseName"], request.get("Name") or request["TableInput"]["Name"])
    if request.get("VersionId") not in (None, entry["VersionId"]):
        message = "Update table failed due to concurrent modifications."
        raise ApiError("ConcurrentModificationException", message)
    ministack_adapter.update_table(
        entry["DatabaseName"], {**request["TableInput"], "Name": entry["Name"]}, archive=not request.get("SkipArchive")
    )
    return {}


def delete_table(request: dict[str, Any]) -> dict[str, Any]:
    """Delete a table with its partitions and versions."""
    existing_database(request["DatabaseName"])
    entry = existing_table(request["DatabaseName"], request["Name"])
    ministack_adapter.delete_table(entry["DatabaseName"], entry["Name"])
    return {}


def batch_delete_table(request: dict[str, Any]) -> dict[str, Any]:
    """Delete several tables; those that are not there are named in Errors."""
    database = existing_database(request["DatabaseName"])
    errors = []
    for name in request["TablesToDelete"]:
        if ministack_adapter.table(database, name) is None:
            detail = {"ErrorCode": NOT_FOUND, "ErrorMessage": "Table not found"}
            errors.append({"TableName": name, "ErrorDetail": detail})
        else:
            ministack_adapter.delete_table(database, name)
    return {"Errors": errors}


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A table as GetTable shows it: members without a value are left out."""
    return {name: value for name, value in entry.items() if value is not None and not name.startswith("_")}


def _name_only(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("Name", "DatabaseName", "CatalogId") if name in entry}
