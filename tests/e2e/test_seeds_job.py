"""The seeds' pseudo-code runs against the endpoint, with real Spark."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.demo.queries import ask
from local.spark import environment
from local.stack.polling import until
from tests.e2e.conftest import Landfall
from tests.e2e.test_seeds import role_arn

pytestmark = [
    pytest.mark.fresh("what it creates by the AWS CLI stays"),
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
        env=landfall.stack.environment(), capture_output=True, text=True, timeout=120, check=False,
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
