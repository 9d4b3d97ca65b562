"""The command line on moto's AWS: one stack, its table, bus, queues and lake; only CloudFormation is a fake of ours."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from moto import mock_aws

from landfall.adapters.clients import Clients
from landfall.adapters.state_table import StateTable
from landfall.model.state import Incident, Record, RunRecord, State, StepAttempt, Uploads
from landfall_cli.clients import OperatorClients
from landfall_cli.main import cli
from verification.examples.builders import document

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
BUCKET, PREFIX = "landfall-lake", "data/dataprofile/"


class FakeCloudFormation:
    """Stacks by name; moto's CloudFormation would bring every service that it has."""

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.resources: list[dict[str, str]] = []
        self.meta = type("Meta", (), {"region_name": "us-east-1"})()

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803  # boto3's
        if StackName not in self.stacks:
            error: Any = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(error, "DescribeStacks")
        return {"Stacks": [self.stacks[StackName]]}

    def get_paginator(self, operation: str) -> "FakeCloudFormation":
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803  # boto3's
        assert StackName in self.stacks
        return [{"StackResourceSummaries": self.resources[:2]}, {"StackResourceSummaries": self.resources[2:]}]


@dataclass
class World:
    """What tests set up and look at; `landfall` runs a command line."""

    cloudformation: FakeCloudFormation
    heard_url: str
    queues: dict[str, str] = field(default_factory=dict)

    def landfall(self, *arguments: str) -> Result:
        return CliRunner(mix_stderr=False).invoke(cli, list(arguments), prog_name="landfall")

    def json(self, *arguments: str) -> Any:
        result = self.landfall(*arguments, "--json")
        assert result.exit_code in (0, 3), result.stderr
        return json.loads(result.stdout)

    def define(self, name: str = "person", **changes: Any) -> None:
        text = json.dumps(document(name=name, **changes))
        self.define_as(name, text)

    def define_as(self, name: str, text: str) -> None:
        path = f"/landfall/dev/pipelines/{name}"
        boto3.client("ssm").put_parameter(Name=path, Value=text, Type="String", Overwrite=True)

    def write(self, state: State, *records: Record) -> None:
        """Write the state, whatever version is there, with history items."""
        state_table = StateTable(Clients(), "state", 90)
        state_table.write(replace(state, version=state_table.load(state.pipeline).version), records)

    def change(self, name: str = "person", **fields: Any) -> None:
        state_table = StateTable(Clients(), "state", 90)
        state_table.write(replace(state_table.load(name), **fields))

    def land(self, key: str, body: bytes = b"name\nAmara\n") -> float:
        """Put an object; returns its time."""
        s3 = boto3.client("s3")
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return float(s3.head_object(Bucket=BUCKET, Key=key)["LastModified"].timestamp())

    def heard(self) -> list[dict[str, Any]]:
        """Events that were put on Landfall's bus."""
        answer = boto3.client("sqs").receive_message(QueueUrl=self.heard_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def messages(self, queue: str) -> list[str]:
        """The bodies that lie in a queue of the stack, by its name in the template."""
        bodies: list[str] = []
        sqs = boto3.client("sqs")
        while found := sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in found]
        return bodies

    def send(self, queue: str, *bodies: str, **attributes: str) -> None:
        told: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        for body in bodies:
            boto3.client("sqs").send_message(QueueUrl=self.queues[queue], MessageBody=body, MessageAttributes=told)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in os.environ:
        if name.startswith(("AWS_", "LANDFALL_")):
            monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws():
        made = _made()
        monkeypatch.setattr(OperatorClients, "cloudformation", made.cloudformation)
        made.define()
        yield made


def _made() -> World:
    _state_table()
    sqs, events = boto3.client("sqs"), boto3.client("events")
    world = World(FakeCloudFormation(), sqs.create_queue(QueueName="heard")["QueueUrl"])
    for name in ("WatchdogDeadLetterQueue", "UploadDeadLetterQueue", "UploadQueue"):
        attributes = {}
        if name == "UploadQueue":
            arn = _arn(world.queues["UploadDeadLetterQueue"])
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        world.queues[name] = sqs.create_queue(QueueName=f"landfall-{name}", Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
        _resource(world, name, "AWS::SQS::Queue", world.queues[name])
    _resource(world, "OnUploadLogs", "AWS::Logs::LogGroup", "on-upload-logs")
    events.create_event_bus(Name="landfall-dev")
    events.put_rule(Name="all", EventBusName="landfall-dev", EventPattern='{"source": ["landfall.cli"]}')
    heard = {"Id": "heard", "Arn": _arn(world.heard_url)}
    events.put_targets(Rule="all", EventBusName="landfall-dev", Targets=[heard])  # type: ignore[list-item]
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    outputs = {"StateTableName": "state", "BusName": "landfall-dev", "UploadQueueUrl": world.queues["UploadQueue"]}
    world.cloudformation.stacks["landfall"] = {
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
        "Parameters": [{"ParameterKey": "Stage", "ParameterValue": "dev"}],
    }
    return world


def _resource(world: World, logical_id: str, kind: str, physical_id: str) -> None:
    world.cloudformation.resources.append(
        {"LogicalResourceId": logical_id, "ResourceType": kind, "PhysicalResourceId": physical_id}
    )


def _arn(url: str) -> str:
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]


def _state_table() -> None:
    keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    boto3.client("dynamodb").create_table(
        TableName="state",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=keys,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-sort-key",
                "KeySchema": keys[::-1] and [keys[1] | {"KeyType": "HASH"}, keys[0] | {"KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


@pytest.fixture
def new_session() -> Iterator[None]:
    """boto3 finds its credentials and its region anew, during this test and after it."""
    boto3.DEFAULT_SESSION = None
    yield
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """While the command waits, these things happen, one each time; then nothing more, or Ctrl-C."""

    def script(*steps: Callable[[], None]) -> None:
        left = list(steps)
        monkeypatch.setattr("time.sleep", lambda _: left.pop(0)() if left else interrupt())

    return script


def interrupt() -> None:
    raise KeyboardInterrupt


def record(number: int = 1, started_at: float = NOW, **fields: Any) -> RunRecord:
    """A run that took 4 s and succeeded; its id is of its start, as the functions make it."""
    from landfall.service.transitions import new_run_id

    base: dict[str, Any] = {
        "pipeline": "person",
        "id": f"{new_run_id(started_at)[:-8]}{number:08}",
        "started_at": started_at,
        "uploads": Uploads(1, started_at - 10, started_at - 10, (f"{PREFIX}a.csv",)),
        "ended_at": started_at + 4,
        "outcome": "succeeded",
        "log": (StepAttempt("crawl person-crawler", 1, started_at, started_at + 3, "succeeded"),),
    }
    return RunRecord(**(base | fields))


def incident(kind: str = "crawl failed", opened_at: float = NOW, **fields: Any) -> Incident:
    base: dict[str, Any] = {
        "id": f"person/{kind.replace(' ', '-')}/20261118T110640.000Z",
        "kind": kind,
        "opened_at": opened_at,
        "last_at": opened_at,
        "announced_at": opened_at,
        "cause": "Database person-db not found",
        "step": "crawl person-crawler",
    }
    return Incident(**(base | fields))
