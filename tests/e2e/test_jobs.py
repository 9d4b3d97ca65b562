"""Jobs that go wrong, on the local engine: the run fails with Glue's message, and what came meanwhile shares one run.

Scripts of kind pythonshell take the same way as Spark and are quick; Spark fails and heals once, too.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from local.demo.queries import ask
from local.spark import environment
from local.stack.polling import until
from tests.e2e.conftest import Landfall

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
    ),
]  # fmt: skip

JOB = "person-curate"
UPLOADS = 20
SECONDS = 180  # for one run with Spark on a busy machine
SPIN = "import time\nwhile True:\n    time.sleep(0.1)\n"
SPARK_RAISES = """
import sys, time
import boto3
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
bucket = sys.argv[sys.argv.index("--GATE") + 1]
while not boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="test-gate").get("KeyCount"):
    time.sleep(0.1)
spark.sql("SELECT no_such_column FROM range(3)").collect()
"""


@dataclass
class Job:
    """The deployed job of the pipeline person, whose script a test may change."""

    landfall: Landfall
    usual: dict[str, Any]

    @property
    def bucket(self) -> str:
        return self.landfall.clients.outputs["ResultsBucketName"]

    @property
    def scripts(self) -> str:
        """The bucket of the deployed script: the job's role may read none from elsewhere."""
        return str(self.usual["Command"]["ScriptLocation"]).removeprefix("s3://").partition("/")[0]

    def runs_script(self, script: str, kind: str = "pythonshell") -> None:
        self.landfall.clients.s3.put_object(Bucket=self.scripts, Key="test-script.py", Body=script.encode())
        command = {"Name": kind, "ScriptLocation": f"s3://{self.scripts}/test-script.py", "PythonVersion": "3"}
        arguments = self.usual["DefaultArguments"] | {"--GATE": self.bucket}
        self.update(Command=command, DefaultArguments=arguments)

    def is_as_deployed(self) -> None:
        self.update()

    def update(self, **changes: Any) -> None:
        update: Any = self.usual | changes
        self.landfall.clients.glue.update_job(JobName=JOB, JobUpdate=update)

    def newest(self) -> dict[str, Any]:
        runs = self.landfall.clients.glue.get_job_runs(JobName=JOB)["JobRuns"]
        return dict(max(runs, key=lambda run: run["StartedOn"]))

    def runs_now(self) -> str:
        """The id of its run, once Landfall knows it and Glue shows it RUNNING."""

        def running() -> str:
            run = self.landfall.state().get("run") or {}
            own = str(run.get("job_run_id") or "")
            return own if own and self.newest()["Id"] == own and self.newest()["JobRunState"] == "RUNNING" else ""

        return until(running, SECONDS, "the job to run")

    def opens_gate(self) -> None:
        self.landfall.clients.s3.put_object(Bucket=self.bucket, Key="test-gate", Body=b"")

    def stops(self) -> None:
        self.landfall.clients.glue.batch_stop_job_run(JobName=JOB, JobRunIds=[self.newest()["Id"]])

    def passes_its_timeout(self) -> None:
        self.landfall.settings(job_minute_seconds=0.1)
        until(lambda: self.newest()["JobRunState"] == "TIMEOUT", 60, "the timeout")
        self.landfall.settings(job_minute_seconds=60)


@pytest.fixture
def job(landfall: Landfall) -> Iterator[Job]:
    """The job after a run that succeeded, so that there is a curated table."""
    known = dict(landfall.clients.glue.get_job(JobName=JOB)["Job"])
    own = ("Name", "CreatedOn", "LastModifiedOn")  # what UpdateJob does not take, and nothing that is empty
    usual = {name: value for name, value in known.items() if name not in own and value != ""}
    tables = landfall.clients.glue.get_tables(DatabaseName="person-db")["TableList"]
    if all(table["Name"] != "person" for table in tables):
        landfall.upload("first.csv", "Amara,31,Lagos")
        landfall.covered(1, SECONDS)
        landfall.clients.s3.delete_object(Bucket=landfall.lake, Key="data/dataprofile/first.csv")
        landfall.runs_before = len(landfall.runs())
    job = Job(landfall, usual)
    yield job
    job.is_as_deployed()
    for bucket, key in ((job.bucket, "test-gate"), (job.scripts, "test-script.py")):
        landfall.clients.s3.delete_object(Bucket=bucket, Key=key)


@pytest.mark.parametrize(
    ("script", "kind", "end", "state", "incident", "message"),
    [
        (SPARK_RAISES, "glueetl", Job.opens_gate, "FAILED", "job failed", "no_such_column"),
        (SPIN, "pythonshell", Job.passes_its_timeout, "TIMEOUT", "job timed out", "TIMEOUT"),
        (SPIN, "pythonshell", Job.stops, "STOPPED", "job stopped", "STOPPED"),
    ],
    ids=["raises", "runs too long", "is stopped by hand"],
)
def test_a_script_that(
    job: Job, script: str, kind: str, end: Callable[[Job], None], state: str, incident: str, message: str
) -> None:
    landfall = job.landfall
    job.runs_script(script, kind)
    landfall.upload("first.csv", "Amara,31,Lagos")
    run_id = job.runs_now()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: landfall.upload(f"{number}.csv", f"P{number},{number},Lyon"), range(UPLOADS)))
    until(lambda: landfall.state()["pending"]["count"] == UPLOADS, 20, "all uploads to be pending")
    assert job.newest()["JobRunState"] == "RUNNING"
    job.is_as_deployed()
    end(job)
    until(lambda: len(landfall.runs()) > landfall.runs_before + 1, 60, "the run after it")

    failed = landfall.runs()[landfall.runs_before]
    said = landfall.clients.glue.get_job_run(JobName=JOB, RunId=run_id)["JobRun"]
    assert said["JobRunState"] == state
    assert (failed["outcome"], failed["failure"]["kind"]) == ("failed", incident)
    assert failed["failure"]["step"] == f"job {JOB}"
    assert message in failed["failure"]["cause"]
    assert said.get("ErrorMessage", "") in failed["failure"]["cause"]
    (opened,) = [one for one in landfall.state()["incidents"] if one["kind"] == incident]
    assert (opened["cause"], opened["job_run_id"]) == (failed["failure"]["cause"], run_id)

    landfall.covered(1 + 1 + UPLOADS, SECONDS)

    failed, followed = landfall.runs()[landfall.runs_before :]
    assert (followed["outcome"], followed["uploads"]["count"]) == ("succeeded", 1 + UPLOADS)
    assert incident not in [one["kind"] for one in landfall.state()["incidents"]]
    for count in ('SELECT count(*) FROM "person-db"."_dataprofile"', 'SELECT count(*) FROM "person-db"."person"'):
        assert ask(landfall.clients, count)[1] == [(str(1 + UPLOADS),)]


@pytest.mark.parametrize(("ending", "incident"), [("ERROR", "job error"), ("EXPIRED", "job expired")])
def test_an_end_without_an_event_is_found_by_the_sweep(job: Job, ending: str, incident: str) -> None:
    landfall = job.landfall
    job.runs_script("pass")
    landfall.settings(job_ending=ending)
    landfall.upload("first.csv", "Amara,31,Lagos")
    until(lambda: (landfall.state().get("run") or {}).get("job_run_id"), 60, "the job to be started")
    until(lambda: job.newest()["JobRunState"] == ending, 20, "the job to end")

    landfall.sweep()

    failed = landfall.runs()[-1]
    assert (failed["outcome"], failed["failure"]["kind"]) == ("failed", incident)
    assert ending in failed["failure"]["cause"]
    assert incident in [one["kind"] for one in landfall.state()["incidents"]]
    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1 + 2, SECONDS)
    assert landfall.runs()[-1]["outcome"] == "succeeded"
    assert incident not in [one["kind"] for one in landfall.state()["incidents"]]
