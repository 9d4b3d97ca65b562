"""Compares what the engine answers with botocore's model of the operation: unknown members, wrong types and nulls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def check_answers(client: Any, service: str) -> None:
    """Let every answer that the client gets be compared."""
    client.meta.events.register(f"before-parse.{service}", _check)


def _check(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] >= 300 or operation_model.output_shape is None:
        return
    answer = json.loads(response_dict["body"] or b"{}")
    faults = list(_faults(operation_model.output_shape, answer, operation_model.name))
    assert not faults, faults


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    kinds = _TYPES.get(shape.type_name, (object,))
    is_one = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    if not is_one:
        yield f"{path} is {value!r}, not a {shape.type_name}"
    elif shape.type_name == "structure":
        for name, own in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is not in the model"
            else:
                yield from _faults(shape.members[name], own, f"{path}.{name}")
        yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
    elif shape.type_name == "list":
        for index, own in enumerate(value):
            yield from _faults(shape.member, own, f"{path}[{index}]")
    elif shape.type_name == "map":
        for name, own in value.items():
            yield from _faults(shape.value, own, f"{path}[{name!r}]")
    elif value not in shape.metadata.get("enum", [value]):
        yield f"{path} is {value!r}, none of {shape.metadata['enum']}"
