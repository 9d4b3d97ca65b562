"""Plain values as DynamoDB's attribute values and back.

boto3 has a serializer for more types than JSON's, but importing any of it loads all of boto3: a tenth of a cold start.
"""

from collections.abc import Callable, Mapping
from typing import Any


def to_attribute(value: Any) -> dict[str, Any]:
    """A JSON-like value as an attribute. A float's text is the shortest one that reads back as itself.

    Raises TypeError for anything else, and ValueError for what is no number.
    """
    make = _MAKERS.get(type(value))
    if make is None:
        raise TypeError(f"{type(value).__name__} has no place in an item: {value!r}")
    return make(value)


def to_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """A map of values as an item, or as a part of one."""
    return {name: to_attribute(value) for name, value in values.items()}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The plain value; a number is an int or a float, as its text says."""
    ((kind, value),) = attribute.items()
    read = _READERS.get(kind)
    if read is None:
        raise TypeError(f"Landfall writes no attribute of the type {kind}")
    return read(value)


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An item, or a part of one, as a map of plain values."""
    return {name: from_attribute(attribute) for name, attribute in attributes.items()}


def _number(value: float) -> dict[str, Any]:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number that DynamoDB keeps")
    return {"N": repr(value)}


def _list(values: list[Any] | tuple[Any, ...]) -> dict[str, Any]:
    return {"L": [to_attribute(value) for value in values]}


def _as_it_is(value: Any) -> Any:
    return value


# By exact type: a state has hundreds of values, and each invocation reads and writes some states.
_MAKERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    type(None): lambda value: {"NULL": True},
    int: _number,
    float: _number,
    list: _list,
    tuple: _list,
    dict: lambda value: {"M": to_attributes(value)},
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "S": _as_it_is,
    "BOOL": _as_it_is,
    "NULL": lambda value: None,
    "N": lambda value: int(value) if value.lstrip("-").isdigit() else float(value),
    "L": lambda value: [from_attribute(item) for item in value],
    "M": from_attributes,
}
