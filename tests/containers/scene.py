"""The application on the local engine, held still, so that what one invocation changes is all that changes.

Its own functions are fed nothing and its events are lost; only the function in the container acts.
"""

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from local.wait import until
from tests.containers.runtimes import Answer, Functions
from tests.e2e.conftest import Landfall

CRAWLER = "person-crawler"
RECORDED_QUERY = "01234567-0123-0123-0123-012345678901"
_FILE = b"name,age,city\nAmara,31,Lagos\nHugo,47,Lyon\n"
_SECONDS = 30


@dataclass(frozen=True)
class Ears:
    """The addresses of queues with all that is told."""

    of_bus: str
    of_topic: str


@dataclass
class Scene:
    """One case: what was there before, what a function did, what is there now."""

    landfall: Landfall
    functions: Functions
    ears: Ears
    query: str = RECORDED_QUERY
    _before: dict[str, Any] = field(default_factory=dict)

    def reset(self) -> None:
        """As after `make up` and one look at the pipeline: known, nothing in flight, one file in the lake."""
        landfall, clients = self.landfall, self.landfall.clients
        landfall.settings(crawl_seconds=0, query_seconds=0, drop_events=True)
        self._stop_crawler()
        self._empty_state_table()
        self.upload(_FILE)
        for url in clients.sqs.list_queues()["QueueUrls"]:
            clients.sqs.purge_queue(QueueUrl=url)
        clients.dynamodb.put_item(TableName=self._table, Item=_key("state") | {"version": {"N": "1"}})
        landfall.pagerduty.accepted.clear()
        self.query = RECORDED_QUERY

    def remember(self) -> None:
        """What `is_unchanged` compares with."""
        self._before = self._now()

    def is_unchanged(self) -> bool:
        """Whether state, history and crawls are as they were."""
        return self._now() == self._before

    def upload(self, lines: bytes) -> None:
        """Put these lines in place of the lake's only file; its event goes nowhere."""
        self.landfall.clients.s3.put_object(Bucket=self.landfall.lake, Key="data/dataprofile/people.csv", Body=lines)

    def invoke(self, logical_id: str, event: Any) -> Answer:
        """The event as recorded, but of a query that there is."""
        return self.functions.invoke(logical_id, self.told_of_its_query(event))

    def told_of_its_query(self, event: Any) -> Any:
        """The event with the query of this case in place of the recorded one."""
        return json.loads(json.dumps(event).replace(RECORDED_QUERY, self.query))

    @property
    def state(self) -> dict[str, Any]:
        return self.landfall.state()

    @property
    def run(self) -> dict[str, Any]:
        """The run in flight."""
        found: dict[str, Any] = self.state["run"]
        return found

    @property
    def last_run(self) -> dict[str, Any]:
        """The newest run of the history."""
        return self.landfall.runs()[-1]

    @property
    def incident(self) -> dict[str, Any]:
        """The only open incident."""
        (found,) = self.state["incidents"]
        open_incident: dict[str, Any] = found
        return open_incident

    def crawls(self) -> int:
        """How many crawls there ever were."""
        return len(self.landfall.clients.glue.list_crawls(CrawlerName=CRAWLER, MaxResults=1000)["Crawls"])

    def new_crawls(self) -> int:
        """How many crawls were started since `remember`."""
        return self.crawls() - int(self._before["crawls"])

    def is_crawler_ready(self) -> bool:
        crawler = self.landfall.clients.glue.get_crawler(Name=CRAWLER)["Crawler"]
        return crawler["State"] == "READY"

    def queries(self) -> list[str]:
        """The running or ended queries of the checks of the run in flight."""
        return list(self.run["queries"].values())

    def heard(self) -> list[str]:
        """The types of the events that Landfall's bus has told since the start of the case."""
        return sorted(message["detail-type"] for message in self._messages(self.ears.of_bus))

    def on_call_heard(self) -> list[str]:
        """The subjects of what the on-call topic has told since the start of the case."""
        return [message["Subject"] for message in self._messages(self.ears.of_topic)]

    def _messages(self, url: str) -> list[dict[str, Any]]:
        answer = self.landfall.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    @property
    def _table(self) -> str:
        return self.landfall.clients.outputs["StateTableName"]

    def _now(self) -> dict[str, Any]:
        state = {name: value for name, value in self.state.items() if name != "version"}
        return {"state": state, "runs": self.landfall.runs(), "crawls": self.crawls()}

    def _stop_crawler(self) -> None:
        with contextlib.suppress(self.landfall.clients.glue.exceptions.CrawlerNotRunningException):
            self.landfall.clients.glue.stop_crawler(Name=CRAWLER)
        until(self.is_crawler_ready, _SECONDS, "the crawler")

    def _empty_state_table(self) -> None:
        dynamodb = self.landfall.clients.dynamodb
        for item in dynamodb.scan(TableName=self._table)["Items"]:
            dynamodb.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]})


def _key(sort: str) -> dict[str, Any]:
    return {"pk": {"S": "pipeline#person"}, "sk": {"S": sort}}
