"""AWS for benchmarks: answers at once and counts calls, so that what is measured is ours."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError

from landfall.adapters.clients import Clients
from landfall.adapters.metrics import Metrics
from landfall.service.application import Application, assemble
from landfall.service.settings import Settings

_NEVER = datetime.fromtimestamp(0, timezone.utc)


@dataclass
class Account:
    """Items, crawlers and definitions of an account in memory; `calls` counts each operation."""

    definitions: list[dict[str, Any]]
    crawler_state: str = "READY"
    crawled_at: datetime = _NEVER
    calls: Counter[str] = field(default_factory=Counter)
    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def __getattr__(self, operation: str) -> Any:
        """Any operation that answers with nothing."""
        if operation.startswith("_"):
            raise AttributeError(operation)

        def call(**_: Any) -> dict[str, Any]:
            self.calls[operation] += 1
            return {}

        return call

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803  # boto3's names
        """DynamoDB's GetItem."""
        self.calls["get_item"] += 1
        item = self.items.get((Key["pk"]["S"], Key["sk"]["S"]))
        return {"Item": item} if item else {}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """DynamoDB's BatchGetItem."""
        self.calls["batch_get_item"] += 1
        ((table, request),) = RequestItems.items()
        keys = [(key["pk"]["S"], key["sk"]["S"]) for key in request["Keys"]]
        return {"Responses": {table: [self.items[key] for key in keys if key in self.items]}}

    def put_item(self, Item: dict[str, Any], **condition: Any) -> dict[str, Any]:  # noqa: N803
        """DynamoDB's PutItem, with the condition on the version."""
        self.calls["put_item"] += 1
        self._put(Item, condition)
        return {}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """DynamoDB's TransactWriteItems."""
        self.calls["transact_write_items"] += 1
        for write in TransactItems:
            self._put(write["Put"]["Item"], write["Put"])
        return {}

    def _put(self, item: dict[str, Any], condition: dict[str, Any]) -> None:
        key = item["pk"]["S"], item["sk"]["S"]
        expected = condition.get("ExpressionAttributeValues", {}).get(":read")
        if expected and self.items[key]["version"] != expected:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.items[key] = item

    def batch_get_crawlers(self, CrawlerNames: list[str]) -> dict[str, Any]:  # noqa: N803
        """Glue's BatchGetCrawlers."""
        self.calls["batch_get_crawlers"] += 1
        ended = {"Status": "SUCCEEDED", "StartTime": self.crawled_at}
        return {"Crawlers": [{"Name": n, "State": self.crawler_state, "LastCrawl": ended} for n in CrawlerNames]}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """EventBridge's PutEvents."""
        self.calls["put_events"] += 1
        return {"Entries": [{"EventId": "id"} for _ in Entries]}

    def get_paginator(self, operation: str) -> "Account":
        """DynamoDB's Query by the index of states, and SSM's parameters, ten at a time."""
        self.paginated = operation
        return self

    def paginate(self, **_: Any) -> Any:
        """Pages of what get_paginator was asked for."""
        if self.paginated == "query":
            self.calls["query"] += 1
            yield {"Items": [item for (_, sort), item in self.items.items() if sort == "state"]}
            return
        changed = datetime.now(timezone.utc)
        found = [
            {"Name": f"/landfall/dev/pipelines/{d['name']}", "Value": json.dumps(d), "LastModifiedDate": changed}
            for d in self.definitions
        ]
        for start in range(0, len(found), 10):
            self.calls["get_parameters_by_path"] += 1
            yield {"Parameters": found[start : start + 10]}


class _Silent:
    """A logger that says nothing: writing lines is CloudWatch's cost, not the rules'."""

    def __getattr__(self, _: str) -> Any:
        return lambda *args, **fields: None


def application_on(account: Account) -> Application:
    """The functions' application on this account."""
    clients: Any = Clients()
    for service in ("glue", "glue_once", "athena", "dynamodb", "events", "sqs", "ssm", "sts"):
        setattr(clients, service, account)
    settings = Settings(
        stage="dev", state_table="state", bus="landfall-dev", workgroup="landfall-dev", crawler_state_queue_url="queue",
        lease_seconds=70, clock_skew_seconds=3, recheck_delay_seconds=15, recheck_limit=12, run_history_days=90,
        reminder_seconds=0,
    )  # fmt: skip
    return assemble(settings, clients, _Silent(), Metrics("dev", time.time, lambda _: None), time.time)


def definition(name: str) -> dict[str, Any]:
    """A pipeline of one crawl under its own prefix."""
    return {
        "name": name, "bucket": "landfall-lake", "prefix": f"data/{name}/", "min_minutes_between_runs": 0,
        "steps": [{"crawl": f"{name}-crawler", "database": "db", "table": name}],
    }  # fmt: skip
