"""What CREATE TABLE AS, INSERT INTO and UNLOAD leave: formats, buckets, manifests, the count of rows."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from local.engine.athena.data import buckets
from tests.engine.test_athena_files import run
from tests.engine.world import World

EVERY = (
    "SELECT true AS b, TINYINT '1' AS t, SMALLINT '2' AS s, 3 AS i, BIGINT '4' AS l, REAL '0.1' AS r, 0.2e0 AS d, "
    "DECIMAL '12345678901234567.89' AS n, 'x' AS v, X'00ff' AS y, DATE '2024-02-29' AS day, "
    "TIMESTAMP '2024-02-29 10:11:12.345' AS at, ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m, "
    "CAST(ROW(1, 'y') AS row(p integer, q varchar)) AS o"
)
NOTHING = (
    "SELECT CAST(NULL AS boolean), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
)


def keys(world: World, prefix: str) -> list[str]:
    return [item["Key"] for item in world.s3.list_objects_v2(Bucket=world.bucket, Prefix=prefix).get("Contents", [])]


def body(world: World, key: str) -> bytes:
    return bytes(world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read())


@pytest.mark.parametrize("form", ["PARQUET", "ORC", "AVRO"])
def test_every_type_survives_a_table(world: World, form: str) -> None:
    run(world, f"CREATE TABLE made WITH (format = '{form}') AS {EVERY} UNION ALL {NOTHING}")

    found = world.query("SELECT * FROM made ORDER BY b")

    assert found[0] == [
        "true", "1", "2", "3", "4", "0.1", "0.2", "12345678901234567.89", "x", "00 ff", "2024-02-29",
        "2024-02-29 10:11:12.345", "[1, null]", "{k=1}", "{p=1, q=y}",
    ]  # fmt: skip
    assert found[1] == [None] * 15
    run(world, f"INSERT INTO made {EVERY}")
    assert world.query("SELECT count(*) FROM made") == [["3"]]


def test_json_keeps_all_digits_and_leaves_null_out(world: World) -> None:
    place = f"s3://{world.bucket}/j/"
    run(world, f"UNLOAD ({EVERY} UNION ALL {NOTHING}) TO '{place}' WITH (format = 'JSON')")

    [key] = keys(world, "j/")
    first, second = gzip.decompress(body(world, key)).decode().splitlines()

    assert second == "{}"
    assert '"n":12345678901234567.89' in first
    assert '"r":0.1,' in first
    found = json.loads(first)
    assert (found["y"], found["o"], found["m"]) == ("AP8=", {"p": 1, "q": "y"}, {"k": 1})


def test_bytes_are_base64_in_text(world: World) -> None:
    settings = f"format = 'TEXTFILE', write_compression = 'NONE', external_location = 's3://{world.bucket}/b/'"
    run(world, f"CREATE TABLE made WITH ({settings}) AS SELECT X'010203' AS y, 7 AS n")

    assert body(world, keys(world, "b/")[0]) == b"AQID\x017\n"
    assert world.query("SELECT y, n FROM made") == [["01 02 03", "7"]]


@pytest.mark.parametrize(("form", "compression"), [("ORC", "LZO"), ("PARQUET", "BROTLI"), ("JSON", "SNAPPY")])
def test_a_compression_that_is_not_known_fails(world: World, form: str, compression: str) -> None:
    settings = f"format = '{form}', write_compression = '{compression}'"

    assert world.failure(f"CREATE TABLE made WITH ({settings}) AS SELECT 1 AS a").startswith("NOT_SUPPORTED")


# --- buckets


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        # Java: Integer.hashCode, (int) (v ^ v >>> 32), String's polynomial over signed bytes
        ("7", "integer", 7), ("-1", "integer", 0xFFFFFFFF), (str(2**32 + 5), "bigint", 4), ("-1", "bigint", 0),
        ("", "varchar", 0), ("ab", "varchar", 97 * 31 + 98), ("é", "varchar", (-61 * 31 - 87) & 0xFFFFFFFF),
        ("1", "boolean", 1), (None, "varchar", 0), ("1.0", "double", 0x3FF00000),
    ],
)  # fmt: skip
def test_hive_s_hash(text: str | None, kind: str, number: int) -> None:
    assert buckets._hash(text, kind) == number


@pytest.mark.parametrize(
    ("key", "bucket"),
    [("a/000002_0_x.gz", 2), ("a/x_bucket-00001.snappy.parquet", 1), ("a/part-0.parquet", None), ("a/12_0", None)],
)
def test_a_file_s_name_says_its_bucket(key: str, bucket: int | None) -> None:
    assert buckets.bucket_of_file(key) == bucket


def made_in_buckets(world: World, column: str, select: str) -> None:
    place = f"s3://{world.bucket}/k/"
    settings = f"format = 'JSON', bucketed_by = ARRAY['{column}'], bucket_count = 4, external_location = '{place}'"
    run(world, f"CREATE TABLE made WITH ({settings}) AS {select}")


def scanned(world: World, text: str) -> int:
    return int(world.ended(world.start_query(text))["Statistics"]["DataScannedInBytes"])


@pytest.mark.parametrize(
    ("column", "test"), [("n", "n = 7"), ("l", "l = 4294967303"), ("v", "v = 'k7'"), ("v", "v IN ('k7', 'nope')")]
)
def test_only_the_bucket_of_a_value_is_read(world: World, column: str, test: str) -> None:
    select = (
        "SELECT n, n + BIGINT '4294967296' AS l, 'k' || CAST(n AS varchar) AS v FROM UNNEST(sequence(1, 40)) AS t(n)"
    )
    made_in_buckets(world, column, select.replace("SELECT n", "SELECT CAST(n AS integer) AS n"))

    assert len(keys(world, "k/")) == 4
    assert world.query(f"SELECT n FROM made WHERE {test}") == [["7"]]  # noqa: S608 # fixed tests
    assert world.query("SELECT count(*), sum(n) FROM made") == [["40", "820"]]
    part = scanned(world, f"SELECT * FROM made WHERE {test}")  # noqa: S608 # as above
    assert part < scanned(world, "SELECT * FROM made") * 0.8
    described = world.table("made")["StorageDescriptor"]
    assert (described["BucketColumns"], described["NumberOfBuckets"]) == ([column], 4)


def test_buckets_by_two_columns_are_read_by_both(world: World) -> None:
    settings = f"format = 'JSON', bucketed_by = ARRAY['a', 'b'], bucket_count = 8, external_location = 's3://{world.bucket}/k/'"
    values = (
        "SELECT CAST(n % 7 AS integer) AS a, 'v' || CAST(n % 5 AS varchar) AS b, n FROM UNNEST(sequence(1, 70)) AS t(n)"
    )
    run(world, f"CREATE TABLE made WITH ({settings}) AS {values}")

    both = "SELECT n FROM made WHERE a = 3 AND b = 'v2'"
    assert sorted(int(str(row[0])) for row in world.query(both)) == [17, 52]
    assert (
        scanned(world, both) < scanned(world, "SELECT n FROM made WHERE a = 3") == scanned(world, "SELECT n FROM made")
    )


def test_buckets_are_named_fully_and_not_added_to(world: World) -> None:
    for settings in ("bucketed_by = ARRAY['a']", "bucket_count = 3", "bucketed_by = ARRAY['z'], bucket_count = 3"):
        assert world.failure(f"CREATE TABLE made WITH ({settings}) AS SELECT 1 AS a").startswith(
            "INVALID_TABLE_PROPERTY"
        )
    made_in_buckets(world, "a", "SELECT 1 AS a")
    assert "bucketed tables" in world.failure("INSERT INTO made VALUES 2")
    assert world.failure(
        "CREATE TABLE other WITH (bucketed_by = ARRAY['a'], bucket_count = 2) AS SELECT ARRAY[1] AS a"
    ).startswith("NOT_SUPPORTED")


# --- what a statement that writes answers


def answer(world: World, text: str) -> tuple[Any, Any, list[str]]:
    execution = world.ended(world.start_query(text))
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = world.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    columns = [(c["Name"], c["Type"]) for c in found["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    place = execution["Statistics"]["DataManifestLocation"].removeprefix(f"s3://{world.bucket}/")
    return columns, found["UpdateCount"], body(world, place).decode().split()


def test_a_statement_that_writes_has_a_column_rows_a_count_and_a_manifest(world: World) -> None:
    two = "SELECT * FROM (VALUES 1, 2) AS t(a)"
    rows = [("rows", "bigint")]

    for text, count, files in (
        (f"CREATE TABLE made AS {two}", 2, 1),
        (f"CREATE TABLE empty AS {two} WHERE a > 9", 0, 0),
        (f"INSERT INTO made {two}", 2, 1),
        (f"INSERT INTO made {two} WHERE a > 9", 0, 0),
        (f"UNLOAD ({two}) TO 's3://{world.bucket}/u1/' WITH (format = 'PARQUET')", 2, 1),
        (f"UNLOAD ({two} WHERE a > 9) TO 's3://{world.bucket}/u2/' WITH (format = 'PARQUET')", 0, 0),
    ):
        columns, updated, uris = answer(world, text)
        assert (columns, updated, len(uris)) == (rows, count, files), text
        assert all(uri.startswith(f"s3://{world.bucket}/") for uri in uris)
