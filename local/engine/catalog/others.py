"""What clients ask of Glue next to the catalog: names of jobs and workflows, settings of the account, functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import NOT_FOUND
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE, _MOST_FUNCTIONS = 1000, 100


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "ListJobs": lambda request: _names("job", "JobNames", request),
        "BatchGetJobs": lambda request: _batch("job", "Jobs", "JobNames", "JobsNotFound", request),
        "ListTriggers": lambda request: _names("trigger", "TriggerNames", request),
        "ListWorkflows": lambda request: _names("workflow", "Workflows", request),
        "BatchGetWorkflows": lambda request: _batch("workflow", "Workflows", "Names", "MissingWorkflows", request),
        "GetCatalogImportStatus": lambda request: {"ImportStatus": {"ImportCompleted": True}},
        "GetResourcePolicy": get_resource_policy,
        "GetDataCatalogEncryptionSettings": get_encryption_settings,
        "GetUserDefinedFunctions": get_user_defined_functions,
    }


def get_resource_policy(request: dict[str, Any]) -> dict[str, Any]:
    """There is none: PutResourcePolicy is refused here."""
    raise ApiError(NOT_FOUND, "Policy not found")


def get_encryption_settings(request: dict[str, Any]) -> dict[str, Any]:
    """Nothing is encrypted, as in an account where no one has asked for it."""
    settings = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    return {"DataCatalogEncryptionSettings": settings}


def get_user_defined_functions(request: dict[str, Any]) -> dict[str, Any]:
    """Functions by a regular expression; `*` alone, which clients of Hive send, means all."""
    pattern = str(request["Pattern"])
    try:
        # \\Q…\\E quotes in Java
        quoted = re.sub(r"\\Q(.*?)(?:\\E|\Z)", lambda found: re.escape(found[1]), pattern)
        wanted = re.compile(".*" if pattern == "*" else quoted)
    except re.error as error:
        raise ApiError("InvalidInputException", f"Invalid pattern syntax: {error}") from error
    database = str(request.get("DatabaseName") or "*").lower()
    found = [
        entry
        for entry in ministack_adapter.user_defined_functions()
        if database in ("*", str(entry["DatabaseName"]).lower()) and wanted.search(str(entry["FunctionName"]))
    ]
    return page("UserDefinedFunctions", _members(found), request, _MOST_FUNCTIONS)


def _names(kind: str, member: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The names of all of a kind that have the tags."""
    wanted = set((request.get("Tags") or {}).items())
    found = [
        name
        for name in sorted(ministack_adapter.glue_entries(kind))
        if wanted <= set((ministack_adapter.glue_tags(kind, name) or {}).items())
    ]
    if request.get("DependentJobName"):
        triggers = ministack_adapter.glue_entries(kind)
        found = [name for name in found if _starts(triggers[name], str(request["DependentJobName"]))]
    return page(member, found, request, _PAGE, key=str)


def _starts(trigger: Mapping[str, Any], job: str) -> bool:
    return any(action.get("JobName") == job for action in trigger.get("Actions") or [])


def _batch(kind: str, member: str, names: str, missing: str, request: Mapping[str, Any]) -> dict[str, Any]:
    known, wanted = ministack_adapter.glue_entries(kind), list(request[names])
    return {
        member: _members(known[name] for name in wanted if name in known),
        missing: [name for name in wanted if name not in known],
    }


def _members(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What AWS shows of each: MiniStack keeps a job's tags and empty members among the others."""
    return [{name: value for name, value in entry.items() if value is not None and name != "Tags"} for entry in entries]
