"""A second crawl of changed data, in partitions: under each policy, and of new folders only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.crawl_events import COUNTS, PARTITION_COUNTS, Events
from tests.engine.helpers import refused
from tests.engine.world import World

_HEADER = "name,age,size\n"
_FIRST = f"{_HEADER}anna,30,1\n"
_LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


def _output(**members: Any) -> dict[str, Any]:
    return {"Configuration": json.dumps({"Version": 1.0, "CrawlerOutput": members})}


_INHERIT = _output(Partitions={"AddOrUpdateBehavior": "InheritFromTable"})


@pytest.fixture
def events(world: World) -> Events:
    return Events(world)


def _partitions(world: World) -> dict[str, dict[str, Any]]:
    found = world.glue.get_partitions(DatabaseName=world.database, TableName="_person")["Partitions"]
    return {"/".join(item["Values"]): item for item in found}


def _lines(world: World) -> str:
    group = world.engine.client("logs").get_log_events(
        logGroupName="/aws-glue/crawlers", logStreamName=world.crawler, limit=10000
    )
    return "\n".join(event["message"] for event in group["events"])


def test_new_folders_are_new_partitions_under_log_too(world: World, events: Events) -> None:
    world.put("d=1/a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy=_LOG)
    assert events.counts(COUNTS + PARTITION_COUNTS) == [1, 0, 0, 1, 0, 0]

    world.put("d=2/a.csv", _FIRST)

    assert events.counts(COUNTS + PARTITION_COUNTS) == [0, 0, 0, 1, 0, 0]
    assert set(_partitions(world)) == {"1", "2"}
    assert world.table()["Parameters"]["objectCount"] == "1"


@pytest.mark.parametrize(
    ("behavior", "counts", "left"),
    [
        ("DELETE_FROM_DATABASE", [0, 0, 1], {"2"}),
        ("DEPRECATE_IN_DATABASE", [0, 1, 0], {"1", "2"}),
        ("LOG", [0, 0, 0], {"1", "2"}),
    ],
)
def test_a_folder_that_is_gone_is_a_partition_deleted_deprecated_or_left(
    world: World, events: Events, behavior: str, counts: list[int], left: set[str]
) -> None:
    for number in (1, 2):
        world.put(f"d={number}/a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    events.crawl()

    world.s3.delete_object(Bucket=world.bucket, Key="data/person/d=1/a.csv")

    assert events.counts(PARTITION_COUNTS) == counts
    assert events.counts(PARTITION_COUNTS) == [0, 0, 0]
    partitions = _partitions(world)
    assert set(partitions) == left
    deprecated = {values for values, item in partitions.items() if "DEPRECATED_BY_CRAWLER" in item["Parameters"]}
    assert deprecated == ({"1"} if behavior == "DEPRECATE_IN_DATABASE" else set())


def test_a_partition_that_lies_elsewhere_is_left(world: World, events: Events) -> None:
    world.put("d=1/a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    events.crawl()
    descriptor = {**world.table()["StorageDescriptor"], "Location": f"s3://{world.bucket}/elsewhere/"}
    world.glue.create_partition(
        DatabaseName=world.database,
        TableName="_person",
        PartitionInput={"Values": ["9"], "StorageDescriptor": descriptor},
    )

    assert events.counts(PARTITION_COUNTS) == [0, 0, 0]
    assert set(_partitions(world)) == {"1", "9"}


def test_a_hundred_and_fifty_partitions_are_written_in_batches(world: World, events: Events) -> None:
    for number in range(150):
        world.put(f"d={number}/a.csv", _FIRST)
    world.create_crawler()

    assert events.counts(PARTITION_COUNTS) == [150, 0, 0]
    assert len(_partitions(world)) == 150


def test_a_partition_has_its_own_columns_unless_it_inherits_the_table_s(world: World, events: Events) -> None:
    world.put("d=1/a.csv", _FIRST)
    world.put("d=2/a.csv", f"{_HEADER[:-1]},city\nanna,30,1,Ulm\n")
    world.create_crawler()
    events.crawl()

    def widths() -> list[int]:
        partitions = _partitions(world)
        return [len(partitions[values]["StorageDescriptor"]["Columns"]) for values in sorted(partitions)]

    assert widths() == [3, 4]
    world.glue.update_crawler(Name=world.crawler, **_INHERIT)
    assert events.counts(PARTITION_COUNTS) == [0, 1, 0]
    assert widths() == [4, 4]


def test_a_table_that_becomes_partitioned_loses_nothing(world: World, events: Events) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler()
    events.crawl()

    world.s3.delete_object(Bucket=world.bucket, Key="data/person/a.csv")
    world.put("y=1/m=1/a.csv", _FIRST)
    assert events.counts(COUNTS + PARTITION_COUNTS) == [0, 1, 0, 1, 0, 0]
    assert [key["Name"] for key in world.table()["PartitionKeys"]] == ["y", "m"]

    world.s3.delete_object(Bucket=world.bucket, Key="data/person/y=1/m=1/a.csv")
    world.put("y=1/a.csv", _FIRST)
    assert events.counts(COUNTS + PARTITION_COUNTS) == [0, 1, 0, 1, 0, 1]
    assert set(_partitions(world)) == {"1"}


class TestNewFoldersOnly:
    """CRAWL_NEW_FOLDERS_ONLY: the guide, Scheduling incremental crawls."""

    @pytest.fixture(autouse=True)
    def first_crawl(self, world: World, events: Events) -> None:
        world.put("d=1/a.csv", _FIRST)
        world.create_crawler(
            RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
            SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        )
        assert events.counts(COUNTS + PARTITION_COUNTS) == [1, 0, 0, 1, 0, 0]

    def test_a_new_folder_is_a_new_partition_and_the_table_stays(self, world: World, events: Events) -> None:
        before = world.table()

        world.put("d=2/a.csv", f"{_HEADER[:-1]},city\nanna,30,1,Ulm\n")

        assert events.counts(COUNTS + PARTITION_COUNTS) == [0, 0, 0, 1, 0, 0]
        assert set(_partitions(world)) == {"1", "2"}
        assert world.table() == before
        assert events.counts(PARTITION_COUNTS) == [0, 0, 0]

    def test_a_new_file_in_a_known_folder_is_not_seen(self, world: World, events: Events) -> None:
        world.put("d=1/b.csv", _FIRST)

        assert events.counts(COUNTS + PARTITION_COUNTS) == [0] * 6

    def test_a_folder_that_is_gone_is_not_seen(self, world: World, events: Events) -> None:
        world.s3.delete_object(Bucket=world.bucket, Key="data/person/d=1/a.csv")

        assert events.counts(COUNTS + PARTITION_COUNTS) == [0] * 6
        assert set(_partitions(world)) == {"1"}

    @pytest.mark.parametrize("body", ['{"a": 1}\n', "city,zip\nUlm,89073\n", "a;b;c\nx;1;2\n"])
    def test_a_new_folder_that_is_not_compatible_is_logged_only(self, world: World, events: Events, body: str) -> None:
        world.put("d=2/a", body)

        assert events.counts(COUNTS + PARTITION_COUNTS) == [0] * 6
        assert "is not compatible with the table _person; it is not added" in _lines(world)


def test_a_deleted_crawler_forgets_which_folders_it_knew(world: World, events: Events) -> None:
    world.put("d=1/a.csv", _FIRST)
    policy = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}
    world.create_crawler(**policy)
    events.crawl()
    world.glue.delete_crawler(Name=world.crawler)
    world.glue.delete_table(DatabaseName=world.database, Name="_person")

    world.create_crawler(**policy)

    assert events.counts() == [1, 0, 0]
    assert refused(world.glue.get_table, DatabaseName=world.database, Name="nope") == "EntityNotFoundException"
