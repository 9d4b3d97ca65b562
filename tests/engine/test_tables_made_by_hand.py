"""A crawl of a table that was there before the crawler: Glue compares parameters that a table made by hand may lack."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.engine.crawl_events import Events
from tests.engine.world import World

_MERGE = {
    "Configuration": json.dumps(
        {"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}
    )
}


@pytest.fixture
def events(world: World) -> Events:
    return Events(world)


_JSON = "org.openx.data.jsonserde.JsonSerDe"


def _make_by_hand(world: World, serde: str = _JSON, **parameters: str) -> None:
    """The table `_person`, as a template would make it."""
    world.glue.create_table(
        DatabaseName=world.database,
        TableInput={
            "Name": "_person",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "int"}],
                "Location": f"s3://{world.bucket}/data/person/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {}},
            },
        },
    )


def _days(world: World) -> list[list[str]]:
    found = world.glue.get_partitions(DatabaseName=world.database, TableName="_person")["Partitions"]
    return sorted(item["Values"] for item in found)


@pytest.mark.parametrize(
    ("parameters", "body", "changed"),
    [
        ({"classification": "json"}, b'{"id": 1, "v": "x"}\n', ("compressionType", "null", "none")),
        ({"classification": "json"}, gzip.compress(b'{"id": 1}\n', mtime=0), ("compressionType", "null", "gzip")),
        (
            {"classification": "json", "compressionType": "gzip"},
            b'{"id": 1}\n',
            ("compressionType", "gzip", "none"),
        ),
        ({"compressionType": "none"}, b'{"id": 1}\n', ("classification", "null", "json")),
        (
            {"classification": "csv", "compressionType": "none"},
            b"id,n\na,1\nb,2\n",
            ("delimiter", "null", ","),
        ),
    ],
)
def test_a_table_made_by_hand_without_what_a_crawler_compares_is_deprecated_and_gets_nothing(
    world: World, events: Events, parameters: dict[str, str], body: bytes, changed: tuple[str, str, str]
) -> None:
    _make_by_hand(world, **parameters)
    world.put("day=1/a.json.gz" if body[:1] == b"\x1f" else "day=1/a.json", body)
    world.create_crawler(**_MERGE)

    detail = events.crawl()

    name, before, now = changed
    warning = (
        "Cannot merge new columns into the table _person as defined in the Data Catalog because the parameter "
        f"'{name}' has changed. The existing value is '{before}', and the crawled value is '{now}'. "
        "Either remove the table or resolve the inconsistent parameter value."
    )
    assert detail["warningMessage"] == warning
    assert world.last_crawl()["Status"] == "SUCCEEDED"
    assert "ErrorMessage" not in world.last_crawl()
    assert "DEPRECATED_BY_CRAWLER" in world.table()["Parameters"]
    assert _days(world) == []
    assert world.query('SELECT count(*) FROM "_person"') == [["0"]]
    log = world.engine.client("logs").get_log_events(
        logGroupName="/aws-glue/crawlers", logStreamName=world.crawler, limit=10000
    )
    assert any(f"WARN : {warning}" in event["message"] for event in log["events"])


def test_the_fix_that_was_reported_takes_the_mark_away(world: World, events: Events) -> None:
    _make_by_hand(world, classification="json")
    world.put("day=1/a.json", '{"id": 1}\n')
    world.create_crawler(**_MERGE)
    events.crawl()
    table = world.table()
    kept = {name: table[name] for name in ("Name", "TableType", "PartitionKeys", "StorageDescriptor")}

    parameters = {**table["Parameters"], "compressionType": "none"}
    world.glue.update_table(DatabaseName=world.database, TableInput={**kept, "Parameters": parameters})
    detail = events.crawl()

    assert detail["warningMessage"] == "N/A"
    assert "DEPRECATED_BY_CRAWLER" not in world.table()["Parameters"]
    assert _days(world) == [["1"]]
    assert world.query('SELECT id, day FROM "_person"') == [["1", "1"]]


def test_without_merge_new_columns_such_a_table_is_only_updated(world: World, events: Events) -> None:
    _make_by_hand(world, classification="json")
    world.put("day=1/a.json", '{"id": 1, "v": "x"}\n')
    world.create_crawler()

    assert events.crawl()["warningMessage"] == "N/A"
    assert world.table()["Parameters"]["compressionType"] == "none"
    assert _days(world) == [["1"]]
    assert world.query('SELECT id, v FROM "_person"') == [["1", "x"]]
