"""A stream is kept running until it is stopped on purpose: on the local engine, with a job that really runs."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.stack.polling import until
from tests.e2e.conftest import Landfall
from tests.e2e.test_cli import Shell

pytestmark = [pytest.mark.engine, pytest.mark.fresh("the streaming job that it supervises stays")]

# A function that has met a job of no pipeline keeps the definitions it read then for so many seconds (`registry`), and
# takes the event of a job that is defined meanwhile for nobody's; the sweep finds it. No real stream starts and ends so
# soon, but one of this test may, right after the job of another test has ended.
_UNTIL_KNOWN = 3.0

NAME, JOB, CRAWLER = "tides", "tides-stream", "tides-crawler"
# A stream that works for ever, unless somebody asks one run of it to die as if it had run out of memory.
SCRIPT = """
import boto3, os, signal, time
from botocore.exceptions import ClientError
asked = {{"Bucket": "{bucket}", "Key": "tides-die"}}
while True:
    try:
        boto3.client("s3").head_object(**asked)
    except ClientError:
        time.sleep(0.2)
    else:
        boto3.client("s3").delete_object(**asked)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Tides:
    """A pipeline whose files a streaming job brings."""

    landfall: Landfall
    shell: Shell

    @property
    def stream(self) -> dict[str, Any]:
        found: dict[str, Any] = self.landfall.state(NAME).get("stream") or {}
        return found

    @property
    def kinds(self) -> list[str]:
        return [incident["kind"] for incident in self.landfall.state(NAME)["incidents"]]

    def runs(self) -> list[str]:
        """The states of the job's runs, newest first."""
        found = self.landfall.clients.glue.get_job_runs(JobName=JOB)["JobRuns"]
        return [run["JobRunState"] for run in found]

    def well(self) -> bool:
        """Whether a sweep sees it run, and nothing is open."""
        self.landfall.sweep()
        return bool(self.stream["running_since"]) and not self.kinds

    def restarted(self, before: str) -> bool:
        """Whether another run than this one is known."""
        return bool(self.stream["status"] == "running" and self.stream["job_run_id"] != before)


@pytest.fixture
def tides(landfall: Landfall) -> Iterator[Tides]:
    clients, bucket = landfall.clients, landfall.clients.outputs["ResultsBucketName"]
    tags = {"landfall:stage": "dev"}
    # its files are where no pipeline of the template is, so the roles of those may not reach them
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = clients.iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    role = made["Role"]["Arn"]
    own = {"Effect": "Allow", "Action": ["s3:*", "glue:*", "logs:*"], "Resource": "*"}
    clients.iam.put_role_policy(RoleName=NAME, PolicyName="own", PolicyDocument=json.dumps({"Statement": [own]}))
    clients.s3.put_object(Bucket=bucket, Key="tides.py", Body=SCRIPT.format(bucket=bucket).encode())
    clients.glue.create_job(
        Name=JOB, Role=role, Tags=tags, MaxRetries=0,
        Command={"Name": "pythonshell", "ScriptLocation": f"s3://{bucket}/tides.py", "PythonVersion": "3"},
    )  # fmt: skip
    target: Any = {"S3Targets": [{"Path": f"s3://{landfall.lake}/tides/"}]}
    clients.glue.create_crawler(Name=CRAWLER, Role=role, DatabaseName="person-db", Targets=target, Tags=tags)
    definition = {
        "name": NAME, "bucket": landfall.lake, "prefix": "tides/", "severity": "critical",
        "steps": [{"crawl": CRAWLER, "database": "person-db", "table": "tides"}], "min_minutes_between_runs": 0,
        "stream": {"job": JOB, "restart_minutes": 0, "healthy_minutes": 0},
    }  # fmt: skip
    parameter = f"/landfall/dev/pipelines/{NAME}"
    clients.ssm.put_parameter(Name=parameter, Value=json.dumps(definition), Type="String")
    time.sleep(_UNTIL_KNOWN)
    yield Tides(landfall, Shell(landfall))
    clients.ssm.delete_parameter(Name=parameter)
    key = {"pk": {"S": f"pipeline#{NAME}"}, "sk": {"S": "state"}}
    clients.dynamodb.delete_item(TableName=clients.outputs["StateTableName"], Key=key)
    clients.glue.delete_job(JobName=JOB)
    clients.glue.delete_crawler(Name=CRAWLER)
    clients.iam.delete_role_policy(RoleName=NAME, PolicyName="own")
    clients.iam.delete_role(RoleName=NAME)


def test_it_is_started_again_until_it_is_stopped_on_purpose(tides: Tides) -> None:
    glue, s3 = tides.landfall.clients.glue, tides.landfall.clients.s3
    started = tides.shell("stream", "start", NAME)
    assert started.stdout == "Started: tides. Glue takes a minute or two to run it.\n", started.stderr
    until(tides.well, 20, "the stream to run")
    first = tides.stream["job_run_id"]

    glue.batch_stop_job_run(JobName=JOB, JobRunIds=[first])  # by hand, in the console
    until(lambda: tides.restarted(first), 20, "another run after the one that somebody stopped")
    assert tides.kinds == ["stream down"]
    until(tides.well, 20, "the stream to be well again")
    second = tides.stream["job_run_id"]

    bucket = tides.landfall.clients.outputs["ResultsBucketName"]
    s3.put_object(Bucket=bucket, Key="tides-die", Body=b"")
    until(lambda: tides.restarted(second), 20, "another run after the one that died")
    until(tides.well, 20, "the stream to be well again")

    stopped = tides.shell("stream", "stop", NAME)
    assert stopped.stdout.startswith(("Stopping: tides.", "Stopped: tides.")), stopped.stderr
    until(lambda: tides.stream["status"] == "stopped", 20, "the stream to stop")
    tides.landfall.sweep()

    assert tides.runs() == ["STOPPED", "FAILED", "STOPPED"]
    assert (tides.kinds, tides.stream["wanted"]) == ([], False)
    told = tides.shell.json("incidents", NAME, "--all")["incidents"]
    assert [(found["kind"], found["count"], bool(found["resolvedAt"])) for found in told] == [
        ("stream down", 1, True)
    ] * 2
