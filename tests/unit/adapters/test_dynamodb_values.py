"""Items in DynamoDB's attribute values: what boto3's own serializer makes of them, and back to the last digit."""

import json
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from landfall.adapters import dynamodb_values

VALUES: list[Any] = [
    "", "a", "ключ 💾", True, False, None, 0, -7, 1_800_000_000, 1_800_000_000.123, 0.1, 1e-07, 1.5e300, [], {},
    [1, "a", [None, {"b": 2.5}]], {"pk": "x", "run": {"id": "r", "queries": {"0": "q"}, "verdicts": []}},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_what_boto3_makes_of_it_and_reads_back_as_itself(value: Any) -> None:
    exact = json.loads(json.dumps(value), parse_float=Decimal)
    if not isinstance(value, float) or abs(value) < 1e38:  # beyond it DynamoDB refuses, and boto3 says so first
        assert _normal(dynamodb_values.to_attribute(value)) == _normal(TypeSerializer().serialize(exact))
    found = dynamodb_values.from_attribute(dynamodb_values.to_attribute(value))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("number", ["12", "-3", "1800000000.123", "1E+2", "-1.5E-7"])
def test_a_number_in_any_spelling_of_dynamodb_is_read(number: str) -> None:
    assert dynamodb_values.from_attribute({"N": number}) == TypeDeserializer().deserialize({"N": number}).__float__()


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_what_json_does_not_know_has_no_place_in_an_item(value: object) -> None:
    with pytest.raises(TypeError, match="has no place in an item"):
        dynamodb_values.to_attribute(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is no number"):
        dynamodb_values.to_attribute(value)


def test_a_type_that_landfall_never_writes_is_an_error() -> None:
    with pytest.raises(TypeError, match="SS"):
        dynamodb_values.from_attribute({"SS": ["a"]})


def _normal(attribute: Any) -> Any:
    """The same with every number as its value: 1E-7 and 1e-07 are one number."""
    match attribute:
        case {"N": number}:
            return {"N": Decimal(number)}
        case dict():
            return {key: _normal(value) for key, value in attribute.items()}
        case list():
            return [_normal(value) for value in attribute]
    return attribute
