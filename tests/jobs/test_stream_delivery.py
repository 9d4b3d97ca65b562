"""What brings batches to jobs/stream_person.py where Glue's own source is not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

REGION = "us-east-1"


class Ended(BaseException):
    """Whoever waits for the next batch has nothing more to read."""


class Delivery:
    """A stream on Kinesis, and who reads it."""

    def __init__(self, spark: Any, job: ModuleType, root: Path) -> None:
        self.spark, self.job, self.checkpoint = spark, job, f"{root.as_uri()}/"
        self.kinesis = boto3.client("kinesis", region_name=REGION)
        self.kinesis.create_stream(StreamName="s", ShardCount=2)
        self.batches: list[tuple[int, list[str]]] = []
        self.dies_in = -1
        """The batch in which the reader is killed, when it has been handled and that is not yet known."""

    def put(self, *texts: str) -> None:
        for text in texts:
            self.kinesis.put_record(StreamName="s", Data=text.encode(), PartitionKey=text)

    def handle(self, raw: Any, batch: int) -> None:
        self.batches.append((batch, sorted(row.text for row in raw.collect())))
        if batch == self.dies_in:
            raise Ended

    def run(self) -> list[tuple[int, list[str]]]:
        """The batches until there is nothing more, or the reader is killed."""
        self.batches = []
        with pytest.raises(Ended):
            self.job.from_kinesis(self.spark, "s", REGION, self.checkpoint, 0.0, self.handle)
        return self.batches


@pytest.fixture
def delivery(
    spark: Any, stream_person: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Delivery]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    def end(_: float) -> None:
        raise Ended

    monkeypatch.setattr(stream_person, "time", SimpleNamespace(monotonic=time.monotonic, sleep=end))
    with mock_aws():
        yield Delivery(spark, stream_person, tmp_path)


def test_all_shards_are_read_from_the_start_and_then_on(delivery: Delivery) -> None:
    delivery.put(*"abcdef")
    assert delivery.run() == [(0, list("abcdef"))]
    assert delivery.run() == []

    delivery.put("g")

    assert delivery.run() == [(1, ["g"])]


def test_a_batch_that_was_not_finished_comes_again_as_it_was(delivery: Delivery) -> None:
    delivery.put("a", "b", "c")
    delivery.run()
    delivery.put("d", "e")
    delivery.dies_in = 1
    assert delivery.run() == [(1, ["d", "e"])]
    delivery.put("f", "g")
    delivery.dies_in = -1

    assert delivery.run() == [(1, ["d", "e"]), (2, ["f", "g"])]


def test_what_was_put_before_and_after_a_split_is_read_once(delivery: Delivery) -> None:
    delivery.put(*"abcdef")
    delivery.run()
    delivery.put(*"ghijkl")
    shard = delivery.kinesis.describe_stream(StreamName="s")["StreamDescription"]["Shards"][0]
    middle = (int(shard["HashKeyRange"]["StartingHashKey"]) + int(shard["HashKeyRange"]["EndingHashKey"])) // 2
    delivery.kinesis.split_shard(StreamName="s", ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle))
    delivery.put(*"mnopqr")

    assert delivery.run() == [(1, list("ghijklmnopqr"))]
    assert delivery.run() == []


def test_a_batch_takes_no_more_of_a_shard_than_it_may(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery.job, "RECORDS_PER_SHARD", 2)
    delivery.put(*"abcdefgh")
    read = []
    while batches := delivery.run():
        assert all(len(texts) <= 4 for _, texts in batches)
        read += [text for _, texts in batches for text in texts]

    assert sorted(read) == list("abcdefgh")


def test_what_the_stream_has_lost_is_told(delivery: Delivery) -> None:
    delivery.put("a")
    delivery.dies_in = 0
    delivery.run()
    delivery.kinesis.delete_stream(StreamName="s")
    delivery.kinesis.create_stream(StreamName="s", ShardCount=2)

    with pytest.raises(delivery.job.JobError, match="no longer has all of the batch"):
        delivery.job.from_kinesis(delivery.spark, "s", REGION, delivery.checkpoint, 0.0, delivery.handle)


def test_settings_come_from_the_secret_and_what_is_missing_is_named(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    secrets = boto3.client("secretsmanager", region_name=REGION)
    settings = {"JOB_NAME": "j", "STREAM_NAME": "s", "S3_OUTPUT_PATH": "s3://b/o/", "REGION": REGION}
    secrets.create_secret(Name="whole", SecretString=json.dumps(settings))
    secrets.create_secret(Name="half", SecretString=json.dumps({"JOB_NAME": "j", "REGION": ""}))

    assert delivery.job.read_settings("whole") == settings
    with pytest.raises(delivery.job.JobError, match="The secret half lacks STREAM_NAME, S3_OUTPUT_PATH, REGION"):
        delivery.job.read_settings("half")
