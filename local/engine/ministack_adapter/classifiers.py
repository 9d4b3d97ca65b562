"""Glue's classifiers in CloudFormation, which MiniStack 1.5.33 has in Glue's API only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ministack.services import glue
from ministack.services.cloudformation import provisioners

from local.engine.errors import ApiError
from local.engine.ministack_adapter.answers import checked

_TYPE = "AWS::Glue::Classifier"
_MEMBERS = {
    "CsvClassifier": frozenset(
        {
            "AllowSingleColumn", "ContainsCustomDatatype", "ContainsHeader", "CustomDatatypeConfigured", "Delimiter",
            "DisableValueTrimming", "Header", "Name", "QuoteSymbol",
        }
    ),
    "GrokClassifier": frozenset({"Classification", "CustomPatterns", "GrokPattern", "Name"}),
    "JsonClassifier": frozenset({"JsonPath", "Name"}),
    "XMLClassifier": frozenset({"Classification", "Name", "RowTag"}),
}  # fmt: skip
"""By the type's schema in CloudFormation's registry: unlike the API's, its CsvClassifier has no Serde."""
_Made = tuple[str, dict[str, Any]]


def deploy_classifiers() -> None:
    """Let stacks create, change and delete classifiers."""
    provisioners._RESOURCE_HANDLERS[_TYPE] = {
        "create": _create, "update": _update, "update_with_logical_id": True, "delete": _delete,
    }  # fmt: skip


def _create(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Made:
    kind, definition = _definition(logical_id, properties, stack_name)
    try:
        checked(glue._create_classifier({kind: definition}))
    except ApiError as error:
        raise ValueError(f"{error.code}: {error.message}") from error
    return definition["Name"], {}


def _update(
    physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str, logical_id: str | None = None
) -> _Made:
    kind, definition = _definition(logical_id or physical_id, new, stack_name)
    known = glue._classifiers.get(physical_id) or {}
    if definition["Name"] != physical_id or kind not in known:
        made = _create(logical_id or physical_id, new, stack_name)
        _delete(physical_id, old)
        return made
    before = known[kind]
    # what the template has dropped stays as it was (chosen: the API does not say what an update without a member does)
    known[kind] = {**before, **definition, "LastUpdated": int(time.time()), "Version": before["Version"] + 1}
    glue._classifiers[physical_id] = known
    return physical_id, {}


def _delete(physical_id: str, properties: Mapping[str, Any]) -> None:
    del properties
    glue._delete_classifier({"Name": physical_id})


def _definition(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    """The kind and the definition as Glue's API has it, with the name that CloudFormation makes where none is given."""
    kinds = [kind for kind in _MEMBERS if kind in properties]
    unknown = sorted(set(properties) - set(_MEMBERS))
    if unknown or len(kinds) != 1:
        raise ValueError(f"{_TYPE} takes exactly one of {', '.join(_MEMBERS)}; not {', '.join(unknown) or len(kinds)}")
    kind = kinds[0]
    given = dict(properties[kind])
    extraneous = sorted(set(given) - _MEMBERS[kind])
    if extraneous:
        raise ValueError(f"Properties validation failed: extraneous key [{extraneous[0]}] is not permitted in {kind}")
    name = given.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=255)
    given["Name"] = name
    if "ContainsCustomDatatype" in given:
        raise ValueError("NOT_SUPPORTED: the local engine does not know what ContainsCustomDatatype does to a crawl")
    for member in ("AllowSingleColumn", "CustomDatatypeConfigured", "DisableValueTrimming"):
        if isinstance(given.get(member), str):  # a parameter's value is text
            given[member] = given[member] == "true"
    return kind, given
