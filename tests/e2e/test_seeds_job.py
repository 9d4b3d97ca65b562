"""The seeds' pseudo-code and their commands for jobs run against the endpoint, with real Spark."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.queries import ask
from local.spark import environment
from local.wait import until
from tests.e2e.conftest import Landfall
from tests.e2e.test_seeds import aws, role_arn

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
    ),
]  # fmt: skip

HERE = Path(__file__).parent


def test_all_five_parts_of_the_pseudo_code_run_as_written(landfall: Landfall) -> None:
    names = {
        "<database>": "my_data_lake_raw",
        "<crawler>": "raw_s3_crawler",
        "<job>": "etl_raw_to_curated",
        "<bucket>": landfall.clients.outputs["CuratedBucketName"],
        "<role>": role_arn(landfall, "AWSGlueServiceRole-MyRole"),
    }
    bucket, s3 = names["<bucket>"], landfall.clients.s3
    s3.put_object(Bucket=bucket, Key="raw/events/e.csv", Body=b"id,kind\n1,a\n2,b\n2,b\n3,a\n")
    s3.upload_file(str(HERE / "etl_raw_to_curated.py"), bucket, "glue-scripts/etl_raw_to_curated.py")
    text = (HERE / "seeds.py.txt").read_text()
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    # Its 15 and 30 s of sleep are an account's pace; the text itself stays as it is.
    quicker = "import time\n_sleep = time.sleep\ntime.sleep = lambda seconds: _sleep(seconds / 100)\n"

    ended = subprocess.run(
        [sys.executable, "-c", quicker + text],
        env=landfall.place.environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == ["final_status: SUCCEEDED"]
    crawler = landfall.clients.glue.get_crawler(Name="raw_s3_crawler")["Crawler"]
    assert (crawler["State"], crawler["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    table = landfall.clients.glue.get_table(DatabaseName="my_data_lake_raw", Name="raw_events")["Table"]
    columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert columns == [("id", "bigint"), ("kind", "string")]
    assert _curated(landfall, bucket) == [("1", "2026-01-06", "A"), ("2", "2026-01-06", "B"), ("3", "2026-01-06", "A")]


def _curated(landfall: Landfall, bucket: str) -> list[tuple[str | None, ...]]:
    """What the job wrote, through a crawl of its partitioned Parquet and Athena."""
    keys = [
        found["Key"]
        for found in landfall.clients.s3.list_objects_v2(Bucket=bucket, Prefix="curated/events/")["Contents"]
    ]
    folders = {key.rpartition("/")[0] for key in keys if key.endswith(".parquet")}
    assert folders == {"curated/events/kind=A", "curated/events/kind=B"}
    landfall.clients.glue.create_crawler(
        Name="curated_s3_crawler",
        Role="AWSGlueServiceRole-MyRole",
        DatabaseName="my_data_lake_raw",
        TablePrefix="curated_",
        Targets={"S3Targets": [{"Path": f"s3://{bucket}/curated/events/"}]},
    )
    landfall.clients.glue.start_crawler(Name="curated_s3_crawler")
    until(lambda: _is_ready(landfall, "curated_s3_crawler"), 30, "the crawl of what the job wrote")
    columns, rows = ask(landfall.clients, "SELECT * FROM my_data_lake_raw.curated_events ORDER BY id")
    assert columns == ("id", "run_id", "kind")
    return list(rows)


def _is_ready(landfall: Landfall, crawler: str) -> bool:
    return landfall.clients.glue.get_crawler(Name=crawler)["Crawler"]["State"] == "READY"


def test_the_job_commands_of_the_seeds_by_the_aws_cli(landfall: Landfall, tmp_path: Path) -> None:
    aws(landfall, "s3 mb s3://jahnavi16")
    aws(landfall, "s3api put-object --bucket jahnavi16 --key stream-data/")
    aws(landfall, f"s3 cp {HERE / 'person_data_stream_job.py'} s3://jahnavi16/scripts/")
    role = role_arn(landfall, "AWSGlueExecutionRole")
    command = "Name=gluestreaming,ScriptLocation=s3://jahnavi16/scripts/person_data_stream_job.py,PythonVersion=3"
    arguments = json.dumps({"--S3_OUTPUT_PATH": "s3://jahnavi16/stream-data/"})
    name = "--job-name person_data_stream_job"
    aws(
        landfall,
        f"glue create-job --name person_data_stream_job --role {role} --command {command} --glue-version 5.1 "
        f"--default-arguments '{arguments}'",
    )

    run_id = aws(landfall, f"glue start-job-run {name} --query JobRunId --output text").strip()
    listing = "s3 ls s3://jahnavi16/stream-data/ --recursive"
    part = until(
        lambda: next((line.split()[-1] for line in aws(landfall, listing).splitlines() if _has_data(line)), ""),
        120, "the stream's first file", every=0.5,
    )  # fmt: skip
    aws(landfall, f"s3 cp s3://jahnavi16/{part} {tmp_path / 'part.json'}")
    runs = json.loads(aws(landfall, f"glue get-job-runs {name}"))["JobRuns"]
    stopped = json.loads(aws(landfall, f"glue batch-stop-job-run {name} --job-run-ids {run_id}"))

    assert json.loads((tmp_path / "part.json").read_text().splitlines()[0])["name"].startswith("person ")
    assert [(run["Id"], run["JobRunState"]) for run in runs] == [(run_id, "RUNNING")]
    assert stopped["SuccessfulSubmissions"] == [{"JobName": "person_data_stream_job", "JobRunId": run_id}]
    state = f"glue get-job-run {name} --run-id {run_id} --query JobRun.JobRunState --output text"
    until(lambda: aws(landfall, state).strip() == "STOPPED", 30, "the run to be STOPPED", every=0.5)


def _has_data(line: str) -> bool:
    return "/part-" in line and line.endswith(".json") and int(line.split()[2]) > 0
