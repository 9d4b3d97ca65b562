"""The application on the local engine, held still, so that what one invocation changes is all that changes.

Its own functions are fed nothing and its events are lost; only the function in the container acts.
"""

import contextlib
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.sam.retimed_events import RECORDED_JOB_RUN, RECORDED_QUERY
from local.stack.clients import Clients
from local.stack.polling import until
from tests.containers.runtimes import Answer, Functions
from tests.e2e.conftest import Landfall

CRAWLER, CURATED_CRAWLER, JOB = "person-crawler", "person-curated-crawler", "person-curate"
STREAM_JOB = "person_data_stream_job"
_FILE = b"name,age,city\nAmara,31,Lagos\nHugo,47,Lyon\n"
_SECONDS = 30


def set_job(clients: Clients, script: str = "print('done')", job: str = JOB) -> None:
    """Let this Python stand in for the job's own script, which has its own tests."""
    known = clients.glue.get_job(JobName=job)["Job"]
    # where the job's role may read scripts
    bucket = known["Command"]["ScriptLocation"].removeprefix("s3://").partition("/")[0]
    clients.s3.put_object(Bucket=bucket, Key=f"stand-in-{job}.py", Body=script.encode())
    clients.glue.update_job(
        JobName=job,
        JobUpdate={
            "Role": known["Role"], "Timeout": 30, "MaxRetries": 0,
            "Command": {"Name": "pythonshell", "ScriptLocation": f"s3://{bucket}/stand-in-{job}.py"},
            "ExecutionProperty": {"MaxConcurrentRuns": 5},
        },
    )  # fmt: skip


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
    job_run: str = RECORDED_JOB_RUN
    before: dict[str, Any] = field(default_factory=dict)

    def reset(self) -> None:
        """As after `make up` and one look at the pipeline: known, nothing in flight, one file in the lake."""
        landfall, clients = self.landfall, self.landfall.clients
        landfall.settings(crawl_seconds=0, query_seconds=0, job_minute_seconds=60, drop_events=True)
        self._stop_crawlers()
        self._drop_table()
        self._empty_state_table()
        self.upload(_FILE)
        for url in clients.sqs.list_queues()["QueueUrls"]:
            clients.sqs.purge_queue(QueueUrl=url)
        self.know("person")
        landfall.pagerduty.accepted.clear()
        self.query, self.job_run = RECORDED_QUERY, RECORDED_JOB_RUN

    def know(self, pipeline: str) -> None:
        """As if a pipeline had been looked at once."""
        known = _key("state", pipeline) | {"version": {"N": "1"}, "first_seen_at": {"N": str(int(time.time()))}}
        self.landfall.clients.dynamodb.put_item(TableName=self._table, Item=known)

    def stream_runs(self, *states: str) -> list[str]:
        """The ids of the streaming job's runs that are in one of these states."""
        runs = self.landfall.clients.glue.get_job_runs(JobName=STREAM_JOB)["JobRuns"]
        return [run["Id"] for run in runs if run["JobRunState"] in states]

    @property
    def stream(self) -> dict[str, Any]:
        """What is believed of the streaming job."""
        found: dict[str, Any] = self.landfall.state("person-stream")["stream"]
        return found

    def stream_incidents(self) -> list[str]:
        """The kinds that are open there."""
        return [incident["kind"] for incident in self.landfall.state("person-stream").get("incidents", [])]

    def remember(self) -> None:
        """What comes after is compared with this."""
        self.before = self.now()

    def now(self) -> dict[str, Any]:
        """The state without its version, the history, the number of crawls."""
        state = {name: value for name, value in self.state.items() if name != "version"}
        crawls, curated = self.crawls(CRAWLER), self.crawls(CURATED_CRAWLER)
        return {"state": state, "runs": self.landfall.runs(), "crawls": crawls, "curated crawls": curated}

    def upload(self, lines: bytes) -> None:
        """Put these lines in place of the lake's only file; its event goes nowhere."""
        self.landfall.clients.s3.put_object(Bucket=self.landfall.lake, Key="data/dataprofile/people.csv", Body=lines)

    def invoke(self, logical_id: str, event: Any) -> Answer:
        """The event as recorded, but of a query and a job run that there are."""
        return self.functions.invoke(logical_id, self.adapted(event))

    def adapted(self, event: Any) -> Any:
        """The event with the query and the job run of this case in place of the recorded ones."""
        text = json.dumps(event).replace(RECORDED_QUERY, self.query).replace(RECORDED_JOB_RUN, self.job_run)
        return json.loads(text)

    def job_state(self) -> str:
        """How the run of the job goes."""
        glue = self.landfall.clients.glue
        return glue.get_job_run(JobName=JOB, RunId=self.job_run)["JobRun"]["JobRunState"]

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

    def incident(self, kind: str) -> dict[str, Any]:
        """The open incident of this kind."""
        (found,) = [incident for incident in self.state["incidents"] if incident["kind"] == kind]
        return dict(found)

    def crawls(self, crawler: str) -> int:
        """How many crawls there ever were."""
        return len(self.landfall.clients.glue.list_crawls(CrawlerName=crawler, MaxResults=1000)["Crawls"])

    def new_crawls(self) -> int:
        """How many crawls of the uploads were started since `remember`."""
        return self.crawls(CRAWLER) - int(self.before["crawls"])

    def is_crawler_ready(self, crawler: str = CRAWLER) -> bool:
        return self.landfall.clients.glue.get_crawler(Name=crawler)["Crawler"]["State"] == "READY"

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

    def _stop_crawlers(self) -> None:
        glue = self.landfall.clients.glue
        for crawler in (CRAWLER, CURATED_CRAWLER):
            with contextlib.suppress(glue.exceptions.CrawlerNotRunningException):
                glue.stop_crawler(Name=crawler)
            until(partial(self.is_crawler_ready, crawler), _SECONDS, f"the crawler {crawler}")

    def _drop_table(self) -> None:
        """The next crawl makes it anew, whatever the last case did to it."""
        glue = self.landfall.clients.glue
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            glue.delete_table(DatabaseName="person-db", Name="_dataprofile")

    def _empty_state_table(self) -> None:
        dynamodb = self.landfall.clients.dynamodb
        for item in dynamodb.scan(TableName=self._table)["Items"]:
            dynamodb.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]})


def _key(sort: str, pipeline: str = "person") -> dict[str, Any]:
    return {"pk": {"S": f"pipeline#{pipeline}"}, "sk": {"S": sort}}
