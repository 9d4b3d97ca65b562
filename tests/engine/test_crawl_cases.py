"""Every case of crawl_cases: the catalog entry that the crawl makes, and what Athena reads from it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.crawl_cases import CASES, Case, Expected
from tests.engine.crawl_cases.case import FOLDER
from tests.engine.crawl_cases.tables import hash_of
from tests.engine.helpers import Engine
from tests.engine.world import World

_SERDES = {
    "csv": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "json": "org.openx.data.jsonserde.JsonSerDe",
    "parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "avro": "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    "orc": "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    "special-logs": "com.amazonaws.glue.serde.GrokSerDe",
    "xml": "",
    "UNKNOWN": "",
}
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_FORMATS = {
    "csv": _TEXT,
    "json": _TEXT,
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
    "avro": (
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
    ),
    "orc": ("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"),
    "special-logs": _TEXT,
    "xml": ("", ""),
    "UNKNOWN": ("", ""),
}
# the catalog's type -> the type in a query's result
_ATHENA = {"string": "varchar", "int": "integer", "binary": "varbinary"}
_ATHENA_NESTED = {"array": "array", "struct": "row", "map": "map", "decimal": "decimal", "varchar": "varchar"}
_NAMES = [case.says for case in CASES]

Crawled = Callable[[Case], World]


@pytest.fixture(scope="module")
def crawled(engine: Engine) -> Crawled:
    """The world in which a case was crawled; both tests of a case share it."""
    numbers, worlds = itertools.count(1), dict[str, World]()

    def crawl(case: Case) -> World:
        if case.says not in worlds:
            worlds[case.says] = _crawl(case, World(engine, f"case-{next(numbers)}"))
        return worlds[case.says]

    return crawl


def _crawl(case: Case, world: World) -> World:
    for key, body in case.files.items():
        world.s3.put_object(Bucket=world.bucket, Key=FOLDER + key, Body=body)
    names = []
    for number, definition in enumerate(case.classifiers):
        (kind, members), name = next(iter(definition.items())), f"{world.name}-{number}"
        world.glue.create_classifier(**{kind: {**members, "Name": name}})
        names.append(name)
    targets = [{**target, "Path": f"s3://{world.bucket}/{target['Path']}"} for target in case.targets]
    world.create_crawler(**{"TablePrefix": "", "Targets": {"S3Targets": targets}, "Classifiers": names, **case.crawler})
    last = world.crawl()
    assert last["Status"] == "SUCCEEDED", last
    return world


def _location(world: World, expected: Expected) -> str:
    return f"s3://{world.bucket}/{expected.location}"


def _name(world: World, expected: Expected) -> str:
    return expected.name.format(hash=hash_of(_location(world, expected).rstrip("/")))


def test_there_are_at_least_sixty_cases_and_each_has_one_line_and_a_source() -> None:
    assert len(CASES) == len(set(_NAMES)) >= 60
    assert all(case.says and "\n" not in case.says and case.source for case in CASES)
    assert all((table.rows is None) == bool(table.unreadable) for case in CASES for table in case.tables)


@pytest.mark.parametrize("case", CASES, ids=_NAMES)
def test_the_catalog_has_what_glue_would_write(case: Case, crawled: Crawled) -> None:
    world = crawled(case)

    tables = {table["Name"]: table for table in world.glue.get_tables(DatabaseName=world.database)["TableList"]}

    assert set(tables) == {_name(world, expected) for expected in case.tables}
    for expected in case.tables:
        _check_table(world, tables[_name(world, expected)], expected)


def _check_table(world: World, table: dict[str, Any], expected: Expected) -> None:
    descriptor, parameters = table["StorageDescriptor"], table["Parameters"]
    assert [(item["Name"], item["Type"]) for item in descriptor["Columns"]] == expected.column_list
    assert [(item["Name"], item["Type"]) for item in table["PartitionKeys"]] == [
        (key, "string") for key in expected.keys
    ]
    assert descriptor["Location"] == _location(world, expected)
    assert parameters["classification"] == expected.format
    assert (descriptor["InputFormat"], descriptor["OutputFormat"]) == _FORMATS[expected.format]
    serde = descriptor["SerdeInfo"]
    is_open_csv = "separatorChar" in (expected.serde or {})
    library = "org.apache.hadoop.hive.serde2.OpenCSVSerde" if is_open_csv else _SERDES[expected.format]
    assert serde["SerializationLibrary"] == library
    assert expected.serde is None or serde["Parameters"] == expected.serde
    assert parameters["UPDATED_BY_CRAWLER"] == world.crawler
    assert descriptor["Parameters"] == parameters
    for name, value in expected.parameters.items():
        assert parameters.get(name) == (value.replace("{bucket}", world.bucket) if value else None), name
    assert int(parameters["objectCount"]) <= len(world.s3.list_objects_v2(Bucket=world.bucket)["Contents"])
    _check_partitions(world, table, expected)


def _check_partitions(world: World, table: dict[str, Any], expected: Expected) -> None:
    partitions = world.glue.get_partitions(DatabaseName=world.database, TableName=table["Name"])["Partitions"]
    assert sorted(tuple(item["Values"]) for item in partitions) == sorted(expected.partitions)
    for item in partitions:
        descriptor = item["StorageDescriptor"]
        assert descriptor["Location"].startswith(table["StorageDescriptor"]["Location"])
        assert descriptor["SerdeInfo"]["SerializationLibrary"] == _SERDES[expected.format]
        assert item["Parameters"] == descriptor["Parameters"]
        for name in ("classification", "compressionType", "skip.header.line.count"):
            assert item["Parameters"].get(name) == table["Parameters"].get(name), name
        assert item["Parameters"]["CRAWL_RUN_ID"] == table["Parameters"]["CRAWL_RUN_ID"]
    for count in ("objectCount", "sizeKey", "recordCount") if partitions else ():
        assert sum(int(item["Parameters"][count]) for item in partitions) == int(table["Parameters"][count]), count


@pytest.mark.parametrize("case", CASES, ids=_NAMES)
def test_athena_reads_what_was_crawled(case: Case, crawled: Crawled) -> None:
    world = crawled(case)

    for expected in case.tables:
        query = world.start_query(f'SELECT * FROM "{_name(world, expected)}"')  # noqa: S608 # a name of ours
        status = world.ended(query)["Status"]
        if expected.rows is None:
            assert status["State"] == "FAILED", expected.unreadable
            if expected.unreadable.partition(":")[0].isupper():
                assert status["StateChangeReason"].startswith(expected.unreadable)
            continue
        assert status["State"] == "SUCCEEDED", status
        names, types, rows = _results(world, query)
        assert names == [name for name, _ in expected.column_list] + list(expected.keys)
        assert types == [_athena_type(kind) for _, kind in expected.column_list] + ["varchar"] * len(expected.keys)
        assert sorted(rows, key=repr) == sorted(expected.rows, key=repr)


def _athena_type(kind: str) -> str:
    nested = kind.partition("<")[0].partition("(")[0]
    return _ATHENA_NESTED.get(nested) or _ATHENA.get(kind, kind)


def _results(world: World, query: str) -> tuple[list[str], list[str], list[tuple[str | None, ...]]]:
    """All pages: names, types and rows."""
    rows: list[tuple[str | None, ...]] = []
    columns: list[dict[str, Any]] = []
    for page in world.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query):
        columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        rows += [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in page["ResultSet"]["Rows"]]
    return [column["Name"] for column in columns], [column["Type"] for column in columns], rows[1:]
