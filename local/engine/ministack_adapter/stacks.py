"""Stacks, as MiniStack deploys them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from local.engine.ministack_adapter.scope import scoped_dict

_Made = tuple[str, dict[str, Any]]


def keep_attributes_in_nested_stacks() -> None:
    """Let what a changed template leaves as it is keep its attributes; a nested stack of MiniStack 1.5.33 loses them.

    Then any GetAtt of it fails the update.
    """
    provision, update, known = provisioners._provision_resource, provisioners._update_resource, scoped_dict()

    def provision_all(resource_type: str, logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Made:
        made: _Made = provision(resource_type, logical_id, properties, stack_name)
        known[f"{stack_name}/{logical_id}"] = made[1]
        return made

    def update_all(
        resource_type: str, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str,
        logical_id: str | None = None, attributes: dict[str, Any] | None = None,
    ) -> _Made:  # fmt: skip
        name = f"{stack_name}/{logical_id}"
        made: _Made = update(
            resource_type, physical_id, old, new, stack_name, logical_id, attributes or known.get(name)
        )  # fmt: skip
        known[name] = made[1]
        return made

    provisioners._provision_resource, provisioners._update_resource = provision_all, update_all


def keep_policies_in_nested_stacks() -> None:
    """Let nested stacks go as AWS lets them go: MiniStack 1.5.33 leaves what a nested stack that failed has made.

    And it deletes, with a nested stack, also what its DeletionPolicy keeps.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::Stack"]
    create, delete = handlers["create"], handlers["delete"]

    def create_or_roll_back(logical_id: str, properties: Mapping[str, Any], parent: str) -> _Made:
        before = set(cloudformation._stacks)
        try:
            made: _Made = create(logical_id, properties, parent)
        except Exception:
            for name in set(cloudformation._stacks) - before:
                if cloudformation._stacks[name].get("_parent_stack_name") == parent:
                    _delete(name, properties, ("Retain",))
            raise
        return made

    def delete_with_policies(physical_id: str, properties: Mapping[str, Any]) -> None:
        stack = cloudformation._stacks.get(provisioners._nested_stack_lookup_name(physical_id)) or {}
        parent = cloudformation._stacks.get(stack.get("_parent_stack_name", "")) or {}
        # RetainExceptOnCreate is Retain, but for the operation that made the resource and is rolled back
        is_undone = "ROLLBACK" in parent.get("StackStatus", "")
        _delete(physical_id, properties, ("Retain",) if is_undone else ("Retain", "RetainExceptOnCreate"))

    def _delete(physical_id: str, properties: Mapping[str, Any], keeping: tuple[str, ...]) -> None:
        name = provisioners._nested_stack_lookup_name(physical_id)
        stack = cloudformation._stacks.get(name)
        if stack is not None:
            if keeping == ("Retain",):
                stack["StackStatus"] = "ROLLBACK_IN_PROGRESS"  # the stacks nested in it go by this
            stack["_resources"] = {
                logical_id: resource
                for logical_id, resource in stack["_resources"].items()
                if _deletion_policy(name, stack, logical_id) not in keeping
            }
        delete(physical_id, properties)

    handlers["create"], handlers["delete"] = create_or_roll_back, delete_with_policies


def _deletion_policy(name: str, stack: Mapping[str, Any], logical_id: str) -> str:
    template = stack.get("_template") or {}
    found: str = stacks._resource_policy(
        (template.get("Resources") or {}).get(logical_id), "DeletionPolicy", stack["_resources"],
        stack.get("_resolved_params", {}), stack.get("_conditions", {}), template.get("Mappings", {}), name,
        stack["StackId"],
    )  # fmt: skip
    return found
