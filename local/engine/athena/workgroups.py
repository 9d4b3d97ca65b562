"""Athena's workgroups as clients call them, and what a workgroup says of the queries in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.errors import ApiError
from local.engine.pages import page

_INVALID = "InvalidRequestException"
_PAGE = 50
_VERSION = "Athena engine version 3"
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": _VERSION}
_REPLACED = (
    "EnforceWorkGroupConfiguration", "PublishCloudWatchMetricsEnabled", "BytesScannedCutoffPerQuery",
    "RequesterPaysEnabled", "EngineVersion", "AdditionalConfiguration", "ExecutionRole",
    "CustomerContentEncryptionConfiguration", "EnableMinimumEncryptionConfiguration",
    "QueryResultsS3AccessGrantsConfiguration", "EngineConfiguration", "MonitoringConfiguration",
)  # fmt: skip
_RESULT = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreateWorkGroup": create_work_group,
        "GetWorkGroup": get_work_group,
        "ListWorkGroups": list_work_groups,
        "UpdateWorkGroup": update_work_group,
        "DeleteWorkGroup": delete_work_group,
        "ListEngineVersions": list_engine_versions,
    }


def create_work_group(request: dict[str, Any]) -> dict[str, Any]:
    """Add a workgroup."""
    name = str(request["Name"])
    if ministack_adapter.workgroup(name) is not None:
        raise ApiError(_INVALID, "WorkGroup is already created")
    configuration = dict(request.get("Configuration") or {})
    _check_engine(configuration)
    _check_results(configuration)
    entry = {"Name": name, "State": "ENABLED", "CreationTime": time.time(), "Configuration": configuration}
    entry["Description"] = request.get("Description") or ""
    ministack_adapter.workgroups()[name] = entry
    ministack_adapter.tag_workgroup(name, {tag["Key"]: tag.get("Value", "") for tag in request.get("Tags") or []})
    return {}


def get_work_group(request: dict[str, Any]) -> dict[str, Any]:
    """A workgroup with all members of its configuration: AWS fills in those that no one has set."""
    entry = existing_workgroup(request["WorkGroup"])
    shown = {name: value for name, value in entry.items() if name == "Configuration" or value not in (None, "")}
    return {"WorkGroup": {**shown, "Configuration": configuration_of(entry)}}


def list_work_groups(request: dict[str, Any]) -> dict[str, Any]:
    """All workgroups by name, without their configuration."""
    members = ("Name", "State", "Description", "CreationTime")
    found = [
        {name: entry[name] for name in members if entry.get(name) not in (None, "")}
        | {"EngineVersion": configuration_of(entry)["EngineVersion"]}
        for _, entry in sorted(ministack_adapter.workgroups().items())
    ]
    return page("WorkGroups", found, request, _PAGE, key=lambda entry: str(entry["Name"]), code=_INVALID)


def update_work_group(request: dict[str, Any]) -> dict[str, Any]:
    """Change what the request names of a workgroup."""
    entry = existing_workgroup(request["WorkGroup"])
    updates = request.get("ConfigurationUpdates") or {}
    changed = dict(entry.get("Configuration") or {})
    changed.update({name: updates[name] for name in _REPLACED if name in updates})
    _check_engine(changed)
    if updates.get("RemoveBytesScannedCutoffPerQuery"):
        changed.pop("BytesScannedCutoffPerQuery", None)
    if updates.get("RemoveCustomerContentEncryptionConfiguration"):
        changed.pop("CustomerContentEncryptionConfiguration", None)
    changed["ResultConfiguration"] = _result_configuration(changed, updates.get("ResultConfigurationUpdates") or {})
    managed = updates.get("ManagedQueryResultsConfigurationUpdates") or {}
    if managed:
        changed["ManagedQueryResultsConfiguration"] = _managed(changed, managed)
    _check_results(changed)
    entry["Configuration"] = changed
    entry.update({name: request[name] for name in ("Description", "State") if name in request})
    return {}


def delete_work_group(request: dict[str, Any]) -> dict[str, Any]:
    """Delete a workgroup; one that is in use only with RecursiveDeleteOption."""
    name = str(request["WorkGroup"])
    if name == "primary":
        raise ApiError(_INVALID, "WorkGroup primary cannot be deleted")
    existing_workgroup(name)
    own = {
        "named queries": [
            key for key, entry in ministack_adapter.named_queries().items() if entry["WorkGroup"] == name
        ],
        "prepared statements": [
            key for key, entry in ministack_adapter.prepared_statements().items() if entry["WorkGroupName"] == name
        ],
        "query executions": [
            key for key, entry in ministack_adapter.executions().items() if entry["WorkGroup"] == name
        ],
    }
    if any(own.values()) and not request.get("RecursiveDeleteOption"):
        raise ApiError(_INVALID, f"WorkGroup {name} is not empty")
    stores = (
        ministack_adapter.named_queries(),
        ministack_adapter.prepared_statements(),
        ministack_adapter.executions(),
    )
    for store, keys in zip(stores, own.values(), strict=True):
        for key in keys:
            store.pop(key, None)
    ministack_adapter.workgroups().pop(name, None)
    ministack_adapter.tag_workgroup(name, {})
    return {}


def list_engine_versions(request: dict[str, Any]) -> dict[str, Any]:
    """The one that there is, and the choice to follow AWS."""
    found = [ENGINE, {"SelectedEngineVersion": _VERSION, "EffectiveEngineVersion": _VERSION}]
    return page("EngineVersions", found, request, _PAGE, code=_INVALID)


def existing_workgroup(name: str) -> dict[str, Any]:
    """A workgroup's entry."""
    found = ministack_adapter.workgroup(name)
    if found is None:
        raise ApiError(_INVALID, f"WorkGroup {name} is not found.")
    return found


def enabled_configuration(name: str) -> dict[str, Any]:
    """The configuration of a workgroup that takes queries."""
    entry = existing_workgroup(name)
    if entry.get("State", "ENABLED") != "ENABLED":
        raise ApiError(_INVALID, f"WorkGroup {name} is disabled.")
    return configuration_of(entry)


def configuration_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A workgroup's configuration with all its members; only `primary` leaves clients their own settings."""
    own = dict(entry.get("Configuration") or {})
    version = {"SelectedEngineVersion": "AUTO", **(own.get("EngineVersion") or {})}
    defaults = {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": entry["Name"] != "primary",
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
    }
    effective = version["SelectedEngineVersion"]
    version["EffectiveEngineVersion"] = _VERSION if effective == "AUTO" else effective
    return defaults | own | {"EngineVersion": version}


def is_managed(configuration: Mapping[str, Any]) -> bool:
    """Whether Athena itself keeps the results of a workgroup's queries."""
    return bool((configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled"))


def _result_configuration(configuration: Mapping[str, Any], updates: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(configuration.get("ResultConfiguration") or {})
    for name in _RESULT:
        if name in updates:
            changed[name] = updates[name]
        if updates.get(f"Remove{name}"):
            changed.pop(name, None)
    return changed


def _managed(configuration: Mapping[str, Any], updates: Mapping[str, Any]) -> dict[str, Any]:
    changed = {"Enabled": False, **(configuration.get("ManagedQueryResultsConfiguration") or {})}
    if "Enabled" in updates:
        changed["Enabled"] = updates["Enabled"]
    if "EncryptionConfiguration" in updates:
        changed["EncryptionConfiguration"] = updates["EncryptionConfiguration"]
    if updates.get("RemoveEncryptionConfiguration"):
        changed.pop("EncryptionConfiguration", None)
    return changed


def _check_results(configuration: Mapping[str, Any]) -> None:
    """Results are either Athena's or in a bucket of the account."""
    if is_managed(configuration) and (configuration.get("ResultConfiguration") or {}).get("OutputLocation"):
        raise ApiError(_INVALID, "OutputLocation cannot be set where ManagedQueryResultsConfiguration is enabled")


def _check_engine(configuration: Mapping[str, Any]) -> None:
    wanted = (configuration.get("EngineVersion") or {}).get("SelectedEngineVersion", "AUTO")
    if wanted not in ("AUTO", _VERSION) and not str(wanted).startswith("PySpark"):
        raise ApiError(_INVALID, f"The engine version {wanted} is not available")
