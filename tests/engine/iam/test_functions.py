"""Functions call with their roles; Lambda polls their queues, and keeps what they print, with these, too."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import REGION, Engine, until
from tests.engine.iam.roles import Role, allow, arn

TRUSTS_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_numbers = itertools.count(1)
ASKS = """
import boto3
def handler(event, context):
    print("printed")
    try:
        boto3.client("ssm").get_parameter(Name="/of-functions")
        return "allowed"
    except Exception as error:
        return str(error)
"""


def create(engine: Engine, statements: list[dict[str, Any]], code: str = ASKS) -> tuple[str, Role]:
    """A function with a role that may do this."""
    role, name, archive = Role(engine, statements, TRUSTS_LAMBDA), f"function_{next(_numbers)}", io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("code.py", code)
    engine.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role.arn, Handler="code.handler",
        Code={"ZipFile": archive.getvalue()}, Timeout=30,
    )  # fmt: skip
    return name, role


def invoke(engine: Engine, name: str) -> str:
    answer: str = json.loads(engine.client("lambda").invoke(FunctionName=name)["Payload"].read())
    return answer


@pytest.fixture(scope="module", autouse=True)
def parameter(engine: Engine) -> None:
    engine.client("ssm").put_parameter(Name="/of-functions", Value="1", Type="String")


def test_a_function_may_what_its_role_may_and_sees_a_change_at_once(engine: Engine) -> None:
    name, role = create(engine, [])
    refused = invoke(engine, name)
    role.may(allow("ssm:GetParameter", arn("ssm", "parameter/of-functions")))

    assert f"assumed-role/{role.name}/{name} is not authorized to perform: ssm:GetParameter" in refused
    assert "(AccessDeniedException)" in refused
    assert invoke(engine, name) == "allowed"


def test_a_queue_is_not_polled_for_a_function_that_may_not_read_it(engine: Engine) -> None:
    sqs = engine.client("sqs")
    queue = sqs.create_queue(QueueName="of-functions")["QueueUrl"]
    name, role = create(engine, [allow("sqs:ReceiveMessage")])
    engine.client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn("sqs", "of-functions"))
    sqs.send_message(QueueUrl=queue, MessageBody="x")

    def waiting() -> int:
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        return sum(int(count) for key, count in attributes.items() if key.startswith("ApproximateNumberOfMessages"))

    until(role.denials)
    assert [line["action"] for line in role.denials()] == ["sqs:DeleteMessage"]
    assert waiting() == 1
    role.may(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arn("sqs", "of-functions")))
    until(lambda: waiting() == 0)


def test_a_function_that_may_not_log_leaves_no_lines(engine: Engine) -> None:
    logs = engine.client("logs")
    silent, role = create(engine, [])
    loud, _ = create(engine, [allow(["logs:CreateLogStream", "logs:PutLogEvents"])])
    for name in (silent, loud):
        invoke(engine, name)

    def groups() -> list[str]:
        return [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]

    until(lambda: f"/aws/lambda/{loud}" in groups())
    until(lambda: [line for line in role.denials() if line["action"] == "logs:CreateLogStream"])
    assert f"/aws/lambda/{silent}" not in groups()


def test_a_function_in_a_container_is_known_by_its_endpoint(engine: Engine) -> None:
    name, role = create(engine, [])
    make: Any = boto3.client

    def ask(path: str) -> str:
        ssm = make(
            "ssm", endpoint_url=f"{engine.url}{path}", region_name=REGION, aws_access_key_id="test",
            aws_secret_access_key="test",
        )  # fmt: skip
        return str(ssm.get_parameter(Name="/of-functions")["Parameter"]["Value"])

    with pytest.raises(ClientError, match=f"assumed-role/{role.name}/{name} is not authorized"):
        ask(f"/_landfall/as/{name}")
    assert ask("") == "1"
    # a name that no function has is nobody's: the credentials count
    assert ask("/_landfall/as/nobody") == "1"
