"""The whole application on the local engine, deployed once for all tests here and ended after them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from landfall.adapters import state_codec
from landfall.model.state import RunRecord, State
from local.spark import environment
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import deploy
from local.stack.polling import until
from local.stack.stack import ENGINE_PYTHON, Stack
from tests.e2e import running
from tests.pagerduty import PagerDutyStandIn
from tests.pagerduty import running as pagerduty_stand_in

PREFIX = "data/dataprofile/"
CURATE = "person-curate"
QUICK = Path(__file__).with_name("quick_curate.py")
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
# What a test may change of the engine, as every test finds it.
_USUAL: dict[str, float | str] = {
    "crawl_seconds": 0.5, "stopping_seconds": 0, "query_seconds": 0, "job_minute_seconds": 60, "job_ending": "",
    "drop_events": False, "kill_at": "",
}  # fmt: skip


@dataclass
class Landfall:
    """The deployed application, and what tests want to know of it."""

    stack: Stack
    clients: Clients
    pagerduty: PagerDutyStandIn
    runs_before: int = 0
    curates_by: dict[str, Any] = field(default_factory=dict)

    @property
    def lake(self) -> str:
        return self.clients.outputs["LakeBucketName"]

    def upload(self, key: str, *lines: str) -> None:
        body = "".join(f"{line}\n" for line in ("name,age,city", *lines))
        self.clients.s3.put_object(Bucket=self.lake, Key=PREFIX + key, Body=body.encode())

    def state(self, pipeline: str = "person") -> dict[str, Any]:
        """The pipeline's state item as plain values, defaults with it; empty before its first upload."""
        key = {"pk": {"S": f"pipeline#{pipeline}"}, "sk": {"S": "state"}}
        answer = self.clients.dynamodb.get_item(TableName=self.clients.outputs["StateTableName"], Key=key)
        item = _plain(answer.get("Item", {}))
        return item and item | _as_json(state_codec.state_from_plain(pipeline, int(item["version"]), item))

    def runs(self, pipeline: str = "person") -> list[dict[str, Any]]:
        """Every run so far, oldest first."""
        answer = self.clients.dynamodb.query(
            TableName=self.clients.outputs["StateTableName"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :run)",
            ExpressionAttributeValues={":pk": {"S": f"pipeline#{pipeline}"}, ":run": {"S": "run#"}},
        )
        items = [_plain(item) for item in answer["Items"]]
        return [item | _as_json(state_codec.record_from_plain(pipeline, item["sk"][4:], item)) for item in items]

    def covered(self, uploads: int, seconds: float = 60) -> None:
        """Return when runs of this test have taken over so many uploads, and all is at rest."""
        until(lambda: self.counted() >= uploads and self.is_at_rest(), seconds, f"{uploads} uploads to be covered")

    def counted(self) -> int:
        """Uploads that this test's runs have taken over; one that failed and was taken over again counts twice."""
        return sum(int(run["uploads"]["count"]) for run in self.runs()[self.runs_before :])

    def is_at_rest(self, pipeline: str = "person") -> bool:
        """Whether nothing is in flight or pending, and no message waits."""
        return self.is_done(pipeline) and not self.waiting_messages()

    def is_done(self, pipeline: str = "person") -> bool:
        """Whether nothing is in flight, pending or untold, whatever still waits in a queue."""
        state = self.state(pipeline)
        return not (state and (state["run"] or state["pending"]["count"] or state["outbox"]))

    def waiting_messages(self) -> int:
        """Messages in the upload queue, visible, delayed or being handled."""
        answer = self.clients.sqs.get_queue_attributes(
            QueueUrl=self.clients.outputs["UploadQueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in answer["Attributes"].values())

    def sweep(self) -> dict[str, Any]:
        """Invoke the watchdog now, without waiting for its schedule."""
        name = self.clients.physical_id("Watchdog")
        answer = self.clients.functions.invoke(FunctionName=name, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        swept: dict[str, Any] = json.loads(answer["Payload"].read())
        return swept

    def curate(self, *, quickly: bool) -> None:
        """Let the job of the pipeline person be what the template makes it, or its stand-in, which needs no Spark."""
        glue = self.clients.glue
        if not self.curates_by:
            known = glue.get_job(JobName=CURATE)["Job"]
            own = ("Name", "CreatedOn", "LastModifiedOn")  # what UpdateJob does not take, and nothing that is empty
            self.curates_by = {name: value for name, value in known.items() if name not in own and value != ""}
        update: Any = self.curates_by
        if quickly:
            # beside the real one: the job's role may read scripts from there only
            bucket = str(self.curates_by["Command"]["ScriptLocation"]).removeprefix("s3://").partition("/")[0]
            script = f"s3://{bucket}/test-quick-curate.py"
            self.clients.s3.upload_file(str(QUICK), bucket, "test-quick-curate.py")
            update = update | {"Command": {"Name": "pythonshell", "ScriptLocation": script, "PythonVersion": "3"}}
        glue.update_job(JobName=CURATE, JobUpdate=update)

    def settings(self, **values: float | str) -> None:
        """Change the engine's settings; the next test finds the usual ones again."""
        engine_process.change_settings(self.stack, **values)


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}


def _as_json(value: State | RunRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(value)))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def deployed() -> Iterator[Landfall]:
    if not ENGINE_PYTHON.exists():
        pytest.skip("the local engine's environment is missing: run `make setup`")
    with borrowed() if running.WANTED else deployed_afresh() as landfall:
        landfall.curate(quickly=True)
        yield landfall


@contextmanager
def deployed_afresh() -> Iterator[Landfall]:
    """Landfall on an engine of these tests' own, which ends with them."""
    stack = Stack(free_port())
    try:
        # what the functions ask of AWS is judged at the end: test_least_privilege.py
        engine_process.start(stack, {"LANDFALL_CALLS": str(stack.directory / "calls.jsonl")})
        clients = Clients(stack)
        secret = clients.secrets.create_secret(Name="routing-key", SecretString=ROUTING_KEY)
        with pagerduty_stand_in() as stand_in:
            deploy(
                stack, lambda _: None,
                PagerDutyRoutingKeySecret=secret["ARN"], PagerDutyEndpoint=stand_in.endpoint,
            )  # fmt: skip
            yield Landfall(stack, clients, stand_in)
    finally:
        engine_process.stop(stack)


@contextmanager
def borrowed() -> Iterator[Landfall]:
    """Landfall as `make up` has it; its lake and its state table are emptied, all else is given back as it was."""
    stack = running.running_stack()
    clients = Clients(stack)
    with (
        running.usual_settings(stack),
        pagerduty_stand_in() as stand_in,
        running.pages_go_to(stand_in, clients, ROUTING_KEY),
    ):
        landfall = Landfall(stack, clients, stand_in)
        until(landfall.is_at_rest, 60, "what runs there to end")
        running.forget_pipelines(clients)
        yield landfall
        running.forget_pipelines(clients)
        landfall.curate(quickly=False)


SKIPPED: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What did not run has asked nothing of AWS."""
    if report.skipped and report.nodeid.startswith("tests/e2e/"):
        SKIPPED.append(report.nodeid)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What all tests together made the functions do is judged after them."""
    if running.WANTED:
        running.leave_out_fresh(config, items)
    items.sort(key=lambda item: item.path.name == "test_least_privilege.py")


@pytest.fixture
def landfall(deployed: Landfall) -> Iterator[Landfall]:
    """The application at rest, with an empty lake; its history goes on."""
    deployed.settings(**_USUAL)
    for found in deployed.clients.s3.list_objects_v2(Bucket=deployed.lake).get("Contents", []):
        deployed.clients.s3.delete_object(Bucket=deployed.lake, Key=found["Key"])
    deployed.runs_before = len(deployed.runs())
    deployed.pagerduty.status = 202
    yield deployed
    deployed.settings(**_USUAL)
    until(deployed.is_at_rest, 60, "the test's last run to end")


@pytest.fixture
def spark(landfall: Landfall) -> Iterator[None]:
    """The pipeline's real job, for the tests that are about it."""
    if not environment.is_ready():
        pytest.skip("Spark's environment is not there: run `make setup-spark`")
    landfall.curate(quickly=False)
    yield
    landfall.curate(quickly=True)
