"""A statement that something needs is noticed when it is gone; one that nothing needs is found."""

from typing import Any

from local.engine.iam.evaluator import Request
from verification.iam.narrowed import narrow, results

ARN = "arn:aws:iam::000000000000:role/r"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
SEND: dict[str, Any] = {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}
READ: dict[str, Any] = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": "000000000000"}}}  # fmt: skip
SEEN = [
    {"action": "sqs:SendMessage", "resource": QUEUE, "context": {}},
    {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {}},
    {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/l", "context": {}},
]


def refused(*statements: Any) -> list[int]:
    """How many requests each statement's loss refuses."""
    policies = [{"Version": "2012-10-17", "Statement": list(statements)}]
    return [result.refused for result in results("r", ARN, policies, SEEN)]


def test_each_statement_is_taken_away_alone() -> None:
    policies: list[dict[str, Any]] = [{"Statement": [SEND, READ]}, {"Statement": SEND}]

    assert [len(rest[-1]["Statement"]) for _, rest in narrow(policies)] == [1, 1, 0]


def test_what_is_needed_is_noticed() -> None:
    assert refused(SEND, READ) == [1, 2]


def test_what_nothing_asks_for_is_found() -> None:
    unused = {"Effect": "Allow", "Action": "sqs:DeleteMessage", "Resource": QUEUE}

    assert refused(SEND, unused) == [1, 0]


def test_of_two_that_allow_the_same_neither_would_be_missed() -> None:
    assert refused(SEND, {**SEND, "Sid": "Again"}) == [0, 0]


def test_a_deny_is_no_right() -> None:
    assert refused(SEND, {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}) == [0]


def test_what_is_needed_otherwise_is_said_with_its_reason() -> None:
    policies: list[dict[str, Any]] = [{"Version": "2012-10-17", "Statement": [SEND, READ]}]
    others = [("a service reads it", Request("s3:GetObject", "arn:aws:s3:::b/k")), ("no", Request("s3:PutObject", "x"))]

    found = [(result.refused, result.why) for result in results("r", ARN, policies, SEEN[:1], others)]

    assert found == [(1, ""), (0, "a service reads it")]
