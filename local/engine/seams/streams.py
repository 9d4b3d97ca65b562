"""Kinesis streams, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import kinesis
from ministack.services.cloudformation import provisioners

_TYPE = "AWS::Kinesis::Stream"


def keep_encryption_of_streams() -> None:
    """Keep what a stack says of a stream's encryption; MiniStack 1.5.33 drops it."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_all(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, properties, stack_name)
        _encrypt(name, properties)
        return name, attributes

    def update_all(
        physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        name, attributes = update(physical_id, old, new, stack_name)
        _encrypt(name, new)
        return name, attributes

    provisioners._RESOURCE_HANDLERS[_TYPE] = handlers | {"create": create_all, "update": update_all}


def _encrypt(name: str, properties: Mapping[str, Any]) -> None:
    asked = properties.get("StreamEncryption") or {}
    stream = kinesis._streams[name]
    stream["EncryptionType"] = asked.get("EncryptionType", "NONE")
    stream["KeyId"] = asked.get("KeyId")
