"""What change data needs of the engine: streams of a stack, jobs that run until they are stopped, views of a stack."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from local.engine.jobs import spark
from local.engine.jobs.logs import Logs
from local.engine.jobs.runs import first_run
from local.spark import environment
from tests.engine.helpers import refused, until
from tests.engine.jobs import SPIN, Job
from tests.engine.test_glue_jobs import drivers_of
from tests.engine.test_glue_spark_jobs import javas
from tests.engine.world import World

needs_spark = pytest.mark.skipif(
    not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
)


def deploy(world: World, resources: dict[str, Any]) -> Any:
    """Make a stack of these resources, or change it; the client and the call's name for the stack."""
    cloudformation, stack = world.engine.client("cloudformation"), {"StackName": f"stack-{world.name}"}
    body = json.dumps({"Resources": resources})
    made = [found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]]
    kind = "update" if stack["StackName"] in made else "create"
    getattr(cloudformation, f"{kind}_stack")(TemplateBody=body, **stack)
    waiter = cloudformation.get_waiter(f"stack_{kind}_complete")
    waiter.wait(**stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})
    return cloudformation, stack


def test_a_stream_of_a_stack_is_on_demand_and_encrypted(world: World) -> None:
    kinesis, name = world.engine.client("kinesis"), f"stream-{world.name}"
    stream = {
        "Type": "AWS::Kinesis::Stream",
        "Properties": {
            "Name": name,
            "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
            "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
        },
    }
    deploy(world, {"Stream": stream})
    kinesis.put_record(StreamName=name, Data=b"a", PartitionKey="a")

    found = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]

    assert found["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert (found["EncryptionType"], found["KeyId"]) == ("KMS", "alias/aws/kinesis")
    del stream["Properties"]["StreamEncryption"]  # type: ignore[attr-defined]
    deploy(world, {"Stream": stream})
    assert kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["EncryptionType"] == "NONE"


def test_shards_that_are_no_more_can_be_read_to_their_end(world: World) -> None:
    kinesis, name = world.engine.client("kinesis"), f"stream-{world.name}"
    kinesis.create_stream(StreamName=name, ShardCount=2)

    def put(*texts: str) -> set[str]:
        return {kinesis.put_record(StreamName=name, Data=text, PartitionKey=text)["ShardId"] for text in texts}

    used = [put(*"abcdefgh")]
    first, second = (shard["ShardId"] for shard in kinesis.list_shards(StreamName=name)["Shards"])
    kinesis.split_shard(StreamName=name, ShardToSplit=first, NewStartingHashKey=str(2**126))
    used.append(put(*"ijklmnop"))
    _, _, third, fourth = (shard["ShardId"] for shard in kinesis.list_shards(StreamName=name)["Shards"])
    kinesis.merge_shards(StreamName=name, ShardToMerge=third, AdjacentShardToMerge=fourth)
    used.append(put(*"qrstuvwx"))
    kinesis.update_shard_count(StreamName=name, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    used.append(put(*"yz0123456789"))

    assert [len(shards) for shards in used] == [2, 3, 2, 3]
    assert not used[-1] & (used[0] | used[1] | used[2])
    shards = kinesis.list_shards(StreamName=name)["Shards"]
    closed = ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shards]
    assert closed == [True] * 5 + [False] * 3
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 3
    read = ""
    for shard in shards:
        at = kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        page = kinesis.get_records(ShardIterator=at["ShardIterator"])
        read += "".join(record["Data"].decode() for record in page["Records"])
        assert ("NextShardIterator" in page) == ("EndingSequenceNumber" not in shard["SequenceNumberRange"])
    assert sorted(read) == sorted("abcdefghijklmnopqrstuvwxyz0123456789")
    again = refused(kinesis.split_shard, StreamName=name, ShardToSplit=second, NewStartingHashKey="1")
    assert again == "ResourceNotFoundException"


def test_a_streaming_job_without_a_timeout_ends_after_eight_hours_and_before_glue_5_never(world: World) -> None:
    job = Job(world, "gluestreaming").create(SPIN, MaintenanceWindow="Sun:3", WorkerType="G.025X", NumberOfWorkers=2)
    workers = {"WorkerType": "G.025X", "NumberOfWorkers": 2}
    Job(world, "gluestreaming").create(SPIN, Name=f"{job.name}-of-glue-4", GlueVersion="4.0", **workers)
    names = (job.name, f"{job.name}-of-glue-4")
    definition, of_before = (job.glue.get_job(JobName=name)["Job"] for name in names)

    assert definition["Timeout"] == 480
    assert (definition["MaintenanceWindow"], definition["WorkerType"]) == ("Sun:3", "G.025X")
    assert "Timeout" not in of_before
    assert first_run(of_before, {}, 0.0).timeout_minutes is None
    assert first_run(definition, {"Timeout": 9}, 0.0).timeout_minutes == 9


@needs_spark
@pytest.mark.parametrize(
    ("process", "error"),
    [
        ("driver", "Command failed with exit code 137 (SIGKILL)"),
        ("java", "Spark's Java ended with exit code 137 (SIGKILL)"),
    ],
)
def test_a_streaming_job_runs_until_it_is_killed(
    world: World, set_times: Callable[..., None], process: str, error: str
) -> None:
    set_times(job_minute_seconds=0.001)  # a day passes in a second and a half
    job = Job(world, "gluestreaming").create(SPIN, GlueVersion="4.0")  # newer ones end after 480 minutes
    run_id = job.start()
    until(lambda: job.output(run_id), 60)
    run = until(lambda: (found := job.get(run_id))["ExecutionTime"] > 1 and found, 10)
    assert run["JobRunState"] == "RUNNING"
    assert "Timeout" not in run

    (found,) = drivers_of(world.engine.process.pid) if process == "driver" else map(int, javas(run_id))
    os.kill(found, signal.SIGKILL)

    ended = job.ended(run_id)
    assert (ended["JobRunState"], ended["ErrorMessage"]) == ("FAILED", error)


def test_streaming_jobs_leave_the_others_their_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "is_ready", lambda: True)

    def room(kind: str) -> Any:
        run = first_run({"Name": kind, "Command": {"Name": kind}}, {}, 0.0)
        return spark.slot(run, object.__new__(Logs))

    with contextlib.ExitStack() as running:
        for kind in ("gluestreaming", "gluestreaming", "glueetl", "glueetl"):
            assert running.enter_context(room(kind))
        late = first_run({"Name": "late", "Command": {"Name": "gluestreaming"}}, {}, 0.0)
        late.stop.set()
        assert not running.enter_context(spark.slot(late, object.__new__(Logs)))


def test_a_view_of_a_stack_answers_as_one_made_by_a_statement(world: World) -> None:
    database = world.database
    view = {
        "originalSql": "SELECT CAST(id AS bigint) id, upper(name) name FROM (VALUES (1, 'ann'), (2, 'b')) t(id, name)",
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": "id", "type": "bigint"}, {"name": "name", "type": "varchar"}],
    }
    encoded = base64.b64encode(json.dumps(view).encode()).decode()
    table = {
        "Name": "v",
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true"},
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]},
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
    }
    resource = {"CatalogId": "000000000000", "DatabaseName": database, "TableInput": table}
    deploy(world, {"View": {"Type": "AWS::Glue::Table", "Properties": resource}})

    assert world.query("SELECT id, name FROM v ORDER BY id DESC") == [["2", "B"], ["1", "ANN"]]
