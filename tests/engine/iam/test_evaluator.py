"""The evaluator against cases that were worked out by hand from IAM's documented rules."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.engine.iam.evaluator import Request, evaluate

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_iam(case: dict[str, Any]) -> None:
    policy = {"Version": case.get("version", "2012-10-17"), "Statement": case["statements"]}
    request = Request(
        case.get("action", "sqs:SendMessage"),
        case.get("resource", QUEUE),
        case.get("context", {}),
        case.get("principal", ""),
    )

    assert evaluate([policy], request).verdict == case["expect"]


def test_every_case_names_its_source() -> None:
    assert len(CASES) >= 30
    assert all(case["source"] for case in CASES)
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_an_operator_that_is_not_known_is_an_error_and_not_a_verdict() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringAlike": {"a": "b"}}}

    with pytest.raises(ValueError, match="StringAlike"):
        evaluate([{"Version": "2012-10-17", "Statement": statement}], Request("sqs:SendMessage", QUEUE, {"a": "b"}))


def test_a_key_with_several_values_needs_a_set_operator() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"a": "b"}}}
    request = Request("sqs:SendMessage", QUEUE, {"a": ["b", "c"]})

    with pytest.raises(ValueError, match="ForAnyValue"):
        evaluate([{"Version": "2012-10-17", "Statement": statement}], request)
