"""A partition's columns next to the table's: what Athena converts, and what it refuses before it reads a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.engine.athena.data.hive_types import parse
from local.engine.athena.data.partition_schemas import can_coerce
from tests.engine.test_athena_files import CSV, JSON, run
from tests.engine.world import World
from verification.examples.parquet_bytes import parquet

MISMATCH = "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas."
_INHERIT = {"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}


def _crawled(world: World, files: dict[str, str | bytes], **crawler: Any) -> World:
    for key, body in files.items():
        world.put(key, body)
    world.create_crawler(**crawler)
    assert world.crawl()["Status"] == "SUCCEEDED"
    return world


def _lines(*objects: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(item)}\n" for item in objects)


def _make(world: World, columns: str, form: str, **files: str | bytes) -> None:
    """A table `made` with partitions that have its columns as they are now."""
    for day, body in files.items():
        world.put(f"d={day}/file", body)
    place = f"s3://{world.bucket}/data/person/"
    run(world, f"CREATE EXTERNAL TABLE made ({columns}) PARTITIONED BY (d string) {form} LOCATION '{place}'")
    run(world, "MSCK REPAIR TABLE made")


def _change(world: World, columns: list[tuple[str, str]], **descriptor: Any) -> None:
    """Give the table other columns; its partitions keep theirs."""
    table = world.table("made")
    stored = {
        **table["StorageDescriptor"],
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        **descriptor,
    }
    kept = {name: table[name] for name in ("Name", "PartitionKeys", "TableType", "Parameters")}
    world.glue.update_table(DatabaseName=world.database, TableInput={**kept, "StorageDescriptor": stored})


@pytest.mark.parametrize(
    ("own", "wanted", "fits"),
    [
        ("tinyint", "bigint", True),
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("int", "string", True),
        ("string", "int", True),
        ("bigint", "double", False),
        ("int", "double", False),
        ("double", "bigint", False),
        ("float", "double", True),
        ("double", "float", True),
        ("double", "string", False),
        ("string", "double", False),
        ("decimal(5,2)", "decimal(10,4)", True),
        ("decimal(5,2)", "string", True),
        ("decimal(5,2)", "double", True),
        ("double", "decimal(5,2)", True),
        ("decimal(5,2)", "int", False),
        ("int", "decimal(5,0)", False),
        ("string", "varchar(3)", True),
        ("char(3)", "char(2)", True),
        ("char(3)", "string", False),
        ("boolean", "string", False),
        ("date", "string", False),
        ("string", "date", False),
        ("string", "timestamp", False),
        ("timestamp", "date", False),
        ("array<int>", "array<bigint>", True),
        ("array<double>", "array<string>", False),
        ("map<string,int>", "map<string,string>", True),
        ("map<string,double>", "map<string,string>", False),
        ("struct<a:int>", "struct<a:int,b:string>", True),
        ("struct<a:int,b:string>", "struct<a:int>", True),
        ("struct<A:int>", "struct<a:bigint>", True),
        ("struct<a:int>", "struct<b:int>", False),
        ("struct<a:int,c:int>", "struct<a:int,b:int,c:int>", False),
        ("array<struct<a:int>>", "array<struct<a:int,b:int>>", True),
        ("struct<a:int>", "string", False),
        ("string", "array<string>", False),
    ],
)
def test_types_fit_as_trino_s_list_says(own: str, wanted: str, fits: bool) -> None:
    assert can_coerce(parse(own), parse(wanted)) is fits


def test_the_message_names_the_partition_and_the_two_types(world: World) -> None:
    _crawled(world, {"y=2024/k=a%3Ab/a.json": _lines({"n": 1.5}), "y=2024/k=b/a.json": _lines({"n": "x"})})

    assert world.failure('SELECT * FROM "_person"') == (
        f"{MISMATCH} The types are incompatible and cannot be coerced. "
        f"The column 'n' in table '{world.database}._person' is declared as type 'string', "
        f"but partition 'y=2024/k=a%253Ab' declared column 'n' as type 'double'."
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM {table}",
        "SELECT id FROM {table}",
        "SELECT id FROM {table} WHERE m > '0' LIMIT 1",
        "SELECT max(m) FROM {table}",
        "SELECT DISTINCT m FROM {table}",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM {table})",
        "SELECT count(*) FROM (SELECT m, row_number() OVER (ORDER BY m) FROM {table})",
        "WITH t AS (SELECT * FROM {table}) SELECT a.id FROM t a JOIN t b ON a.m = b.m LIMIT 1",
        "SELECT id FROM {table} UNION ALL SELECT 'x' LIMIT 1",
        "SELECT 1 FROM {table} JOIN (VALUES 1) ON true",
    ],
)
def test_a_column_that_is_not_read_counts_too(world: World, query: str) -> None:
    _crawled(world, {"m=1/a.csv": "id,n\na,1\nb,2\n", "m=2/a.csv": "id,n\nc,1.5\nd,2.5\n"})

    assert world.failure(query.replace("{table}", '"_person"')).startswith(MISMATCH)


@pytest.mark.parametrize(
    "where",
    [
        "m = '2'",
        "m <> '1'",
        "m LIKE '2%'",
        "m = '2' OR m = '3'",
        "m IN ('2', '3') AND id > 'a'",
        "NOT m = '1'",
        "length(m) = 1 AND substr(m, 1, 1) > '1'",
        "m = '2' AND (id = 'c' OR id = 'd')",
    ],
)
def test_a_partition_that_where_leaves_out_does_not(world: World, where: str) -> None:
    _crawled(world, {"m=1/a.csv": "id,n\na,1\nb,2\n", "m=2/a.csv": "id,n\nc,1.5\nd,2.5\n"})

    assert world.query(f'SELECT id, n FROM "_person" WHERE {where}') == [["c", "1.5"], ["d", "2.5"]]  # noqa: S608 # ours
    outside = f'SELECT id, n FROM (SELECT * FROM "_person") AS t WHERE {where}'  # noqa: S608 # as above
    assert world.query(outside) == [["c", "1.5"], ["d", "2.5"]]


@pytest.mark.parametrize("where", ["CAST(m AS integer) = 2", "TRY_CAST(m AS bigint) BETWEEN 2 AND 3 AND n > 1"])
def test_a_cast_of_a_key_leaves_partitions_out_too(world: World, where: str) -> None:
    _crawled(world, {"m=1/a.csv": "id,n\na,1\nb,2\n", "m=2/a.csv": "id,n\nc,1.5\nd,2.5\n"})

    assert world.query(f'SELECT id, n FROM "_person" WHERE {where}') == [["c", "1.5"], ["d", "2.5"]]  # noqa: S608 # ours


@pytest.mark.parametrize(
    "where", ["m = '2' OR id = 'c'", "id = 'c'", "n > 1", "\"$path\" LIKE '%m=2%'", "m >= '1'", "id IS NULL", "true"]
)
def test_a_partition_that_where_may_let_through_counts(world: World, where: str) -> None:
    _crawled(world, {"m=1/a.csv": "id,n\na,1\nb,2\n", "m=2/a.csv": "id,n\nc,1.5\nd,2.5\n"})

    for select in ("SELECT *", "SELECT count(*)", "SELECT m"):
        query = f'{select} FROM "_person" WHERE {where}'  # ours
        assert world.failure(query).startswith(MISMATCH)
        assert world.failure(f"{query} LIMIT 1").startswith(MISMATCH)


def test_more_partitions_than_where_is_tried_on_fail_at_once(world: World) -> None:
    _make(world, "n int", CSV, **{f"x{number}": "1\n" for number in range(205)})
    _change(world, [("n", "double")])

    assert world.failure("SELECT n FROM made WHERE d LIKE 'y%'").startswith(MISMATCH)
    assert world.failure("SELECT n FROM made").startswith(MISMATCH)
    assert world.query("SELECT n FROM made WHERE d = 'y'") == []


def test_an_empty_partition_counts_as_well(world: World) -> None:
    _make(world, "n double", CSV, a="1.5\n", b="")
    _change(world, [("n", "string")])
    world.s3.delete_object(Bucket=world.bucket, Key="data/person/d=a/file")

    assert world.failure("SELECT * FROM made").startswith(MISMATCH)


@pytest.mark.parametrize(
    ("first", "second", "rows"),
    [
        # fields at the end of a struct, in each direction
        ({"s": {"a": 1}}, {"s": {"a": 2, "b": "x"}}, [["{a=1, b=null}", "1"], ["{a=2, b=x}", "2"]]),
        ({"l": [{"a": 1, "b": [1]}]}, {"l": [{"a": 2}]}, [["[{a=1, b=[1]}]", "1"], ["[{a=2, b=null}]", "2"]]),
        # another column at the end
        (
            {"a": 1, "b": 1, "c": 1},
            {"a": 2, "b": 2, "c": 2, "new": "x"},
            [["1", "1", "1", None, "1"], ["2", "2", "2", "x", "2"]],
        ),
        # a wider number
        ({"n": 1}, {"n": 1 << 40}, [["1", "1"], [str(1 << 40), "2"]]),
        # a number that became a text
        ({"n": 7}, {"n": "x"}, [["7", "1"], ["x", "2"]]),
    ],
)
def test_crawled_partitions_may_grow_at_the_end_and_widen(
    world: World, first: dict[str, Any], second: dict[str, Any], rows: list[list[str | None]]
) -> None:
    _crawled(world, {"m=1/a.json": _lines(first), "m=2/a.json": _lines(second)})

    assert sorted(world.query('SELECT * FROM "_person"'), key=lambda row: str(row[-1])) == rows


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"s": {"a": 1, "c": 2}}, {"s": {"a": 1, "b": 2, "c": 3}}),
        ({"l": [{"a": 1, "s": {"x": 1}}]}, {"l": [{"s": {"x": 1}, "a": 1}]}),
        ({"n": 1}, {"n": 1.5}),
        ({"n": True}, {"n": "yes"}),
        # compared by place, as the guide says of JSON: n and t change theirs
        ({"n": 1.5, "t": "x"}, {"t": "y", "n": 2.5}),
    ],
)
def test_crawled_partitions_of_another_form_are_refused_unless_they_inherit(
    world: World, first: dict[str, Any], second: dict[str, Any]
) -> None:
    _crawled(world, {"m=1/a.json": _lines(first), "m=2/a.json": _lines(second)})
    assert world.failure('SELECT * FROM "_person"').startswith(MISMATCH)

    world.glue.update_crawler(Name=world.crawler, Configuration=json.dumps(_INHERIT))
    world.crawl()

    assert world.query('SELECT count(*) FROM "_person"') == [["2"]]


def test_to_drop_a_partition_and_add_it_again_is_the_guide_s_way_out(world: World) -> None:
    _make(world, "n double", CSV, a="1.5\n", b="2.5\n")
    _change(world, [("n", "string")])
    assert world.failure("SELECT * FROM made").startswith(MISMATCH)

    for day in "ab":
        run(world, f"ALTER TABLE made DROP PARTITION (d = '{day}')")
    run(world, "MSCK REPAIR TABLE made")

    assert sorted(world.query("SELECT n FROM made")) == [["1.5"], ["2.5"]]


def test_values_are_read_as_the_partition_s_type_and_converted(world: World) -> None:
    _make(world, "a int, b string, c decimal(5,2), d2 string, e float", CSV, x="007,12,1.255,abcdef,0.1\n,x,,,\n")
    _change(world, [("a", "string"), ("b", "int"), ("c", "string"), ("d2", "varchar(3)"), ("e", "double")])

    rows = world.query("SELECT a, b, c, d2, e FROM made")

    # 0.1 as a float is not 0.1 as a double; a text that is no number is NULL, as Trino's coercer has it
    assert rows == [["7", "12", "1.26", "abc", "0.10000000149011612"], [None, None, None, "", None]]


def test_a_number_that_is_too_long_for_a_varchar_fails(world: World) -> None:
    _make(world, "a int", CSV, x="12345\n")
    _change(world, [("a", "varchar(3)")])

    assert world.failure("SELECT a FROM made").startswith("INVALID_ARGUMENTS: Varchar representation of 12345 exceeds")


def test_nested_values_are_converted_too(world: World) -> None:
    body = _lines({"l": [1, None], "m": {"k": 5}, "s": {"a": 1}})
    _make(world, "l array<int>, m map<string,int>, s struct<a:int>", JSON, x=body)
    _change(world, [("l", "array<string>"), ("m", "map<string,bigint>"), ("s", "struct<a:bigint,b:string>")])

    assert world.query("SELECT l, m, s, typeof(s.a) FROM made") == [
        ["[1, null]", "{k=5}", "{a=1, b=null}", "bigint"],
    ]


def test_csv_is_compared_by_place_and_parquet_by_name(world: World) -> None:
    body = parquet("SELECT 'x' AS s, 1.5::DOUBLE AS n")
    _make(world, "s string, n double", "STORED AS PARQUET", x=body)

    _change(world, [("n", "double"), ("s", "string"), ("new", "date")])
    assert world.query("SELECT n, s, new FROM made") == [["1.5", "x", None]]

    _change(world, [("n", "string"), ("s", "string")])
    assert world.failure("SELECT s FROM made").startswith(MISMATCH)


def test_parquet_that_is_read_by_index_is_compared_and_read_so(world: World) -> None:
    form = (
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' "
        "WITH SERDEPROPERTIES ('parquet.column.index.access'='true') STORED AS PARQUET"
    )
    _make(world, "s string, n double", form, x=parquet("SELECT 'x' AS other, 1.5::DOUBLE AS names"))

    assert world.query("SELECT n, s FROM made") == [["1.5", "x"]]
    _change(world, [("renamed", "string"), ("n", "double")])
    assert world.query("SELECT n, renamed FROM made") == [["1.5", "x"]]
    _change(world, [("n", "double"), ("s", "string")])
    assert world.failure("SELECT * FROM made").startswith(MISMATCH)


def test_a_partition_keeps_its_serde_when_the_table_gets_another(world: World) -> None:
    _make(world, "a string, b string", CSV, x="1,2;3\n")
    serde = {**world.table("made")["StorageDescriptor"]["SerdeInfo"], "Parameters": {"field.delim": ";"}}
    _change(world, [("a", "string"), ("b", "string")], SerdeInfo=serde)
    place = f"s3://{world.bucket}/data/elsewhere/"
    world.s3.put_object(Bucket=world.bucket, Key="data/elsewhere/file", Body=b"4,5;6\n")
    run(world, f"ALTER TABLE made ADD PARTITION (d = 'y') LOCATION '{place}'")

    assert world.query("SELECT a, b, d FROM made ORDER BY d") == [["1", "2;3", "x"], ["4,5", "6", "y"]]


def test_int_in_one_file_and_bigint_in_the_next_is_one_table(world: World) -> None:
    files = {"m=1/a.parquet": parquet("SELECT 1::INT AS v"), "m=2/a.parquet": parquet("SELECT 5000000000 AS v")}
    _crawled(world, dict(files))

    assert world.query('SELECT v, "$path" LIKE \'%m=1%\' FROM "_person" ORDER BY v') == [
        ["1", "true"],
        ["5000000000", "false"],
    ]


def test_projected_partitions_have_the_table_s_columns(world: World) -> None:
    _make(world, "n int", CSV, x="1\n")
    projection = "'projection.enabled'='true', 'projection.d.type'='enum', 'projection.d.values'='x'"
    run(world, f"ALTER TABLE made SET TBLPROPERTIES ({projection})")
    _change(world, [("n", "double")])

    assert world.query("SELECT n FROM made") == [["1.0"]]
