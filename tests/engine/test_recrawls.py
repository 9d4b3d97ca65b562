"""A second crawl of changed data, under each policy."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.engine.crawl_events import Events
from tests.engine.world import World

_HEADER = "name,age,size\n"
_FIRST = f"{_HEADER}anna,30,1\n"
_LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}

# what replaces the first file, and the columns then
_CHANGES = {
    "a column more": (f"{_HEADER[:-1]},city\nanna,30,1,Ulm\n", "name string, age bigint, size bigint, city string"),
    "a column less": ("name,age\nanna,30\n", "name string, age bigint"),
    "another type": (f"{_HEADER}anna,30.5,1\n", "name string, age double, size bigint"),
}


def _output(**members: Any) -> dict[str, Any]:
    return {"Configuration": json.dumps({"Version": 1.0, "CrawlerOutput": members})}


_MERGE = _output(Tables={"AddOrUpdateBehavior": "MergeNewColumns"})


@pytest.fixture
def events(world: World) -> Events:
    return Events(world)


def _columns(world: World) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in world.columns())


def _lines(world: World) -> str:
    group = world.engine.client("logs").get_log_events(
        logGroupName="/aws-glue/crawlers", logStreamName=world.crawler, limit=10000
    )
    return "\n".join(event["message"] for event in group["events"])


@pytest.mark.parametrize("change", _CHANGES)
def test_update_in_database_takes_the_columns_of_now(world: World, events: Events, change: str) -> None:
    text, columns = _CHANGES[change]
    world.put("a.csv", _FIRST)
    world.create_crawler()
    assert events.counts() == [1, 0, 0]

    world.put("a.csv", text)

    assert events.counts() == [0, 1, 0]
    assert _columns(world) == columns
    assert events.counts() == [0, 0, 0]


@pytest.mark.parametrize("change", _CHANGES)
def test_log_leaves_the_columns_and_says_so(world: World, events: Events, change: str) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy=_LOG)
    events.crawl()

    world.put("a.csv", _CHANGES[change][0])

    assert events.counts() == [0, 0, 0]
    assert _columns(world) == "name string, age bigint, size bigint"
    assert "has changed; it is left as it is" in _lines(world)


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ("a column more", "name string, age bigint, size bigint, city string"),
        ("a column less", "name string, age bigint, size bigint"),
        ("another type", "name string, age bigint, size bigint"),
    ],
)
@pytest.mark.parametrize("policy", ["UPDATE_IN_DATABASE", "LOG"])
def test_merge_new_columns_adds_only_whatever_the_policy(
    world: World, events: Events, change: str, columns: str, policy: str
) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy={"UpdateBehavior": policy, "DeleteBehavior": "LOG"}, **_MERGE)
    events.crawl()
    text = _CHANGES[change][0]

    world.put("a.csv", text)

    assert events.counts() == [0, 1, 0]
    assert _columns(world) == columns
    assert world.table()["Parameters"]["sizeKey"] == str(len(text))


def test_update_removes_what_the_crawler_did_not_set_and_merge_new_columns_keeps_it(world: World) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler()
    world.crawl()

    def add_a_parameter() -> None:
        table = world.table()
        kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType")
        changed = {name: table[name] for name in kept} | {"Parameters": {**table["Parameters"], "owner": "me"}}
        world.glue.update_table(DatabaseName=world.database, TableInput=changed)

    add_a_parameter()
    world.crawl()
    assert "owner" not in world.table()["Parameters"]

    world.glue.update_crawler(Name=world.crawler, **_MERGE)
    add_a_parameter()
    world.crawl()
    assert world.table()["Parameters"]["owner"] == "me"


def test_merge_new_columns_deprecates_a_table_of_another_delimiter_with_a_warning(world: World, events: Events) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler(**_MERGE)
    assert events.crawl()["warningMessage"] == "N/A"

    world.put("a.csv", _FIRST.replace(",", ";"))
    detail = events.crawl()

    assert detail["warningMessage"] == (
        "Cannot merge new columns into the table _person as defined in the Data Catalog because the parameter "
        "'delimiter' has changed. The existing value is ',', and the crawled value is ';'. "
        "Either remove the table or resolve the inconsistent parameter value."
    )
    parameters = world.table()["Parameters"]
    assert re.fullmatch(r"\d{13}", parameters["DEPRECATED_BY_CRAWLER"])
    assert parameters["delimiter"] == ","


@pytest.mark.parametrize(
    ("behavior", "counts"),
    [("DELETE_FROM_DATABASE", [0, 0, 1]), ("DEPRECATE_IN_DATABASE", [0, 1, 0]), ("LOG", [0, 0, 0])],
)
def test_a_table_without_data_is_deleted_deprecated_or_left(
    world: World, events: Events, behavior: str, counts: list[int]
) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    events.crawl()

    world.s3.delete_object(Bucket=world.bucket, Key="data/person/a.csv")

    assert events.counts() == counts
    assert events.counts() == [0, 0, 0]
    tables = world.glue.get_tables(DatabaseName=world.database)["TableList"]
    marks = [re.fullmatch(r"\d{13}", table["Parameters"].get("DEPRECATED_BY_CRAWLER", "")) for table in tables]
    assert {
        "DELETE_FROM_DATABASE": marks == [],
        "DEPRECATE_IN_DATABASE": len(marks) == 1 and marks[0] is not None,
        "LOG": marks == [None],
    }[behavior]


def test_a_deprecated_table_whose_data_are_back_is_a_usual_table_again(world: World) -> None:
    world.put("a.csv", _FIRST)
    world.create_crawler()
    world.crawl()
    world.s3.delete_object(Bucket=world.bucket, Key="data/person/a.csv")
    world.crawl()

    world.put("a.csv", _FIRST)
    world.crawl()

    assert "DEPRECATED_BY_CRAWLER" not in world.table()["Parameters"]


def test_tables_of_others_and_of_other_folders_are_left(world: World) -> None:
    world.create_table([("a", "string")])
    world.put("a.csv", _FIRST)
    world.create_crawler(SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    world.crawl()

    world.glue.update_crawler(Name=world.crawler, Targets={"S3Targets": [{"Path": f"s3://{world.bucket}/elsewhere/"}]})
    world.crawl()

    names = {table["Name"] for table in world.glue.get_tables(DatabaseName=world.database)["TableList"]}
    assert names == {"made", "_person"}


def test_two_tables_of_one_name_keep_their_names(world: World, events: Events) -> None:
    targets = [{"Path": f"s3://{world.bucket}/{folder}/sales/"} for folder in ("a", "b")]
    for folder in ("a", "b"):
        world.s3.put_object(Bucket=world.bucket, Key=f"{folder}/sales/f.csv", Body=_FIRST)
    world.create_crawler(Targets={"S3Targets": targets})

    assert events.counts() == [2, 0, 0]
    assert events.counts() == [0, 0, 0]
    # the first one's data are gone: the second one is not taken for it
    world.s3.delete_object(Bucket=world.bucket, Key="a/sales/f.csv")
    assert events.counts() == [0, 1, 0]
    assert "DEPRECATED_BY_CRAWLER" in world.table("_sales")["Parameters"]
