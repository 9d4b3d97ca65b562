"""Convert plain values to DynamoDB attribute values and back.

boto3's serializer supports more types than JSON, but importing it loads all of boto3: a tenth of a cold start.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any


def to_attribute(value: Any) -> dict[str, Any]:
    """A JSON-like value as an attribute; a float as the shortest text that reads back as the same number.

    Raises TypeError for any other type, and ValueError for infinity and NaN.
    """
    return _MAKERS[type(value)](value)


def to_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """A map of values as an item, or as part of one."""
    return {name: _MAKERS[type(value)](value) for name, value in values.items()}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The plain value; a number is an int or a float, depending on its text."""
    ((kind, value),) = attribute.items()
    return _READERS[kind](value)


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An item, or part of one, as a map of plain values."""
    return {name: _READERS[kind](value) for name, item in attributes.items() for kind, value in item.items()}


def _number(value: float) -> dict[str, Any]:
    if not isfinite(value):
        raise ValueError(f"{value} is no number that DynamoDB keeps")
    return {"N": repr(value)}


def _list(values: list[Any] | tuple[Any, ...]) -> dict[str, Any]:
    return {"L": [to_attribute(value) for value in values]}


def _as_it_is(value: Any) -> Any:
    return value


class _Makers(dict[type, Callable[[Any], dict[str, Any]]]):
    """By exact type: a state has many values, and each invocation reads and writes some states."""

    def __missing__(self, kind: type) -> Callable[[Any], dict[str, Any]]:
        raise TypeError(f"a value of the type {kind.__name__} has no place in an item")


class _Readers(dict[str, Callable[[Any], Any]]):
    """By DynamoDB's name of the type."""

    def __missing__(self, kind: str) -> Callable[[Any], Any]:
        raise TypeError(f"Landfall writes no attribute of the type {kind}")


_MAKERS = _Makers(
    {
        str: lambda value: {"S": value},
        bool: lambda value: {"BOOL": value},
        type(None): lambda value: {"NULL": True},
        int: _number,
        float: _number,
        list: _list,
        tuple: _list,
        dict: lambda value: {"M": to_attributes(value)},
    }
)
_READERS = _Readers(
    {
        "S": _as_it_is,
        "BOOL": _as_it_is,
        "NULL": lambda value: None,
        "N": lambda value: int(value) if value.lstrip("-").isdigit() else float(value),
        "L": lambda value: [from_attribute(item) for item in value],
        "M": from_attributes,
    }
)
