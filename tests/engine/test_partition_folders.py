"""Partition folders: empty names, Hive's escapes, and what MSCK REPAIR TABLE makes of them."""

from __future__ import annotations

import pytest

from local.engine.athena.data import hive_paths
from tests.engine.test_athena_files import CSV, run
from tests.engine.world import World


def _rows(world: World, text: str) -> list[list[str | None]]:
    """All rows of a statement without a header."""
    query_id = world.start_query(text)
    status = world.ended(query_id)["Status"]
    assert status["State"] == "SUCCEEDED", status
    rows = world.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]


def _partitions(world: World, table: str = "made") -> list[list[str]]:
    found = world.glue.get_partitions(DatabaseName=world.database, TableName=table)["Partitions"]
    return sorted(item["Values"] for item in found)


def _make(world: World, keys: str, place: str = "") -> None:
    partitioned = f"PARTITIONED BY ({keys})" if keys else ""
    place = place or f"s3://{world.bucket}/data/person/"
    run(world, f"CREATE EXTERNAL TABLE made (a string, n int) {partitioned} {CSV} LOCATION '{place}'")


# The empty folder.


@pytest.mark.parametrize(
    "keys",
    [
        ["2023/a.csv", "/b.csv"],
        ["2023/01/a.csv", "2023//b.csv"],
        ["x/a.csv", "//b.csv"],
        ["x/a.csv", "x//b.csv"],
        ["/a.csv", "//b.csv"],
        ["y=1/a.csv", "y=1//b.csv", "y=2/c.csv"],
    ],
)
def test_a_key_with_an_empty_folder_is_read_once(world: World, keys: list[str]) -> None:
    for number, key in enumerate(keys):
        world.put(key, f"a,n\nx,{number}\n")
    world.create_crawler()
    world.crawl()

    rows = world.query('SELECT n FROM "_person"')

    assert sorted(rows) == [[str(number)] for number in range(len(keys))]


def test_a_table_of_the_folder_without_a_name_has_its_files_only(world: World) -> None:
    world.put("a.csv", "x,1\n")
    world.put("/b.csv", "y,2\n")
    _make(world, "")
    table = world.table("made")
    place = f"{table['StorageDescriptor']['Location'].rstrip('/')}//"
    descriptor = {**table["StorageDescriptor"], "Location": place}

    world.glue.create_table(DatabaseName=world.database, TableInput={"Name": "inner", "StorageDescriptor": descriptor})

    assert world.query('SELECT a FROM "inner"') == [["y"]]
    assert sorted(world.query("SELECT a FROM made")) == [["x"], ["y"]]


def test_ddl_takes_an_extra_slash_away(world: World) -> None:
    """The Athena guide, "Specify a table location in Amazon S3", as of April 2023."""
    world.put("k=1/a.csv", "x,1\n")
    _make(world, "k string", f"s3://{world.bucket}//data///person//")
    run(world, f"ALTER TABLE made ADD PARTITION (k = '1') LOCATION 's3://{world.bucket}/data//person/k=1//'")

    assert world.table("made")["StorageDescriptor"]["Location"] == f"s3://{world.bucket}/data/person"
    assert world.query("SELECT a, k FROM made") == [["x", "1"]]


# Escapes.

_ESCAPES = [
    ("a/b", "a%2Fb"),
    ("10:30", "10%3A30"),
    ("100%", "100%25"),
    ("a=b", "a%3Db"),
    ("q?#*", "q%3F%23%2A"),
    ("'\"", "%27%22"),
    ("{[^]", "%7B%5B%5E%5D"),
    ("back\\slash", "back%5Cslash"),
    ("tab\tend", "tab%09end"),
    ("plain }|~!@ &+,;ü-_.", "plain }|~!@ &+,;ü-_."),
]


@pytest.mark.parametrize(("value", "name"), _ESCAPES)
def test_hive_s_escapes_go_both_ways(value: str, name: str) -> None:
    assert hive_paths.escape(value) == name
    assert hive_paths.unescape(name) == value


@pytest.mark.parametrize("text", ["100%", "%", "%4", "%zz", "a%2"])
def test_a_percent_sign_that_begins_no_escape_stays(text: str) -> None:
    assert hive_paths.unescape(text) == text


def test_an_empty_value_has_hive_s_name() -> None:
    assert hive_paths.partition_name(["k", "l"], [None, ""]) == (
        "k=__HIVE_DEFAULT_PARTITION__/l=__HIVE_DEFAULT_PARTITION__"
    )


def test_written_values_are_escaped_in_folders_and_read_as_they_are(world: World) -> None:
    place = f"s3://{world.bucket}/out/"
    run(
        world,
        f"CREATE TABLE made WITH (external_location = '{place}', partitioned_by = ARRAY['k', 't']) AS "
        "SELECT 1 AS n, '50%/day' AS k, TIMESTAMP '2024-01-02 03:04:05' AS t",
    )
    run(world, "INSERT INTO made VALUES (2, 'a=b', TIMESTAMP '2024-01-02 03:04:05')")

    keys = [item["Key"] for item in world.s3.list_objects_v2(Bucket=world.bucket, Prefix="out/")["Contents"]]

    folders = ["k=50%25%2Fday/t=2024-01-02 03%3A04%3A05.000", "k=a%3Db/t=2024-01-02 03%3A04%3A05.000"]
    assert sorted(key.removeprefix("out/").rpartition("/")[0] for key in keys) == folders
    assert sorted(_rows(world, "SHOW PARTITIONS made")) == [[folder] for folder in folders]
    assert world.query("SELECT n, k FROM made WHERE k = '50%/day'") == [["1", "50%/day"]]
    assert sorted(world.query('SELECT k FROM "made$partitions"')) == [["50%/day"], ["a=b"]]


def test_a_partition_without_a_location_lies_in_the_escaped_folder(world: World) -> None:
    world.put("k=a%2Fb/a.csv", "x,1\n")
    world.put("k=a/b/a.csv", "wrong,2\n")
    _make(world, "k string")

    run(world, "ALTER TABLE made ADD PARTITION (k = 'a/b')")

    assert world.query("SELECT a, k FROM made") == [["x", "a/b"]]


def test_what_is_written_is_found_again_by_repair(world: World) -> None:
    values = [value for value, _ in _ESCAPES if value.isascii() and "'" not in value]
    place = f"s3://{world.bucket}/data/person/"
    listed = ", ".join(f"(1, '{value}')" for value in values)
    settings = f"external_location = '{place}', partitioned_by = ARRAY['k']"
    run(world, f"CREATE TABLE made WITH ({settings}) AS SELECT n, k FROM (VALUES {listed}) AS x(n, k)")  # noqa: S608 # ours
    for value in values:
        world.glue.delete_partition(DatabaseName=world.database, TableName="made", PartitionValues=[value])

    run(world, "MSCK REPAIR TABLE made")

    assert _partitions(world) == sorted([value] for value in values)
    assert world.query("SELECT count(*), count(DISTINCT k) FROM made") == [[str(len(values))] * 2]


# MSCK REPAIR TABLE.


def _repaired(world: World, keys: str, *files: str) -> list[list[str]]:
    for file in files:
        world.put(file, "x,1\n")
    _make(world, keys)
    run(world, "MSCK REPAIR TABLE made")
    return _partitions(world)


@pytest.mark.parametrize(
    ("keys", "files", "found"),
    [
        ("k string", ["k=1/a.csv", "k=2/deeper/a.csv"], [["1"], ["2"]]),
        # names: in the case of the keys, at their places, all of them
        ("userId string", ["userId=1/a.csv", "USERID=2/a.csv"], []),
        ("userId string", ["userid=1/a.csv", "userId=2/a.csv"], [["1"]]),
        ("y string, m string", ["y=1/m=2/a.csv", "y=3/a.csv", "m=4/y=5/a.csv", "y=6/M=7/a.csv"], [["1", "2"]]),
        ("k string", ["other=1/a.csv", "plain/a.csv", "a.csv"], []),
        # objects are no folders
        ("k string", ["k=1", "k=2_$folder$", "k=3/a.csv"], [["3"]]),
        # hidden ones
        ("`_k` string", ["_k=1/a.csv"], []),
        ("k string", [".k=1/a.csv", "_tmp/k=2/a.csv", "k=3/a.csv"], [["3"]]),
        # values
        ("k string", ["k=10:30/a.csv", "k=10%3A30/a.csv", "k=/a.csv", "k=a=b/a.csv"], [["10:30"]]),
        ("k string", ["k=__HIVE_DEFAULT_PARTITION__/a.csv"], [["__HIVE_DEFAULT_PARTITION__"]]),
        # sub-folders are scanned too, but not within a partition
        ("k string", ["table-b/k=7/a.csv", "k=1/k=2/a.csv"], [["1"], ["7"]]),
        # no keys, no partitions
        ("", ["k=1/a.csv"], []),
    ],
)
def test_repair_adds_hive_s_folders_only(world: World, keys: str, files: list[str], found: list[list[str]]) -> None:
    assert _repaired(world, keys, *files) == found


def test_an_empty_folder_is_a_partition(world: World) -> None:
    world.s3.put_object(Bucket=world.bucket, Key="data/person/k=1/", Body=b"")

    assert _repaired(world, "k string") == [["1"]]
    assert world.query("SELECT * FROM made") == []


def test_names_in_another_case_are_detected_and_not_added(world: World) -> None:
    _repaired(world, "userId string, k string", "userId=1/k=2/a.csv")
    world.put("userid=3/k=4/a.csv", "x,1\n")

    assert _rows(world, "MSCK REPAIR TABLE made") == [
        ["Partitions not in metastore:\tmade:userid=3/k=4\tmade:userId=1/k=2"],
        ["Repair: Added partition to metastore made:userid=3/k=4"],
    ]


def test_partitions_without_a_folder_are_listed_and_stay(world: World) -> None:
    _repaired(world, "k string", "k=1/a.csv", "k=a%2Fb/a.csv")
    run(world, f"ALTER TABLE made ADD PARTITION (k = 'far') LOCATION 's3://{world.bucket}/elsewhere/'")
    for key in ("k=1/a.csv", "k=a%2Fb/a.csv"):
        world.s3.delete_object(Bucket=world.bucket, Key=f"data/person/{key}")

    assert _rows(world, "MSCK REPAIR TABLE made") == [
        ["Partitions missing from filesystem:\tmade:k=1\tmade:k=a%2Fb"],
    ]
    assert _partitions(world) == [["1"], ["a/b"], ["far"]]


def test_repair_takes_locations_of_s3_only(world: World) -> None:
    world.put("k=1/a.csv", "x,1\n")
    _make(world, "k string", f"s3a://{world.bucket}/data/person/")

    assert world.failure("MSCK REPAIR TABLE made").startswith("FAILED: Execution Error")
    assert _partitions(world) == []


def test_a_table_without_a_type_is_none_to_hive(world: World) -> None:
    """As one made with CreateTable or CloudFormation and no TableType: the Athena guide, "MSCK REPAIR TABLE"."""
    world.put("a.csv", "x,1\n")
    world.create_table([("a", "string"), ("n", "int")])

    assert world.query("SELECT n FROM made") == [["1"]]
    for statement in ("MSCK REPAIR TABLE made", "SHOW CREATE TABLE made"):
        assert world.failure(statement) == "FAILED: NullPointerException Name is null"
