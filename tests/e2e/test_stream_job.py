"""The seeds' commands for the streaming job, one by one; the job is killed on the way."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.demo.queries import QueryError, ask
from local.spark import environment
from local.stack.polling import until
from local.stack.stack import REGION
from tests.e2e.conftest import Landfall
from tests.e2e.test_seeds import aws
from verification.examples.dms_records import record

pytestmark = [
    pytest.mark.fresh("the changes that it writes stay in Kinesis"),
    pytest.mark.engine,
    pytest.mark.skipif(
        not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
    ),
]  # fmt: skip

JOB = "--job-name person_data_stream_job"
TABLE, VIEW = '"person-stream-db"."stream_data"', '"person-stream-db"."person_current"'
CHECKPOINT = "checkpoints/person-stream/"


def test_changes_become_a_table_and_its_state_though_the_job_is_killed(landfall: Landfall, tmp_path: Path) -> None:
    secret = json.loads(
        json.loads(aws(landfall, "secretsmanager get-secret-value --secret-id glue_kinesis_s3_secret "
                                 "--query SecretString --region us-east-1"))
    )  # fmt: skip
    stream = json.loads(aws(landfall, "kinesis describe-stream --stream-name kinesis_stream --region us-east-1"))
    assert secret == {
        "JOB_NAME": "person_data_stream_job", "STREAM_NAME": "kinesis_stream", "REGION": "us-east-1",
        "S3_OUTPUT_PATH": f"s3://{landfall.lake}/stream-data/",
    }  # fmt: skip
    description = stream["StreamDescription"]
    assert (description["StreamStatus"], description["EncryptionType"]) == ("ACTIVE", "KMS")

    aws(landfall, f"s3api put-object --bucket {landfall.lake} --key stream-data/")
    put(landfall, *(record("load", number) for number in range(1, 6)), "{bad")
    first = start(landfall)
    part = until(lambda: next(iter(parts(landfall)), ""), 90, "the stream's first file", every=0.5)
    aws(landfall, f"s3 cp s3://{landfall.lake}/{part} {tmp_path / 'part.json'}")
    assert json.loads((tmp_path / "part.json").read_text().splitlines()[0])["operation"] == "load"

    until(lambda: last_commit(landfall) != "", 20, "the first batch to be finished")
    os.kill(java_of(first), signal.SIGKILL)
    until(lambda: state_of(landfall, first) == "FAILED", 30, "the killed run to be FAILED", every=0.5)
    # as if it had been killed after it had written, and before it could note that
    landfall.clients.s3.delete_object(Bucket=landfall.clients.outputs["ResultsBucketName"], Key=last_commit(landfall))
    insert = record("insert", 6)
    put(landfall, insert, record("insert", 7), record("update", 8, before={"id": 1}, name="moved"))
    put(landfall, insert, record("delete", 2), record("update", 3, before={}, age=99))

    second = start(landfall)
    until(lambda: counts(landfall) == EXPECTED, 90, "every change to be in the table", every=1)
    stopped = json.loads(aws(landfall, f"glue batch-stop-job-run {JOB} --job-run-ids {second}"))
    assert stopped["SuccessfulSubmissions"][0]["JobRunId"] == second
    until(lambda: state_of(landfall, second) == "STOPPED", 30, "the run to be STOPPED", every=0.5)

    _, rows = ask(landfall.clients, f"SELECT id, name, age FROM {VIEW} ORDER BY id")  # noqa: S608 # names of ours
    assert rows == [("3", "n3", "99"), ("4", "n4", "4"), ("5", "n5", "5"), ("6", "n6", "6"), ("7", "n7", "7"),
                    ("8", "moved", "8")]  # fmt: skip
    (rejected,) = landfall.clients.s3.list_objects_v2(Bucket=landfall.lake, Prefix="rejected/stream-data/")["Contents"]
    body = landfall.clients.s3.get_object(Bucket=landfall.lake, Key=rejected["Key"])["Body"].read()
    assert json.loads(body) == {"reason": "not JSON", "record": "{bad"}
    until(lambda: landfall.is_at_rest("person-stream"), 60, "the stream's pipeline to be at rest", every=0.5)


EXPECTED = {"load": (5, 5), "insert": (2, 2), "update": (2, 2), "delete": (1, 1)}
"""By operation, how many changes there are, and how many different ones."""


def counts(landfall: Landfall) -> dict[str, tuple[int, int]]:
    """As EXPECTED, of the table."""
    changes = f"SELECT operation, count(*), count(DISTINCT id) FROM {TABLE} GROUP BY operation"  # noqa: S608 # as above
    try:
        _, rows = ask(landfall.clients, changes)
    except QueryError:  # there is no table yet
        return {}
    return {str(operation): (int(str(all_of)), int(str(different))) for operation, all_of, different in rows}


def put(landfall: Landfall, *texts: str) -> None:
    """Put records as DMS does; one that comes twice in a batch is one change."""
    records: list[Any] = [{"Data": text.encode(), "PartitionKey": text[:40]} for text in texts]
    kinesis = boto3.client(
        "kinesis", endpoint_url=landfall.stack.endpoint, region_name=REGION,
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    kinesis.put_records(StreamName="kinesis_stream", Records=records)


def start(landfall: Landfall) -> str:
    return str(json.loads(aws(landfall, f"glue start-job-run {JOB}"))["JobRunId"])


def state_of(landfall: Landfall, run_id: str) -> str:
    run = landfall.clients.glue.get_job_run(JobName="person_data_stream_job", RunId=run_id)["JobRun"]
    return str(run["JobRunState"])


def parts(landfall: Landfall) -> list[str]:
    listing = aws(landfall, f"s3 ls s3://{landfall.lake}/stream-data/ --recursive")
    return [line.split()[-1] for line in listing.splitlines() if "/part-" in line]


def last_commit(landfall: Landfall) -> str:
    """The object that says that a batch is finished."""
    bucket = landfall.clients.outputs["ResultsBucketName"]
    found = landfall.clients.s3.list_objects_v2(Bucket=bucket, Prefix=f"{CHECKPOINT}commits/").get("Contents", [])
    return max((item["Key"] for item in found), default="")


def java_of(run_id: str) -> int:
    """The process of a run's Spark: it works in a folder beside the request that names the run."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            request = (process / "cwd").resolve().parent / "request.json"
            if b"PythonGatewayServer" in (process / "cmdline").read_bytes() and run_id in request.read_text():
                return int(process.name)
        except OSError:
            continue
    raise AssertionError(f"{run_id} has no Java")
