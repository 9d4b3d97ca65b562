"""Athena's named queries and prepared statements as clients call them."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena.workgroups import existing_workgroup
from local.engine.errors import ApiError
from local.engine.pages import page

_INVALID, _NOT_FOUND = "InvalidRequestException", "ResourceNotFoundException"
_PAGE = 50
_STATEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_@:]{0,255}")


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreateNamedQuery": create_named_query,
        "GetNamedQuery": get_named_query,
        "BatchGetNamedQuery": batch_get_named_query,
        "ListNamedQueries": list_named_queries,
        "UpdateNamedQuery": update_named_query,
        "DeleteNamedQuery": delete_named_query,
        "CreatePreparedStatement": create_prepared_statement,
        "GetPreparedStatement": get_prepared_statement,
        "BatchGetPreparedStatement": batch_get_prepared_statement,
        "ListPreparedStatements": list_prepared_statements,
        "UpdatePreparedStatement": update_prepared_statement,
        "DeletePreparedStatement": delete_prepared_statement,
    }


def create_named_query(request: dict[str, Any]) -> dict[str, Any]:
    """Save a query in a workgroup; the same token gives the same query."""
    workgroup = existing_workgroup(request.get("WorkGroup") or "primary")["Name"]
    token = request.get("ClientRequestToken")
    for known, other in ministack_adapter.named_queries().items():
        if token and other.get("_token") == token:
            return {"NamedQueryId": known}
    name = str(uuid.uuid4())
    entry: dict[str, Any] = {"NamedQueryId": name, "WorkGroup": workgroup, "_token": token}
    for member in ("Name", "Description", "Database", "QueryString"):
        if member in request:
            entry[member] = request[member]
    ministack_adapter.named_queries()[name] = entry
    return {"NamedQueryId": name}


def get_named_query(request: dict[str, Any]) -> dict[str, Any]:
    """One saved query."""
    return {"NamedQuery": _shown(_named_query(request["NamedQueryId"]))}


def batch_get_named_query(request: dict[str, Any]) -> dict[str, Any]:
    """Several, and the ids that are none."""
    known, ids = ministack_adapter.named_queries(), request["NamedQueryIds"]
    return {
        "NamedQueries": [_shown(known[name]) for name in ids if name in known],
        "UnprocessedNamedQueryIds": [
            {"NamedQueryId": name, "ErrorCode": "INVALID_INPUT", "ErrorMessage": f"NamedQuery {name} was not found"}
            for name in ids
            if name not in known
        ],
    }


def list_named_queries(request: dict[str, Any]) -> dict[str, Any]:
    """The ids of a workgroup's queries; of `primary` where none is named."""
    workgroup = existing_workgroup(request.get("WorkGroup") or "primary")["Name"]
    found = sorted(name for name, entry in ministack_adapter.named_queries().items() if entry["WorkGroup"] == workgroup)
    return page("NamedQueryIds", found, request, _PAGE, key=str, code=_INVALID)


def update_named_query(request: dict[str, Any]) -> dict[str, Any]:
    """Change a query's name, description and text."""
    entry = _named_query(request["NamedQueryId"])
    entry.update({member: request[member] for member in ("Name", "Description", "QueryString") if member in request})
    return {}


def delete_named_query(request: dict[str, Any]) -> dict[str, Any]:
    """Delete a query."""
    _named_query(request["NamedQueryId"])
    del ministack_adapter.named_queries()[request["NamedQueryId"]]
    return {}


def create_prepared_statement(request: dict[str, Any]) -> dict[str, Any]:
    """Save a statement under a name of its workgroup."""
    workgroup, name = existing_workgroup(request["WorkGroup"])["Name"], str(request["StatementName"])
    if not _STATEMENT.fullmatch(name):
        raise ApiError(_INVALID, f"StatementName {name} is not valid")
    if f"{workgroup}/{name}" in ministack_adapter.prepared_statements():
        raise ApiError(_INVALID, f"Prepared Statement {name} already exists in WorkGroup {workgroup}")
    ministack_adapter.prepared_statements()[f"{workgroup}/{name}"] = {
        "StatementName": name,
        "QueryStatement": request["QueryStatement"],
        "WorkGroupName": workgroup,
        "Description": request.get("Description") or "",
        "LastModifiedTime": time.time(),
    }
    return {}


def get_prepared_statement(request: dict[str, Any]) -> dict[str, Any]:
    """One statement."""
    return {"PreparedStatement": _shown(_statement(request))}


def batch_get_prepared_statement(request: dict[str, Any]) -> dict[str, Any]:
    """Several, and the names that are none."""
    workgroup = existing_workgroup(request["WorkGroup"])["Name"]
    known, names = ministack_adapter.prepared_statements(), list(request["PreparedStatementNames"])
    missing = [name for name in names if f"{workgroup}/{name}" not in known]
    return {
        "PreparedStatements": [_shown(known[f"{workgroup}/{name}"]) for name in names if name not in missing],
        "UnprocessedPreparedStatementNames": [
            {"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": _not_found(name, workgroup)}
            for name in missing
        ],
    }


def list_prepared_statements(request: dict[str, Any]) -> dict[str, Any]:
    """The names of a workgroup's statements."""
    workgroup = existing_workgroup(request["WorkGroup"])["Name"]
    found = [
        {"StatementName": entry["StatementName"], "LastModifiedTime": entry["LastModifiedTime"]}
        for _, entry in sorted(ministack_adapter.prepared_statements().items())
        if entry["WorkGroupName"] == workgroup
    ]
    return page(
        "PreparedStatements", found, request, _PAGE, key=lambda entry: str(entry["StatementName"]), code=_INVALID
    )


def update_prepared_statement(request: dict[str, Any]) -> dict[str, Any]:
    """Replace a statement's text and description."""
    entry = _statement(request)
    entry["QueryStatement"] = request["QueryStatement"]
    entry["LastModifiedTime"] = time.time()
    if "Description" in request:
        entry["Description"] = request["Description"]
    return {}


def delete_prepared_statement(request: dict[str, Any]) -> dict[str, Any]:
    """Delete a statement."""
    entry = _statement(request)
    del ministack_adapter.prepared_statements()[f"{entry['WorkGroupName']}/{entry['StatementName']}"]
    return {}


def _named_query(name: str) -> dict[str, Any]:
    found = ministack_adapter.named_queries().get(name)
    if found is None:
        raise ApiError(_INVALID, f"NamedQuery {name} was not found")
    return found


def _statement(request: Mapping[str, Any]) -> dict[str, Any]:
    workgroup, name = existing_workgroup(request["WorkGroup"])["Name"], str(request["StatementName"])
    found = ministack_adapter.prepared_statements().get(f"{workgroup}/{name}")
    if found is None:
        raise ApiError(_NOT_FOUND, _not_found(name, workgroup))
    return found


def _not_found(name: str, workgroup: str) -> str:
    return f"PreparedStatement {name} was not found in workGroup {workgroup}"


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if not name.startswith("_") and value not in (None, "")}
