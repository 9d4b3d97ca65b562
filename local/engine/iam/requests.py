"""What each call asks of IAM: actions, resources, and the condition keys that policies may look at.

After the service authorization reference: the action of an operation and its resource types stand in the service's
table there ("Actions, resources, and condition keys for …"). An operation that is not here is an error, not a pass.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.engine.iam.evaluator import Request

Parameters = Mapping[str, Any]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """Where the stack is, or would be, deployed."""

    id: str = "123456789012"
    region: str = "us-east-1"
    partition: str = "aws"


class UnknownOperationError(Exception):
    """Nobody has written down what this operation asks of IAM: add it here, with the reference open."""


@dataclass(frozen=True)
class Call:
    """One call; `facts` is what the engine knows of its resource: tags by crawler, workgroup by query, ARNs."""

    service: str
    operation: str
    parameters: Parameters
    facts: Facts

    def requests(self, account: Account) -> list[Request]:
        """What it asks of IAM; nothing where AWS asks for no right. UnknownOperationError where it is not known."""
        make = _OPERATIONS.get(f"{self.service}:{self.operation}")
        if make is None:
            raise UnknownOperationError(f"{self.service}:{self.operation} is not in local/engine/iam/requests.py")
        return list(make(self, account))


Maker = Callable[[Call, Account], Iterable[Request]]


def _arn(account: Account, service: str, rest: str) -> str:
    return f"arn:{account.partition}:{service}:{account.region}:{account.id}:{rest}"


def _named(name: str | None, account: Account, service: str, form: str) -> str:
    """An ARN, also where the parameter is one already."""
    return str(name) if str(name).startswith("arn:") else _arn(account, service, form.format(name))


def _table(action: str) -> Maker:
    """A table, or the index that is asked."""

    def make(call: Call, account: Account) -> Iterable[Request]:
        arn = _named(call.parameters["TableName"], account, "dynamodb", "table/{}")
        index = call.parameters.get("IndexName")
        yield Request(f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn)

    return make


def _tables(action: str) -> Maker:
    def make(call: Call, account: Account) -> Iterable[Request]:
        for name in call.parameters["RequestItems"]:
            yield Request(f"dynamodb:{action}", _named(name, account, "dynamodb", "table/{}"))

    return make


def _transaction(call: Call, account: Account) -> Iterable[Request]:
    """A transaction needs what its items would need alone; there is no action of its own."""
    actions = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
    actions["Get"] = "GetItem"
    for item in call.parameters["TransactItems"]:
        for kind, inner in item.items():
            arn = _named(inner["TableName"], account, "dynamodb", "table/{}")
            yield Request(f"dynamodb:{actions[kind]}", arn)


def _queue(action: str) -> Maker:
    def make(call: Call, account: Account) -> Iterable[Request]:
        yield Request(f"sqs:{action}", _arn(account, "sqs", call.parameters["QueueUrl"].rsplit("/", 1)[-1]))

    return make


def _events(call: Call, account: Account) -> Iterable[Request]:
    for entry in call.parameters["Entries"]:
        arn = _named(entry.get("EventBusName", "default"), account, "events", "event-bus/{}")
        yield Request("events:PutEvents", arn, {"events:source": entry.get("Source", "")})


def _of_glue(action: str, kind: str, *names: str) -> Maker:
    """Crawlers and jobs are allowed by their tags; one that is not there has none, and so is refused, not missed."""

    def make(call: Call, account: Account) -> Iterable[Request]:
        found = [call.parameters[name] for name in names if name in call.parameters]
        flat = [name for item in found for name in (item if isinstance(item, list) else [item])]
        for name in flat:
            tags = call.facts.get(f"{kind}/{name}") or {}
            context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
            yield Request(f"glue:{action}", _arn(account, "glue", f"{kind}/{name}"), context)

    return make


def _made_by_glue(action: str, kind: str) -> Maker:
    """Who makes or changes a crawler or job hands a role to Glue: iam:PassRole, as the API's pages say."""

    def make(call: Call, account: Account) -> Iterable[Request]:
        inner = call.parameters.get("JobUpdate") or call.parameters
        name = call.parameters.get("Name") or call.parameters.get("JobName")
        tags = call.facts.get(f"{kind}/{name}") or {}
        context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        asked = call.parameters.get("Tags") or {}
        context |= {f"aws:RequestTag/{key}": value for key, value in asked.items()}
        yield Request(f"glue:{action}", _arn(account, "glue", f"{kind}/{name}"), context)
        role = inner.get("Role")
        if role:
            arn = role if role.startswith("arn:") else call.facts.get("role") or _role(account, role)
            yield Request("iam:PassRole", arn, {"iam:PassedToService": "glue.amazonaws.com"})

    return make


def _role(account: Account, name: str) -> str:
    return f"arn:{account.partition}:iam::{account.id}:role/{name}"


def _workgroup(action: str) -> Maker:
    """A query belongs to the workgroup that it was started in; the engine knows it."""

    def make(call: Call, account: Account) -> Iterable[Request]:
        groups = {call.parameters["WorkGroup"]} if "WorkGroup" in call.parameters else set(call.facts.values())
        for group in sorted(group for group in groups if group):
            yield Request(f"athena:{action}", _arn(account, "athena", f"workgroup/{group}"))

    return make


def _parameters_by_path(call: Call, account: Account) -> Iterable[Request]:
    """The path itself, as it was given: so say the denials that people report (aws-ia, AFT's issue 174)."""
    yield Request("ssm:GetParametersByPath", _arn(account, "ssm", f"parameter{call.parameters['Path']}"))


def _parameter(action: str) -> Maker:
    def make(call: Call, account: Account) -> Iterable[Request]:
        for name in call.parameters.get("Names") or [call.parameters["Name"]]:
            yield Request(f"ssm:{action}", _arn(account, "ssm", f"parameter/{name.lstrip('/')}"))

    return make


def _assume_role(call: Call, _: Account) -> Iterable[Request]:
    context = {"sts:RoleSessionName": call.parameters.get("RoleSessionName", "")}
    yield Request("sts:AssumeRole", call.parameters["RoleArn"], context)


def _publish(call: Call, _: Account) -> Iterable[Request]:
    yield Request("sns:Publish", call.parameters["TopicArn"])


def _secret(call: Call, account: Account) -> Iterable[Request]:
    arn = call.facts.get("secret") or _named(call.parameters["SecretId"], account, "secretsmanager", "secret:{}-AbCdEf")
    yield Request("secretsmanager:GetSecretValue", arn)


def _catalog(action: str) -> Maker:
    """Glue's catalog asks for every level above, too."""

    def make(call: Call, account: Account) -> Iterable[Request]:
        parts = call.parameters
        levels = ["catalog"]
        database = parts.get("DatabaseName") or (parts.get("Name") if "Database" in action else None)
        levels += [f"database/{database}"] if database else []
        table = parts.get("TableName") or (parts.get("Name") if "DatabaseName" in parts else None)
        levels += [f"table/{database}/{table}"] if table else []
        yield from (Request(f"glue:{action}", _arn(account, "glue", level)) for level in levels)

    return make


def _stream(action: str) -> Maker:
    def make(call: Call, account: Account) -> Iterable[Request]:
        """A call with an iterator is about the stream that it was got for; the engine knows it."""
        arn = call.parameters.get("StreamARN") or call.facts.get("stream")
        name = call.parameters.get("StreamName")
        yield Request(f"kinesis:{action}", arn or _arn(account, "kinesis", f"stream/{name}"))

    return make


def _nothing(_: Call, __: Account) -> Iterable[Request]:
    """No permission is needed (the API's page)."""
    return ()


def _metrics(call: Call, _: Account) -> Iterable[Request]:
    yield Request("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": call.parameters.get("Namespace", "")})


_OPERATIONS: dict[str, Maker] = {
    "athena:BatchGetQueryExecution": _workgroup("BatchGetQueryExecution"),
    "athena:GetQueryExecution": _workgroup("GetQueryExecution"),
    "athena:GetQueryResults": _workgroup("GetQueryResults"),
    "athena:StartQueryExecution": _workgroup("StartQueryExecution"),
    "athena:StopQueryExecution": _workgroup("StopQueryExecution"),
    "dynamodb:BatchGetItem": _tables("BatchGetItem"),
    "dynamodb:BatchWriteItem": _tables("BatchWriteItem"),
    "dynamodb:DeleteItem": _table("DeleteItem"),
    "dynamodb:GetItem": _table("GetItem"),
    "dynamodb:PutItem": _table("PutItem"),
    "dynamodb:Query": _table("Query"),
    "dynamodb:TransactGetItems": _transaction,
    "dynamodb:TransactWriteItems": _transaction,
    "dynamodb:UpdateItem": _table("UpdateItem"),
    "events:PutEvents": _events,
    "glue:BatchGetCrawlers": _of_glue("BatchGetCrawlers", "crawler", "CrawlerNames"),
    "glue:BatchStopJobRun": _of_glue("BatchStopJobRun", "job", "JobName"),
    "glue:GetCrawler": _of_glue("GetCrawler", "crawler", "Name"),
    "glue:GetJobRun": _of_glue("GetJobRun", "job", "JobName"),
    "glue:GetJobRuns": _of_glue("GetJobRuns", "job", "JobName"),
    "glue:CreateCrawler": _made_by_glue("CreateCrawler", "crawler"),
    "glue:CreateJob": _made_by_glue("CreateJob", "job"),
    "glue:GetDatabase": _catalog("GetDatabase"),
    "glue:GetPartitions": _catalog("GetPartitions"),
    "glue:GetTable": _catalog("GetTable"),
    "glue:GetTableVersion": _catalog("GetTableVersion"),
    "glue:GetTableVersions": _catalog("GetTableVersions"),
    "glue:StartCrawler": _of_glue("StartCrawler", "crawler", "Name"),
    "glue:StartJobRun": _of_glue("StartJobRun", "job", "JobName"),
    "glue:UpdateCrawler": _made_by_glue("UpdateCrawler", "crawler"),
    "glue:UpdateJob": _made_by_glue("UpdateJob", "job"),
    "glue:StopCrawler": _of_glue("StopCrawler", "crawler", "Name"),
    "kinesis:DescribeStream": _stream("DescribeStream"),
    "kinesis:DescribeStreamSummary": _stream("DescribeStreamSummary"),
    "kinesis:GetRecords": _stream("GetRecords"),
    "kinesis:GetShardIterator": _stream("GetShardIterator"),
    "kinesis:ListShards": _stream("ListShards"),
    "kinesis:PutRecord": _stream("PutRecord"),
    "kinesis:PutRecords": _stream("PutRecords"),
    "monitoring:PutMetricData": _metrics,
    "secretsmanager:GetSecretValue": _secret,
    "sns:Publish": _publish,
    "sqs:SendMessage": _queue("SendMessage"),
    "sqs:SendMessageBatch": _queue("SendMessage"),
    "ssm:GetParameter": _parameter("GetParameter"),
    "ssm:GetParameters": _parameter("GetParameters"),
    "ssm:GetParametersByPath": _parameters_by_path,
    "sts:AssumeRole": _assume_role,
    "sts:GetCallerIdentity": _nothing,
}
