"""Jobs that really run Spark, against the emulator's S3. Skipped where Java or Spark's environment is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.spark import environment
from tests.engine.helpers import Engine, free_port, start_engine, until
from tests.engine.jobs import Job
from tests.engine.world import World

needs_spark = pytest.mark.skipif(
    not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
)

CURATE = """
import argparse
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

parser = argparse.ArgumentParser()
for name in ("--JOB_NAME", "--JOB_RUN_ID", "--SOURCE", "--TARGET"):
    parser.add_argument(name, required=True)
arguments, _ = parser.parse_known_args()
spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
people = spark.read.option("header", True).option("inferSchema", True).csv(arguments.SOURCE)
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
people = people.withColumn("day", F.lit("2025-01-02"))
people.write.mode("overwrite").partitionBy("day", "city").parquet(arguments.TARGET)
print(arguments.JOB_RUN_ID, spark.version, spark.sparkContext.master)
"""
PEOPLE = "name,age,city\nanna,30,Ulm\nbert,41,Bonn\ncäcilie,7,Ulm\n"


@pytest.fixture
def job(world: World) -> Job:
    return Job(world, "glueetl")


@needs_spark
def test_a_job_writes_partitioned_parquet_that_a_crawl_and_athena_read(job: Job) -> None:
    world = job.world
    world.put("people.csv", PEOPLE)
    target = f"s3://{world.bucket}/curated/"
    job.create(CURATE, DefaultArguments={"--SOURCE": f"s3://{world.bucket}/data/person/", "--TARGET": target})

    started = time.monotonic()
    run = job.run()
    seconds = time.monotonic() - started

    assert run["JobRunState"] == "SUCCEEDED", (run, job.output(run["Id"], "error"))
    assert job.output(run["Id"]) == [f"{run['Id']} 3.5.6 local[2]"]
    assert seconds < 60  # a bound for a busy machine; docs/local-engine.md has what it takes on an idle one
    keys = [found["Key"] for found in world.s3.list_objects_v2(Bucket=world.bucket, Prefix="curated/")["Contents"]]
    folders = {key.rpartition("/")[0] for key in keys if key.endswith(".parquet")}
    assert folders == {"curated/day=2025-01-02/city=Bonn", "curated/day=2025-01-02/city=Ulm"}
    world.create_crawler(Targets={"S3Targets": [{"Path": target}]})
    world.crawl()
    rows = world.query("SELECT name, age, city, day FROM _curated ORDER BY name")
    assert rows == [
        ["anna", "30", "Ulm", "2025-01-02"],
        ["bert", "41", "Bonn", "2025-01-02"],
        ["cäcilie", "7", "Ulm", "2025-01-02"],
    ]


@needs_spark
def test_a_run_overwrites_the_partitions_that_it_has_and_no_other(job: Job) -> None:
    world = job.world
    target = f"s3://{world.bucket}/curated/"
    job.create(CURATE, DefaultArguments={"--SOURCE": f"s3://{world.bucket}/data/person/", "--TARGET": target})
    for text in (PEOPLE, "name,age,city\ndora,50,Ulm\n"):
        world.put("people.csv", text)
        assert job.run()["JobRunState"] == "SUCCEEDED"

    world.create_crawler(Targets={"S3Targets": [{"Path": target}]})
    world.crawl()

    rows = world.query("SELECT name, city FROM _curated ORDER BY name")
    assert rows == [["bert", "Bonn"], ["dora", "Ulm"]]


@needs_spark
def test_python_functions_extra_files_settings_and_the_aws_sdk_of_a_job(job: Job) -> None:
    rules = job.put("code/rules.py", "def shout(text):\n    return text.upper() + '!'\n")
    notes = job.put("code/notes.txt", "from S3")
    script = """
import boto3, json, os
from pyspark.sql import SparkSession, functions as F, types as T
from rules import shout
spark = SparkSession.builder.getOrCreate()
frame = spark.createDataFrame([("anna",), ("bert",)], "name string")
frame = frame.withColumn("loud", F.udf(shout, T.StringType())("name"))
buckets = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
conf = [spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.ansi.enabled")]
print(json.dumps([[row.loud for row in frame.collect()], open("notes.txt").read(), *conf, buckets > []]))
"""
    job.create(
        script,
        DefaultArguments={
            "--extra-py-files": rules,
            "--extra-files": notes,
            "--conf": "spark.sql.session.timeZone=Asia/Tokyo --conf spark.sql.ansi.enabled=true",
        },
    )

    run = job.run()

    assert run["JobRunState"] == "SUCCEEDED", job.output(run["Id"], "error")
    assert job.printed(run["Id"]) == [["ANNA!", "BERT!"], "from S3", "Asia/Tokyo", "true", True]


@needs_spark
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("spark.read.csv('s3://{bucket}/nothing/')", "AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3://"),
        ("spark.sql('SELECT nope FROM VALUES (1) AS t(a)')", "AnalysisException: [UNRESOLVED_COLUMN"),
        ("spark.range(1).selectExpr('raise_error(\"no such day\")').collect()", "no such day"),
    ],
)
def test_sparks_failures_are_the_runs(job: Job, line: str, message: str) -> None:
    script = f"from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n{line}\n"
    job.create(script.replace("{bucket}", job.world.bucket))

    run = job.run()

    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]
    assert len(run["ErrorMessage"]) <= 1000


def test_a_script_of_awsglue_is_told_what_to_use_instead(world: World) -> None:
    script = "import sys\nfrom awsglue.utils import getResolvedOptions\n"

    run = Job(world).create(script).run()

    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("ModuleNotFoundError: awsglue does not run outside AWS Glue")
    assert "SparkSession.builder.getOrCreate()" in run["ErrorMessage"]


@needs_spark
def test_tables_that_glues_catalog_would_keep_are_not_lost_in_silence(job: Job) -> None:
    script = (
        "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().range(3).write.saveAsTable('kept')\n"
    )
    job.create(script, DefaultArguments={"--enable-glue-datacatalog": "true"})

    run = job.run()

    assert run["JobRunState"] == "FAILED"
    assert "no Glue Data Catalog for Spark: kept would be lost" in run["ErrorMessage"]


@needs_spark
def test_a_stopped_job_takes_java_with_it_and_the_engine_answers_meanwhile(job: Job) -> None:
    script = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("begun", flush=True)
while True:
    spark.range(10**9).selectExpr("sum(id * id)").collect()
"""
    job.create(script)
    run_id = job.start()
    until(lambda: job.output(run_id), 60)
    assert javas(run_id)
    slowest = 0.0
    for _ in range(20):
        begun = time.monotonic()
        job.get(run_id)
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 2

    job.stop(run_id)

    assert job.ended(run_id)["JobRunState"] == "STOPPED"
    until(lambda: not javas(run_id), 3)


def javas(run_id: str) -> list[str]:
    """The Java processes whose driver serves the run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"PythonGatewayServer" in (folder / "cmdline").read_bytes() and run_id in _request(folder):
                found.append(folder.name)
        except OSError:
            continue
    return found


def _request(process: Path) -> str:
    # the driver's folder holds the request; Java works in a folder beside it
    return (process / "cwd").resolve().parent.joinpath("request.json").read_text()


@pytest.fixture
def without_java() -> Iterator[Engine]:
    engine = start_engine(free_port(), PATH="/nowhere", JAVA_HOME="", LANDFALL_SPARK_SETUP="0")
    yield engine
    engine.end()


def test_without_spark_a_job_says_what_is_missing_and_the_rest_goes_on(
    without_java: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(without_java, "bare")
    world.put("people.csv", PEOPLE)
    job = Job(world, "glueetl").create(CURATE)

    run = job.run()

    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == (
        "Spark is not set up on this machine, and LANDFALL_SPARK_SETUP=0 forbids it. `make setup-spark` sets it up; "
        "until then crawls and queries work, Spark jobs do not."
    )
    world.create_crawler()
    world.crawl()
    assert world.query("SELECT count(*) FROM _person") == [["3"]]


@needs_spark
def test_no_more_than_two_run_at_a_time_and_the_others_wait_as_starting(
    job: Job, set_times: Callable[..., None]
) -> None:
    script = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    job.create(script, ExecutionProperty={"MaxConcurrentRuns": 3})
    first, second, third = job.start(), job.start(), job.start()
    runs = until(lambda: [run for run in job.runs() if run["JobRunState"] == "RUNNING"][1:] and job.runs(), 60)
    assert sorted(run["JobRunState"] for run in runs) == ["RUNNING", "RUNNING", "STARTING"]
    waiting = next(run["Id"] for run in runs if run["JobRunState"] == "STARTING")
    running = {first, second, third} - {waiting}

    job.stop(running.pop())

    job.is_in(waiting, "RUNNING")
    job.stop(waiting, *running)
    assert {job.ended(run_id)["JobRunState"] for run_id in (first, second, third)} == {"STOPPED"}
