"""Stacks, as MiniStack deploys them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners

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
