"""Parquet files in a table: which columns a query opens, and what is read as what."""

from __future__ import annotations

import pytest

from local.engine.parquet import footer, shapes
from tests.engine.test_athena_files import run
from tests.engine.world import World
from verification.examples.old_parquet import INT32, INT64, OPTIONAL, PAIRS, REPEATED, REQUIRED, Node, file, group
from verification.examples.parquet_bytes import parquet


def _make(world: World, columns: str, *files: bytes) -> None:
    for number, body in enumerate(files):
        world.put(f"{number}.parquet", body)
    place = f"s3://{world.bucket}/data/person/"
    run(world, f"CREATE EXTERNAL TABLE made ({columns}) STORED AS PARQUET LOCATION '{place}'")


_NUMBER = parquet("SELECT 1 AS id, 1.5::DOUBLE AS v, {'a': 1, 'b': 'x'} AS s")
_TEXT = parquet("SELECT 2 AS id, 'x' AS v, {'a': 'y', 'b': 'z'} AS s")
_COLUMNS = "id int, v string, s struct<a:int,b:string>"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT id FROM made ORDER BY id", [["1"], ["2"]]),
        ("SELECT count(*) FROM made", [["2"]]),
        ("SELECT sum(id) FROM made WHERE id < 5", [["3"]]),
        ('SELECT substr("$path", -9) FROM made WHERE id = 2', [["1.parquet"]]),
        ("SELECT a.id FROM made a JOIN made b ON a.id = b.id ORDER BY 1", [["1"], ["2"]]),
        ("WITH t AS (SELECT * FROM made) SELECT id FROM t ORDER BY id", [["1"], ["2"]]),
        ("SELECT id FROM (SELECT id, v FROM made) ORDER BY id LIMIT 1", [["1"]]),
    ],
)
def test_a_column_that_the_query_does_not_read_fails_nothing(
    world: World, query: str, rows: list[list[str | None]]
) -> None:
    _make(world, _COLUMNS, _NUMBER, _TEXT)

    assert world.query(query) == rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT v FROM made",
        "SELECT * FROM made",
        "SELECT count(v) FROM made",
        "SELECT id FROM made WHERE v = 'x'",
        "SELECT id FROM made ORDER BY v",
        "SELECT max(v) FROM made GROUP BY id",
        "CREATE TABLE other AS SELECT v FROM made",
    ],
)
def test_a_column_that_it_reads_does(world: World, query: str) -> None:
    _make(world, _COLUMNS, _NUMBER, _TEXT)

    assert world.failure(query) == (
        f"HIVE_BAD_DATA: Field v's type DOUBLE in parquet file s3://{world.bucket}/data/person/0.parquet "
        "is incompatible with type varchar defined in table schema"
    )


def test_a_struct_is_read_as_a_whole(world: World) -> None:
    _make(world, _COLUMNS, _NUMBER, _TEXT)

    assert world.failure("SELECT s.b FROM made").startswith("HIVE_BAD_DATA: Field s's type GROUP in parquet file")


def test_a_column_that_a_file_does_not_have_is_null(world: World) -> None:
    _make(world, "id int, v double, w array<struct<a:int>>", parquet("SELECT 3 AS id"), _NUMBER)

    assert sorted(world.query("SELECT id, v, w FROM made")) == [["1", "1.5", None], ["3", None, None]]


@pytest.mark.parametrize(
    ("select", "kind", "value"),
    [
        ("TIMESTAMP '2023-11-08 12:00:00.123456'", "bigint", "1699444800123456"),
        ("TIMESTAMP_MS '2023-11-08 12:00:00.123'", "bigint", "1699444800123"),
        ("TIMESTAMP_NS '2023-11-08 12:00:00.123456789'", "bigint", "1699444800123456789"),
        ("TIMESTAMP_NS '2023-11-08 12:00:00.123456789'", "timestamp", "2023-11-08 12:00:00.123"),
        ("TIMESTAMP '1969-12-31 23:59:59.999999'", "bigint", "-1"),
        ("TIMESTAMPTZ '2023-11-08 12:00:00+02'", "bigint", "1699437600000000"),
        ("TIMESTAMPTZ '2023-11-08 12:00:00+02'", "timestamp", "2023-11-08 10:00:00.000"),
        ("[TIMESTAMP '1970-01-01 00:00:01']", "array<bigint>", "[1000000]"),
        ("{'t': TIMESTAMP '1970-01-01 00:00:01'}", "struct<t:bigint>", "{t=1000000}"),
        ("MAP {'k': 5::UBIGINT}", "map<string,bigint>", "{k=5}"),
        ("5::UTINYINT", "int", "5"),
        ("18446744073709551615::UBIGINT", "bigint", "-1"),
        ("9223372036854775807::UBIGINT", "bigint", "9223372036854775807"),
        ("'abc'::BLOB", "string", "abc"),
        ("1.25::DECIMAL(5,2)", "decimal(10,4)", "1.2500"),
        ("7::INT", "decimal(10,2)", "7.00"),
        ("7::BIGINT", "smallint", "7"),
        ("-7::BIGINT", "tinyint", "-7"),
    ],
)
def test_what_is_read_as_what(world: World, select: str, kind: str, value: str) -> None:
    _make(world, f"c {kind}", parquet(f"SELECT {select} AS c"))

    assert world.query("SELECT c FROM made") == [[value]]


@pytest.mark.parametrize(
    ("select", "kind", "physical"),
    [
        ("1::BIGINT", "int", "INT64"),
        ("1::INT", "double", "INT32"),
        ("1.5::DOUBLE", "float", "DOUBLE"),
        ("1.5::DOUBLE", "bigint", "DOUBLE"),
        ("'1'", "int", "BINARY"),
        ("DATE '2024-01-01'", "int", "INT32"),
        ("TIMESTAMP '2024-01-01 00:00:00'", "int", "INT64"),
        ("TIMESTAMP '2024-01-01 00:00:00'", "date", "INT64"),
        ("TIME '10:00:00'", "timestamp", "INT64"),
        ("1::BIGINT", "timestamp", "INT64"),
        ("1.25::DECIMAL(5,2)", "double", "INT32"),
        ("'00112233-4455-6677-8899-aabbccddeeff'::UUID", "string", "FIXED_LEN_BYTE_ARRAY"),
        ("[1]", "int", "LIST"),
        ("1::INT", "array<int>", "INT32"),
        ("MAP {'k': 1}", "struct<k:int>", "MAP"),
    ],
)
def test_what_is_not(world: World, select: str, kind: str, physical: str) -> None:
    _make(world, f"c {kind}", parquet(f"SELECT {select} AS c"))

    assert world.failure("SELECT c FROM made").startswith(f"HIVE_BAD_DATA: Field c's type {physical} in parquet file")


def test_int96_is_a_timestamp_and_no_number(world: World) -> None:
    _make(world, "t bigint", file([Node("t", REQUIRED, 3)], [[(0, 0, bytes(12))]]))

    assert world.failure("SELECT t FROM made").startswith("HIVE_BAD_DATA: Field t's type INT96 in parquet file")


def test_of_names_that_differ_in_case_the_first_is_read(world: World) -> None:
    body = file([Node("A", REQUIRED, INT32), Node("a", REQUIRED, INT32)], [[(0, 0, 1)], [(0, 0, 2)]])
    _make(world, "a int", body)

    assert world.query("SELECT a FROM made") == [["1"]]


def test_a_file_that_ends_within_its_footer_fails(world: World) -> None:
    body = parquet("SELECT 1 AS id")
    _make(world, "id int", body[:4] + body[-60:])

    assert world.failure("SELECT id FROM made").startswith("HIVE_BAD_DATA: Malformed Parquet file.")


@pytest.mark.parametrize("size", [1, 3])
def test_a_footer_is_read_as_it_is_unless_duckdb_cannot(size: int) -> None:
    old = [group(f"m{i}", OPTIONAL, group("map", REPEATED, Node("k", REQUIRED, INT64), Node("v", REQUIRED, INT32)),
                 converted=PAIRS) for i in range(size)]  # fmt: skip
    body = file(old, [[(0, 2, 1)]] * (2 * size))
    length = footer.length_of(body) or 0

    known = footer.read(body[-8 - length : -8])

    assert known.is_changed
    assert sum(a != b for a, b in zip(known.readable, body[-8 - length : -8], strict=True)) == size
    assert [name for name, shape in shapes.columns(known.elements) if isinstance(shape, shapes.MapOf)] == [
        f"m{i}" for i in range(size)
    ]


def test_elements_that_make_no_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="its schema does not end"):
        shapes.columns([footer.Element("root", "", "REQUIRED", 2), footer.Element("a", "INT32", "REQUIRED", 0)])
