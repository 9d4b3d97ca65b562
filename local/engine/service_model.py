"""What AWS's own models say of its operations (botocore has them): which there are, and what a request may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationNotFoundError

from local.engine.errors import ApiError

Handler = Callable[[dict[str, Any]], dict[str, Any]]
_REFUSALS = {"glue": "ValidationException", "athena": "InvalidRequestException"}
"""The code that each service gives a request which its model does not allow."""
_LONGEST_VALUE = 200
_SIZES = {"string": "length", "list": "length", "map": "length"}


@cache
def _service(name: str) -> Any:
    return botocore.session.Session().get_service_model(name)


@cache
def operation(service: str, name: str) -> Any | None:
    """The model of an operation; None if AWS has none of that name."""
    try:
        return _service(service).operation_model(name)
    except OperationNotFoundError:
        return None


def check(service: str, name: str, request: Mapping[str, Any]) -> None:
    """Refuse, in AWS's words, a request that lacks a member or has a value outside of the model's bounds.

    Patterns are not checked: they are written for Java. Members that the model does not know do not count, as on AWS.
    """
    model = operation(service, name)
    if model is None or model.input_shape is None:
        return
    found = list(_faults(model.input_shape, request, ""))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise ApiError(_REFUSALS[service], f"{count}: {'; '.join(found)}")


def checked(service: str, actions: Mapping[str, Handler]) -> dict[str, Handler]:
    """The handlers, each of which gets only requests that the model allows."""

    def guarded(name: str, handler: Handler) -> Handler:
        def handle(request: dict[str, Any]) -> dict[str, Any]:
            check(service, name, request)
            return handler(request)

        return handle

    return {name: guarded(name, handler) for name, handler in actions.items()}


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _faults_of_structure(shape, value, path)
        return
    if shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value, 1):
            yield from _faults(shape.member, item, f"{path}.{index}.member")
    yield from _faults_of_value(shape, value, path)


def _faults_of_structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _fault(value, path, "Member must be a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield _fault(None, _joined(path, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _faults(member, value[name], _joined(path, name))


def _faults_of_value(shape: Any, value: Any, path: str) -> Iterator[str]:
    bounds = shape.metadata
    allowed = bounds.get("enum")
    if allowed and value not in allowed:
        yield _fault(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    if shape.type_name in _SIZES:
        if not hasattr(value, "__len__"):
            yield _fault(value, path, f"Member must be a {shape.type_name}")
            return
        size: float = len(value)
        what = "have length"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size, what = value, "have value"
    else:
        return
    if "min" in bounds and size < bounds["min"]:
        yield _fault(value, path, f"Member must {what} greater than or equal to {bounds['min']}")
    if "max" in bounds and size > bounds["max"]:
        yield _fault(value, path, f"Member must {what} less than or equal to {bounds['max']}")


def _fault(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value if isinstance(value, str) else str(value)[:_LONGEST_VALUE]}'"
    return f"Value {shown[:_LONGEST_VALUE]} at '{path}' failed to satisfy constraint: {rule}"


def _joined(path: str, name: str) -> str:
    own = name[0].lower() + name[1:]
    return f"{path}.{own}" if path else own
