"""An account on moto's AWS with what Landfall's functions need: state, bus, queues, one pipeline's crawler and jobs."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.models import glue_backends

from landfall.adapters.clients import Clients
from landfall.adapters.state_table import StateTable
from landfall.model.state import State
from verification.examples.builders import document
from verification.examples.payloads import as_queue_record

CRAWLER, JOB, STREAM_JOB = "person-crawler", "person-curate", "stream-job"

Handler = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Account:
    """What tests look at and set up."""

    queue_url: str
    heard_url: str

    def define(self, name: str = "person", **changes: Any) -> None:
        text = json.dumps(document(name=name, **changes))
        path = f"/landfall/dev/pipelines/{name}"
        boto3.client("ssm").put_parameter(Name=path, Value=text, Type="String", Overwrite=True)

    def state(self, name: str = "person") -> State:
        return _state_table().load(name)

    def history(self, name: str = "person", of: str = "run#") -> list[dict[str, Any]]:
        answer = boto3.client("dynamodb").query(
            TableName="state",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :run)",
            ExpressionAttributeValues={":pk": {"S": f"pipeline#{name}"}, ":run": {"S": of}},
        )
        return answer["Items"]

    def crawler(self, state: str, status: str = "", error: str = "") -> None:
        """Put the crawler into this state; moto's own never ends."""
        crawler = glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].crawlers[CRAWLER]
        last = {"Status": status, "ErrorMessage": error, "StartTime": time.time()}
        shown = {"Name": CRAWLER, "State": state} | ({"LastCrawl": last} if status else {})
        if state == "READY":
            crawler.crawls.clear()  # moto refuses a start while the newest one runs
        setattr(crawler, "as_dict", lambda: shown)  # noqa: B010  # a method, to mypy

    def job_runs(self, job: str = JOB) -> list[dict[str, Any]]:
        """The runs of the job, oldest first."""
        runs = boto3.client("glue").get_job_runs(JobName=job)["JobRuns"]
        return [dict(run) for run in sorted(runs, key=lambda run: run["StartedOn"])]

    def job_run(self, state: str, error: str = "", job: str = JOB) -> str:
        """Put the newest run of the job into this state, and return its id."""
        run = glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].jobs[job].job_runs[-1]
        shown = run.as_dict() | {"JobRunState": state} | ({"ErrorMessage": error} if error else {})
        run.status = state
        setattr(run, "as_dict", lambda: shown)  # noqa: B010  # a method, to mypy
        return str(run.job_run_id)

    def table(self, *columns: tuple[str, str]) -> None:
        """The table that the crawl leaves, anew with these columns."""
        storage: Any = {"Columns": [{"Name": name, "Type": kind} for name, kind in columns]}
        table: Any = {"Name": "_dataprofile", "StorageDescriptor": storage}
        glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].databases["person-db"].tables.pop("_dataprofile", None)
        boto3.client("glue").create_table(DatabaseName="person-db", TableInput=table)

    def no_table(self) -> None:
        """As if the crawl had left none."""
        boto3.client("glue").delete_table(DatabaseName="person-db", Name="_dataprofile")

    def age(self, seconds: float, *fields: str, name: str = "person") -> None:
        """As if these times of the state had been so much earlier."""
        state_table = _state_table()
        known = state_table.load(name)
        state_table.write(replace(known, **{field: getattr(known, field) - seconds for field in fields}))

    def age_attempt(self, seconds: float) -> None:
        """As if the attempt in flight had begun so much earlier; its try has not."""
        state_table = _state_table()
        known = state_table.load("person")
        assert known.run is not None
        run = replace(known.run, attempt_started_at=known.run.attempt_started_at - seconds)
        state_table.write(replace(known, run=run))

    def recheck_queue(self) -> list[dict[str, Any]]:
        answer = boto3.client("sqs").receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def announced(self) -> list[dict[str, Any]]:
        """Events that Landfall's bus has delivered since last asked."""
        answer = boto3.client("sqs").receive_message(QueueUrl=self.heard_url, MaxNumberOfMessages=10)
        found = []
        for message in answer.get("Messages", []):
            boto3.client("sqs").delete_message(QueueUrl=self.heard_url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
        return found


@cache
def _state_table() -> StateTable:
    """The tests' own view of the state, on clients of their own."""
    return StateTable(Clients(), "state", 90)


def create_account() -> Account:
    """Create all but the pipeline's definition, through AWS's own operations."""
    boto3.client("dynamodb").create_table(
        TableName="state",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-sort-key",
                "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue_url = sqs.create_queue(QueueName="crawler-state")["QueueUrl"]
    heard_url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    heard = sqs.get_queue_attributes(QueueUrl=heard_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="landfall-dev")
    events.put_rule(Name="all", EventBusName="landfall-dev", EventPattern='{"source": ["landfall"]}')
    events.put_targets(Rule="all", EventBusName="landfall-dev", Targets=[{"Id": "heard", "Arn": heard}])
    boto3.client("glue").create_crawler(Name=CRAWLER, Role="r", DatabaseName="person-db", Targets={"S3Targets": []})
    for job, kind in ((JOB, "glueetl"), (STREAM_JOB, "gluestreaming")):
        boto3.client("glue").create_job(Name=job, Role="r", Command={"Name": kind, "ScriptLocation": "s3://s/j.py"})
    boto3.client("glue").create_database(DatabaseInput={"Name": "person-db"})
    boto3.client("athena").create_work_group(
        Name="landfall-dev", Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    )
    made = Account(queue_url, heard_url)
    made.table(("name", "string"), ("age", "bigint"))
    return made


def batch(*bodies: dict[str, Any] | str) -> dict[str, Any]:
    """Messages 1, 2, … as the queue delivers them."""
    return {"Records": [as_queue_record(body, str(number)) for number, body in enumerate(bodies, 1)]}


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]
