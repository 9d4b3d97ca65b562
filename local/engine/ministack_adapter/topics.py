"""SNS topics, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import sns
from ministack.services.cloudformation import provisioners

_TYPE = "AWS::SNS::Topic"
_Made = tuple[str, dict[str, Any]]


def keep_encryption_of_topics() -> None:
    """Keep the key that a stack gives a topic; MiniStack 1.5.33 drops it, and who publishes needs rights on it."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_all(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> _Made:
        made: _Made = create(logical_id, properties, stack_name)
        _encrypt(made[0], properties)
        return made

    def update_all(
        physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str, *others: Any, **named: Any
    ) -> _Made:
        made: _Made = update(physical_id, old, new, stack_name, *others, **named)
        _encrypt(made[0], new)
        return made

    provisioners._RESOURCE_HANDLERS[_TYPE] = handlers | {"create": create_all, "update": update_all}


def _encrypt(arn: str, properties: Mapping[str, Any]) -> None:
    attributes = sns._topics[arn]["attributes"]
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]
