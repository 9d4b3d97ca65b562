"""The versions of Glue's tables: each UpdateTable archives what was there, unless it says SkipArchive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import NOT_FOUND, existing_table
from local.engine.catalog.tables import shown
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE = 100


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "GetTableVersion": get_table_version,
        "GetTableVersions": get_table_versions,
        "DeleteTableVersion": delete_table_version,
        "BatchDeleteTableVersion": batch_delete_table_version,
    }


def get_table_versions(request: dict[str, Any]) -> dict[str, Any]:
    """All versions of a table, the current one first."""
    found = sorted(_versions(_table(request)).items(), key=lambda item: -int(item[0]))
    answer = page("TableVersions", found, request, _PAGE, key=lambda item: -int(item[0]))
    answer["TableVersions"] = [_shown(number, entry) for number, entry in answer["TableVersions"]]
    return answer


def get_table_version(request: dict[str, Any]) -> dict[str, Any]:
    """One version; the current one where none is named."""
    table = _table(request)
    number = str(request.get("VersionId") or table["VersionId"])
    found = _versions(table).get(number)
    if found is None:
        raise ApiError(NOT_FOUND, f"Version {number} not found.")
    return {"TableVersion": _shown(number, found)}


def delete_table_version(request: dict[str, Any]) -> dict[str, Any]:
    """Delete one archived version."""
    table, number = _table(request), str(request["VersionId"])
    refusal = _delete(table, number)
    if refusal is not None:
        raise refusal
    return {}


def batch_delete_table_version(request: dict[str, Any]) -> dict[str, Any]:
    """Delete several; those that cannot be deleted are named in Errors."""
    table = _table(request)
    errors = []
    for number in map(str, request["VersionIds"]):
        refusal = _delete(table, number)
        if refusal is not None:
            detail = {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
            errors.append({"TableName": table["Name"], "VersionId": number, "ErrorDetail": detail})
    return {"Errors": errors}


def _table(request: Mapping[str, Any]) -> dict[str, Any]:
    return existing_table(request["DatabaseName"], request["TableName"])


def _versions(table: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {**ministack_adapter.archived_versions(table), str(table["VersionId"]): table}


def _delete(table: Mapping[str, Any], number: str) -> ApiError | None:
    """Delete a version, or say why not; the table always has a current one."""
    if number == str(table["VersionId"]):
        return ApiError("InvalidInputException", f"Version {number} is the current version of the table.")
    if ministack_adapter.archived_versions(table).pop(number, None) is None:
        return ApiError(NOT_FOUND, f"Version {number} not found.")
    return None


def _shown(number: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"VersionId": number, "Table": shown(entry)}
