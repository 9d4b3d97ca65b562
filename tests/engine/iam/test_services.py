"""Each service refuses a role that lacks one right, in its own words, and lets it pass once it has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import Engine
from tests.engine.iam.roles import TRUSTS_GLUE, Role, allow, arn, policy, report

Make = Callable[[Engine], Any]


@dataclass(frozen=True)
class Right:
    """A call, the right that it needs, and how it is refused without it."""

    service: str
    call: str
    parameters: dict[str, Any]
    action: str
    resource: str
    code: str = "AccessDeniedException"
    shown: str = ""
    condition: dict[str, Any] = field(default_factory=dict)


RIGHTS = [
    Right("glue", "start_crawler", {"Name": "judged"}, "glue:StartCrawler", arn("glue", "crawler/judged")),
    Right("glue", "get_crawler", {"Name": "judged"}, "glue:GetCrawler", arn("glue", "crawler/judged")),
    Right("glue", "batch_get_crawlers", {"CrawlerNames": ["judged"]}, "glue:BatchGetCrawlers",
          arn("glue", "crawler/judged"), condition={"StringEquals": {"aws:ResourceTag/stage": "dev"}}),
    Right("glue", "get_job_runs", {"JobName": "judged"}, "glue:GetJobRuns", arn("glue", "job/judged")),
    Right("s3", "get_object", {"Bucket": "judged", "Key": "a/b.csv"}, "s3:GetObject", "arn:aws:s3:::judged/a/*",
          "AccessDenied"),
    Right("s3", "put_object", {"Bucket": "judged", "Key": "a/new.csv", "Body": b"x"}, "s3:PutObject",
          "arn:aws:s3:::judged/a/new.csv", "AccessDenied"),
    Right("s3", "list_objects_v2", {"Bucket": "judged", "Prefix": "a/"}, "s3:ListBucket", "arn:aws:s3:::judged",
          "AccessDenied", condition={"StringLike": {"s3:prefix": "a/*"}}),
    Right("s3", "get_bucket_location", {"Bucket": "judged"}, "s3:GetBucketLocation", "arn:aws:s3:::judged",
          "AccessDenied"),
    Right("s3", "head_object", {"Bucket": "judged", "Key": "a/b.csv"}, "s3:GetObject", "arn:aws:s3:::judged/a/b.csv",
          "403"),
    Right("s3", "delete_object", {"Bucket": "judged", "Key": "a/gone.csv"}, "s3:DeleteObject",
          "arn:aws:s3:::judged/*", "AccessDenied"),
    Right("dynamodb", "get_item", {"TableName": "judged", "Key": {"pk": {"S": "a"}}}, "dynamodb:GetItem",
          arn("dynamodb", "table/judged")),
    Right("dynamodb", "put_item", {"TableName": "judged", "Item": {"pk": {"S": "a"}}}, "dynamodb:PutItem",
          arn("dynamodb", "table/judged")),
    Right("dynamodb", "transact_write_items",
          {"TransactItems": [{"Put": {"TableName": "judged", "Item": {"pk": {"S": "b"}}}}]}, "dynamodb:PutItem",
          arn("dynamodb", "table/judged")),
    Right("sqs", "send_message", {"QueueUrl": "{queue}", "MessageBody": "x"}, "sqs:SendMessage", arn("sqs", "judged"),
          "AccessDenied", "sqs:sendmessage"),
    Right("sns", "publish", {"TopicArn": arn("sns", "judged"), "Message": "x"}, "sns:Publish", arn("sns", "judged"),
          "AuthorizationError", "SNS:Publish"),
    Right("events", "put_events", {"Entries": [{"Source": "own", "DetailType": "d", "Detail": "{}"}]},
          "events:PutEvents", arn("events", "event-bus/default"),
          condition={"StringEquals": {"events:source": "own"}}),
    Right("ssm", "get_parameter", {"Name": "/judged/a"}, "ssm:GetParameter", arn("ssm", "parameter/judged/a")),
    Right("ssm", "get_parameters_by_path", {"Path": "/judged"}, "ssm:GetParametersByPath",
          arn("ssm", "parameter/judged")),
    Right("secretsmanager", "get_secret_value", {"SecretId": "judged"}, "secretsmanager:GetSecretValue",
          arn("secretsmanager", "secret:judged-??????")),
    Right("kinesis", "describe_stream_summary", {"StreamName": "judged"}, "kinesis:DescribeStreamSummary",
          arn("kinesis", "stream/judged")),
    Right("sts", "assume_role", {"RoleArn": "{role}", "RoleSessionName": "other"}, "sts:AssumeRole", "{role}",
          "AccessDenied"),
    Right("athena", "start_query_execution",
          {"QueryString": "SELECT 1", "WorkGroup": "primary",
           "ResultConfiguration": {"OutputLocation": "s3://judged/results/"}},
          "athena:StartQueryExecution", arn("athena", "workgroup/primary")),
]  # fmt: skip
BESIDES = {"start_query_execution": [allow("s3:GetBucketLocation", "arn:aws:s3:::judged")]}
"""What the call needs besides."""


@pytest.fixture(scope="module")
def things(engine: Engine) -> dict[str, str]:
    """What is called upon; by placeholder."""
    region = engine.client("s3").meta.region_name
    engine.client("s3").create_bucket(Bucket="judged", CreateBucketConfiguration={"LocationConstraint": region})
    engine.client("s3").put_object(Bucket="judged", Key="a/b.csv", Body=b"a,b\n")
    glue_role = Role(engine, [allow("*")], TRUSTS_GLUE)
    engine.client("glue").create_database(DatabaseInput={"Name": "judged"})
    engine.client("glue").create_crawler(
        Name="judged", Role=glue_role.arn, DatabaseName="judged", Tags={"stage": "dev"},
        Targets={"S3Targets": [{"Path": "s3://judged/a/"}]},
    )  # fmt: skip
    engine.client("glue").create_job(
        Name="judged", Role=glue_role.arn, Command={"Name": "pythonshell", "ScriptLocation": "s3://judged/job.py"}
    )
    engine.client("dynamodb").create_table(
        TableName="judged", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    queue = engine.client("sqs").create_queue(QueueName="judged")["QueueUrl"]
    engine.client("sns").create_topic(Name="judged")
    # a topic of SNS admits its whole account unless its policy says otherwise
    engine.client("sns").set_topic_attributes(
        TopicArn=arn("sns", "judged"), AttributeName="Policy",
        AttributeValue=policy({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*",
                               "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
    )  # fmt: skip
    engine.client("ssm").put_parameter(Name="/judged/a", Value="1", Type="String")
    engine.client("secretsmanager").create_secret(Name="judged", SecretString="{}")
    engine.client("kinesis").create_stream(StreamName="judged", ShardCount=1)
    other = Role(engine, [])
    return {"{queue}": queue, "{role}": other.arn}


def _filled(value: Any, things: dict[str, str]) -> Any:
    text = json.dumps(value, default=lambda data: data.decode())
    for name, real in things.items():
        text = text.replace(name, real)
    return json.loads(text)


def _call(role: Role, right: Right, things: dict[str, str]) -> Any:
    return getattr(role.client(right.service), right.call)(**_filled(right.parameters, things))


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: f"{right.service}-{right.call}")
def test_a_role_without_the_right_is_refused_and_one_with_it_passes(
    engine: Engine, things: dict[str, str], right: Right
) -> None:
    resource = _filled(right.resource, things)
    needed = [allow(right.action, resource, **right.condition), *BESIDES.get(right.call, [])]
    # all but this right on all but this resource
    other = {**allow("*", "*"), "NotAction": right.action}
    del other["Action"]
    without = Role(engine, [other])

    with pytest.raises(ClientError) as refused:
        _call(without, right, things)
    _call(Role(engine, needed), right, things)

    error = refused.value.response["Error"]
    assert error["Code"] == right.code
    if right.call != "head_object":  # HTTP gives a HEAD no body
        shown = right.shown or right.action
        assert f"User: {without.session} is not authorized to perform: {shown} on resource:" in error["Message"]
    (line,) = without.denials()
    assert line["action"] == right.action
    assert line["missing"] == {"Effect": "Allow", "Action": right.action, "Resource": line["resource"]}


def test_a_right_on_something_else_does_not_suffice(engine: Engine, things: dict[str, str]) -> None:
    role = Role(engine, [allow("dynamodb:GetItem", arn("dynamodb", "table/other"))])

    with pytest.raises(ClientError, match="AccessDeniedException"):
        role.client("dynamodb").get_item(TableName="judged", Key={"pk": {"S": "a"}})


def test_a_condition_that_does_not_hold_refuses(engine: Engine, things: dict[str, str]) -> None:
    role = Role(engine, [allow("glue:StartCrawler", StringEquals={"aws:ResourceTag/stage": "prod"})])

    with pytest.raises(ClientError, match="glue:StartCrawler"):
        role.client("glue").start_crawler(Name="judged")


def test_a_crawler_that_is_not_there_is_refused_where_a_tag_is_asked_for(
    engine: Engine, things: dict[str, str]
) -> None:
    tagged = Role(engine, [allow("glue:GetCrawler", StringEquals={"aws:ResourceTag/stage": "dev"})])
    anyone = Role(engine, [allow("glue:GetCrawler")])

    with pytest.raises(ClientError, match="AccessDeniedException"):
        tagged.client("glue").get_crawler(Name="gone")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        anyone.client("glue").get_crawler(Name="gone")


def test_an_object_that_is_not_there_is_403_for_who_may_not_list(engine: Engine, things: dict[str, str]) -> None:
    reads = Role(engine, [allow("s3:GetObject", "arn:aws:s3:::judged/*")])
    lists = Role(engine, [allow("s3:GetObject", "arn:aws:s3:::judged/*"), allow("s3:ListBucket")])

    with pytest.raises(ClientError, match="AccessDenied"):
        reads.client("s3").get_object(Bucket="judged", Key="a/nothing.csv")
    with pytest.raises(ClientError, match="NoSuchKey"):
        lists.client("s3").get_object(Bucket="judged", Key="a/nothing.csv")


def test_the_engine_s_own_credentials_may_all(engine: Engine, things: dict[str, str]) -> None:
    engine.client("glue").get_crawler(Name="judged")
    engine.client("s3").get_object(Bucket="judged", Key="a/b.csv")


def test_what_is_not_known_passes_and_is_noted(engine: Engine) -> None:
    role = Role(engine, [])

    role.client("sqs").list_queues()

    noted = [line for line in report(engine)["not_judged"] if line["role"] == role.name]
    assert [line["action"] for line in noted] == ["sqs:ListQueues"]


def test_who_asks_who_it_is_needs_no_right(engine: Engine) -> None:
    role = Role(engine, [])

    assert role.client("sts").get_caller_identity()["Arn"] == role.session
    assert not [line for line in report(engine)["not_judged"] if line["role"] == role.name]


def test_deletions_are_judged_key_by_key(engine: Engine, things: dict[str, str]) -> None:
    own = engine.client("s3")
    for key in ("keep/1", "go/1", "go/2"):
        own.put_object(Bucket="judged", Key=key, Body=b"x")
    s3 = Role(engine, [allow("s3:DeleteObject", "arn:aws:s3:::judged/go/*")]).client("s3")
    none = Role(engine, []).client("s3")

    some = s3.delete_objects(Bucket="judged", Delete={"Objects": [{"Key": "go/1"}, {"Key": "keep/1"}]})
    all_refused = none.delete_objects(Bucket="judged", Delete={"Objects": [{"Key": "keep/1"}]})
    all_gone = s3.delete_objects(Bucket="judged", Delete={"Objects": [{"Key": "go/2"}]})

    assert [item["Key"] for item in some["Deleted"]] == ["go/1"]
    assert [(item["Key"], item["Code"]) for item in some["Errors"]] == [("keep/1", "AccessDenied")]
    assert [item["Key"] for item in all_refused["Errors"]] == ["keep/1"]
    assert "Errors" not in all_gone
    left = [item["Key"] for item in own.list_objects_v2(Bucket="judged")["Contents"]]
    assert [key for key in left if key.startswith(("keep/", "go/"))] == ["keep/1"]


@pytest.mark.parametrize("key", ["a b+c.csv", "percent %41.csv", "客户/资料.csv", "q?&=#.csv"])
def test_keys_are_judged_as_they_are(engine: Engine, things: dict[str, str], key: str) -> None:
    role = Role(engine, [allow("s3:PutObject", f"arn:aws:s3:::judged/{key}".replace("?", "${?}"))])

    role.client("s3").put_object(Bucket="judged", Key=key, Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        role.client("s3").put_object(Bucket="judged", Key=f"{key}x", Body=b"x")
