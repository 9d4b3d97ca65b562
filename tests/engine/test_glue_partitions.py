"""GetPartitions and its kin: every operator of Expression by the type of the key, segments, pages and batches."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine.catalog.expressions import compile_expression
from local.engine.errors import ApiError
from tests.engine.helpers import refused
from tests.engine.world import World

KEYS = [
    {"Name": "n", "Type": "int"},
    {"Name": "s", "Type": "string"},
    {"Name": "d", "Type": "date"},
    {"Name": "t", "Type": "timestamp"},
    {"Name": "p", "Type": "decimal(10,2)"},
    {"Name": "x", "Type": "double"},
]
ONE = ["9", "b%", "2024-02-29", "2024-02-29 10:00:00.5", "1.50", "1"]


def passes(expression: str, values: list[str] | None = None) -> bool:
    return compile_expression(expression, KEYS)(values or ONE)


@pytest.mark.parametrize(
    "expression",
    [
        "n = 9",
        "n = '9'",
        "n < 10",  # numbers, not texts
        "n <= 9 AND n >= 9",
        "n > -1",
        "n <> 10",
        "n != 10",
        "n IN (1, 9, 10)",
        "n NOT IN (1, 10)",
        "n BETWEEN 9 AND 10",
        "n NOT BETWEEN 10 AND 20",
        "NOT n = 10",
        "NOT (n = 10 OR s = 'a')",
        "n = 10 OR n = 9 AND s = 'b%'",  # AND binds first
        "(n = 10 OR n = 9) AND (s = 'b%')",
        "((n)) = (9)",
        "s = 'b%'",
        "s > 'a' and s < 'c'",
        "s LIKE 'b_'",
        "s LIKE '%'",
        "s NOT LIKE 'b'",
        "s NOT IN ('it''s')",
        "N = 9",
        "d = '2024-02-29'",
        "d > '2024-02-28' AND d < '2024-03-01'",
        "t >= '2024-02-29 10:00:00.5'",
        "t > '2024-02-29 10:00:00.499999999'",
        "p = 1.5",
        "p BETWEEN 1.49 AND 1.51",
        "n IS NOT NULL",
    ],
)
def test_an_expression_lets_the_partition_through(expression: str) -> None:
    assert passes(expression)


@pytest.mark.parametrize(
    "expression",
    ["n = 10", "n > 9", "NOT n = 9", "s LIKE 'b'", "s NOT LIKE 'b%'", "s like 'B%'", "n NOT IN (9)",
     "n NOT BETWEEN 1 AND 9", "d < '2024-02-29'", "p <> 1.50", "s IS NULL", "t < '2024-02-29 10:00:00.5'"],
)  # fmt: skip
def test_an_expression_keeps_the_partition_back(expression: str) -> None:
    assert not passes(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nosuch IS NULL", "Invalid partition expression!"),
        ("n = s", "Invalid partition expression!"),
        ("9 = n", "Invalid partition expression!"),
        ("n", "Invalid partition expression!"),
        ("n = NULL", "Invalid partition expression!"),
        ("n BETWEEN SYMMETRIC 10 AND 1", "Invalid partition expression!"),
        ("s LIKE 'x' ESCAPE '!'", "Invalid partition expression!"),
        ("s ILIKE 'B%'", "Invalid partition expression!"),
        ("upper(s) = 'B'", "Invalid partition expression!"),
        ("n IN (SELECT 1)", "Invalid partition expression!"),
        ("n + 1 = 10", "Invalid partition expression!"),
        ("n = 9 GROUP BY n", "Unsupported expression"),
        ("n = 9; n = 10", "Unsupported expression"),
        ("n = ", "Unsupported expression"),
        ("n LIKE '9'", "Integral data type doesn't support operation 'LIKE'"),
        ("d LIKE '2024%'", "Date data type doesn't support operation 'LIKE'"),
        ("n = 'nine'", '"nine" is not an integer'),
        ("d = 'today'", "today is not a date"),
        ("t = '2024-02-29'", "is not a timestamp"),
        ("x = 1", "Unknown type : 'double'"),
    ],
)
def test_a_wrong_expression_is_refused(expression: str, message: str) -> None:
    with pytest.raises(ApiError, match=re.escape(message)) as refusal:
        passes(expression)

    assert refusal.value.code == "InvalidInputException"


def test_a_partition_whose_value_is_none_of_its_key_s_type_fails_the_request() -> None:
    with pytest.raises(ApiError, match="is not an integer") as refusal:
        passes("n >= 0", ["__HIVE_DEFAULT_PARTITION__", *ONE[1:]])

    assert refusal.value.code == "InvalidStateException"


@pytest.fixture
def days(world: World) -> World:
    """A table of thirty partitions."""
    world.glue.create_table(
        DatabaseName=world.database,
        TableInput={"Name": "days", "PartitionKeys": [{"Name": "day", "Type": "int"}], "StorageDescriptor": {}},
    )
    inputs = [
        {
            "Values": [str(day)],
            "StorageDescriptor": {"Location": f"s3://x/{day}", "Columns": [{"Name": "a", "Type": "int"}]},
        }
        for day in range(30)
    ]
    answer = world.glue.batch_create_partition(
        DatabaseName=world.database, TableName="days", PartitionInputList=inputs
    )  # fmt: skip
    assert answer["Errors"] == []
    return world


def found(world: World, **request: Any) -> list[int]:
    pages = world.glue.get_paginator("get_partitions").paginate(
        DatabaseName=world.database, TableName="days", **request
    )
    return [int(entry["Values"][0]) for page in pages for entry in page["Partitions"]]


def test_pages_give_each_partition_once_though_some_go_meanwhile(days: World) -> None:
    first = days.glue.get_partitions(
        DatabaseName=days.database, TableName="days", MaxResults=10, Expression="day >= 10"
    )
    assert len(first["Partitions"]) == 10
    days.glue.batch_delete_partition(
        DatabaseName=days.database,
        TableName="days",
        PartitionsToDelete=[{"Values": entry["Values"]} for entry in first["Partitions"]],
    )

    rest = days.glue.get_partitions(
        DatabaseName=days.database, TableName="days", Expression="day >= 10", NextToken=first["NextToken"]
    )

    assert len(rest["Partitions"]) == 10
    assert "NextToken" not in rest
    assert sorted(found(days, MaxResults=3)) == [*range(10), *range(20, 30)]


def test_segments_share_the_partitions_out(days: World) -> None:
    parts = [found(days, Segment={"SegmentNumber": n, "TotalSegments": 4}, MaxResults=4) for n in range(4)]

    assert sorted(day for part in parts for day in part) == list(range(30))
    assert all(parts)
    outside = {"SegmentNumber": 4, "TotalSegments": 4}
    request = {"DatabaseName": days.database, "TableName": "days"}
    assert refused(days.glue.get_partitions, **request, Segment=outside) == "InvalidInputException"


def test_the_columns_can_be_left_out(days: World) -> None:
    request = {"DatabaseName": days.database, "TableName": "days", "Expression": "day = 7"}

    [full] = days.glue.get_partitions(**request)["Partitions"]
    [short] = days.glue.get_partitions(**request, ExcludeColumnSchema=True)["Partitions"]

    assert full["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "int"}]
    assert short["StorageDescriptor"] == {"Location": "s3://x/7"}


def test_an_expression_reaches_the_request(days: World) -> None:
    assert found(days, Expression="day > 27 OR day = 2") == [2, 28, 29]
    assert len(found(days, Expression="  ")) == 30
    request = {"DatabaseName": days.database, "TableName": "days"}
    assert refused(days.glue.get_partitions, **request, Expression="other = 1") == "InvalidInputException"
    assert refused(days.glue.get_partitions, **request, MaxResults=1001) == "ValidationException"
    stale = dict(request, NextToken="x")
    assert refused(days.glue.get_partitions, **stale) == "InvalidInputException"


def test_batches_name_what_they_could_not_do(days: World) -> None:
    names = {"DatabaseName": days.database, "TableName": "days"}
    wanted = [{"Values": ["3"]}, {"Values": ["99"]}]

    got = days.glue.batch_get_partition(**names, PartitionsToGet=wanted)
    deleted = days.glue.batch_delete_partition(**names, PartitionsToDelete=wanted)
    created = days.glue.batch_create_partition(
        **names, PartitionInputList=[{"Values": ["4"]}, {"Values": ["3"]}, {"Values": ["1", "2"]}]
    )
    updated = days.glue.batch_update_partition(
        **names,
        Entries=[
            {"PartitionValueList": ["3"], "PartitionInput": {"Values": ["33"], "Parameters": {"a": "b"}}},
            {"PartitionValueList": ["98"], "PartitionInput": {"Values": ["98"]}},
        ],
    )

    assert [entry["Values"] for entry in got["Partitions"]] == [["3"]]
    assert got["UnprocessedKeys"] == [{"Values": ["99"]}]
    assert [(e["PartitionValues"], e["ErrorDetail"]["ErrorCode"]) for e in deleted["Errors"]] == [
        (["99"], "EntityNotFoundException")
    ]
    assert [(e["PartitionValues"], e["ErrorDetail"]["ErrorCode"]) for e in created["Errors"]] == [
        (["4"], "AlreadyExistsException"), (["1", "2"], "InvalidInputException"),
    ]  # fmt: skip
    assert [(e["PartitionValueList"], e["ErrorDetail"]["ErrorCode"]) for e in updated["Errors"]] == [
        (["98"], "EntityNotFoundException")
    ]
    assert days.glue.get_partition(**names, PartitionValues=["33"])["Partition"]["Parameters"] == {"a": "b"}
    many = [{"Values": [str(n)]} for n in range(26)]
    assert refused(days.glue.batch_delete_partition, **names, PartitionsToDelete=many) == "ValidationException"


def test_single_operations_refuse_what_is_not_there(days: World) -> None:
    names = {"DatabaseName": days.database, "TableName": "days"}
    glue = days.glue
    missing = "EntityNotFoundException"

    assert refused(glue.get_partition, **names, PartitionValues=["99"]) == missing
    assert refused(glue.delete_partition, **names, PartitionValues=["99"]) == missing
    assert refused(glue.update_partition, **names, PartitionValueList=["99"], PartitionInput={}) == missing
    assert refused(glue.create_partition, **names, PartitionInput={"Values": ["5"]}) == "AlreadyExistsException"
    assert refused(glue.create_partition, **names, PartitionInput={"Values": []}) == "InvalidInputException"
    other = {**names, "TableName": "nope"}
    for call, more in (
        (glue.get_partitions, {}),
        (glue.create_partition, {"PartitionInput": {"Values": ["1"]}}),
        (glue.batch_get_partition, {"PartitionsToGet": [{"Values": ["1"]}]}),
        (glue.batch_delete_partition, {"PartitionsToDelete": [{"Values": ["1"]}]}),
    ):
        assert refused(call, **other, **more) == missing


def test_a_partition_is_renamed_and_keeps_its_creation(days: World) -> None:
    names = {"DatabaseName": days.database, "TableName": "days"}
    before = days.glue.get_partition(**names, PartitionValues=["5"])["Partition"]

    days.glue.update_partition(**names, PartitionValueList=["5"], PartitionInput={"Values": ["50"]})

    after = days.glue.get_partition(**names, PartitionValues=["50"])["Partition"]
    assert after["CreationTime"] == before["CreationTime"]
    with pytest.raises(ClientError, match="Cannot find partition"):
        days.glue.get_partition(**names, PartitionValues=["5"])
    taken = {"PartitionValueList": ["50"], "PartitionInput": {"Values": ["6"]}}
    assert refused(days.glue.update_partition, **names, **taken) == "AlreadyExistsException"
