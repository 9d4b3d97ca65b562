"""Plain values as DynamoDB's attribute values and back.

boto3 has a serializer for more types than JSON's, but importing any of it loads all of boto3: a tenth of a cold start.
"""

from collections.abc import Mapping
from typing import Any


def to_attribute(value: Any) -> dict[str, Any]:
    """A JSON-like value as an attribute. A float's text is the shortest one that reads back as itself.

    Raises TypeError for anything else, and ValueError for what is no number.
    """
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case int() | float():
            return {"N": _number(value)}
        case list() | tuple():
            return {"L": [to_attribute(item) for item in value]}
        case dict():
            return {"M": to_attributes(value)}
    raise TypeError(f"{type(value).__name__} has no place in an item: {value!r}")


def to_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """A map of values as an item, or as a part of one."""
    return {name: to_attribute(value) for name, value in values.items()}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The plain value; a number is an int or a float, as its text says."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case "M":
            return from_attributes(value)
        case "L":
            return [from_attribute(item) for item in value]
        case "NULL":
            return None
    raise TypeError(f"Landfall writes no attribute of the type {kind}")


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An item, or a part of one, as a map of plain values."""
    return {name: from_attribute(attribute) for name, attribute in attributes.items()}


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number that DynamoDB keeps")
    return repr(value)
