"""The account is created once for all tests here; none sees what another has left."""

from typing import Any

import boto3
import pytest
from moto.core.base_backend import BackendDict

from tests.functional.account import CRAWLER, JOB, STREAM_JOB, Account, Handler
from verification.examples.payloads import payload


def contents(account: Account) -> dict[str, Any]:
    """What a function could find, by service."""
    glue, events = boto3.client("glue"), boto3.client("events")
    return {
        "items": boto3.client("dynamodb").scan(TableName="state")["Items"],
        "tables": boto3.client("dynamodb").list_tables()["TableNames"],
        "parameters": [
            (parameter["Name"], parameter["Version"])
            for parameter in boto3.client("ssm").get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
        ],
        "crawler": glue.get_crawler(Name=CRAWLER)["Crawler"]["State"],
        "runs": [run["Id"] for job in (JOB, STREAM_JOB) for run in glue.get_job_runs(JobName=job)["JobRuns"]],
        "columns": [
            (table["Name"], column["Name"])
            for table in glue.get_tables(DatabaseName="person-db")["TableList"]
            for column in table["StorageDescriptor"]["Columns"]
        ],
        "messages": account.recheck_queue() + account.announced(),
        "queues": len(boto3.client("sqs").list_queues()["QueueUrls"]),
        "rules": [rule["Name"] for rule in events.list_rules(EventBusName="landfall-dev")["Rules"]],
        "queries": boto3.client("athena").list_query_executions(WorkGroup="landfall-dev")["QueryExecutionIds"],
        "secrets": boto3.client("secretsmanager").list_secrets()["SecretList"],
        "topics": boto3.client("sns").list_topics()["Topics"],
        "buckets": boto3.client("s3").list_buckets()["Buckets"],
    }


CREATED = {
    "items": [], "tables": ["state"], "parameters": [("/landfall/dev/pipelines/person", 1)], "crawler": "READY",
    "runs": [], "columns": [("_dataprofile", "name"), ("_dataprofile", "age")], "messages": [], "queues": 2,
    "rules": ["all"], "queries": [], "secrets": [], "topics": [], "buckets": [],
}  # fmt: skip


def leave_traces(account: Account, on_upload: Handler) -> None:
    """Change what a test can change, by a function and by hand."""
    account.define("orders")
    account.define()
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("STOPPING")
    account.table(("other", "string"))
    glue = boto3.client("glue")
    for job in (JOB, STREAM_JOB):
        glue.start_job_run(JobName=job)
    boto3.client("dynamodb").create_table(
        TableName="another",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    boto3.client("sqs").send_message(QueueUrl=account.queue_url, MessageBody="{}")
    boto3.client("sqs").create_queue(QueueName="another")
    boto3.client("events").put_rule(Name="another", EventBusName="landfall-dev", EventPattern='{"source": ["x"]}')
    boto3.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="landfall-dev")
    boto3.client("secretsmanager").create_secret(Name="another", SecretString="x")
    boto3.client("sns").create_topic(Name="another")
    boto3.client("s3").create_bucket(Bucket="another")
    boto3.client("glue", region_name="eu-west-1").create_database(DatabaseInput={"Name": "elsewhere"})


# whichever comes first, the other one finds nothing of it
@pytest.mark.parametrize("_turn", ["one", "another"])
def test_an_account_is_as_it_was_created(_turn: str, account: Account, on_upload: Handler) -> None:
    assert contents(account) == CREATED

    leave_traces(account, on_upload)

    left = contents(account)
    assert [name for name in CREATED if left[name] == CREATED[name]] == []
    account.queue_url = account.heard_url = "another's"


@pytest.mark.parametrize("_turn", ["one", "another"])
def test_nothing_is_in_another_region_or_account(_turn: str, account: Account) -> None:
    regions = {
        (number, region)
        for services in BackendDict._instances  # type: ignore[misc]
        for number, region, _ in services.iter_backends()
        if not region.startswith("aws")  # a service without regions has one backend for each partition
    }
    assert regions == {("123456789012", "us-east-1")}

    boto3.client("glue", region_name="eu-west-1").create_database(DatabaseInput={"Name": "elsewhere"})
    role = boto3.client("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/other", RoleSessionName="other")
    keys = role["Credentials"]
    boto3.client(
        "sqs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).create_queue(QueueName="other")
