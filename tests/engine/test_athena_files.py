"""What Athena reads: SerDes, compression, keys, partitions registered and projected, and files that do not fit."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from local.engine import ministack_adapter
from local.engine.athena.data import files
from local.engine.athena.data.files import DataFile
from local.engine.athena.failures import QueryFailedError
from tests.engine.test_athena_answers import AWKWARD
from tests.engine.world import World

JSON = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
CSV = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
OPEN_CSV = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"


def make(world: World, columns: str, form: str, more: str = "", partitioned: str = "", name: str = "made") -> None:
    place = f"s3://{world.bucket}/data/person/"
    run(world, f"CREATE EXTERNAL TABLE {name} ({columns}) {partitioned} {form} LOCATION '{place}' {more}")


def run(world: World, text: str) -> None:
    status = world.ended(world.start_query(text))["Status"]
    assert status["State"] == "SUCCEEDED", status


def parquet(path: Path, select: str) -> bytes:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")  # fixed
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "json", "parquet", "opencsv"])
def test_every_key_can_be_read_in_every_format(world: World, tmp_path: Path, kind: str) -> None:
    bodies = {
        "csv": b"a,1\n",
        "opencsv": b'"a","1"\n',
        "json": b'{"s": "a", "n": 1}\n',
        "parquet": parquet(tmp_path / "a", "SELECT 'a' AS s, 1::BIGINT AS n"),
    }
    for key in AWKWARD:
        world.put(key, bodies[kind])
    form = {"csv": CSV, "opencsv": OPEN_CSV, "json": JSON, "parquet": "STORED AS PARQUET"}[kind]
    make(world, "s string, n bigint", form)

    rows = world.query('SELECT "$path", s, n FROM made')

    assert sorted(rows) == sorted([f"s3://{world.bucket}/data/person/{key}", "a", "1"] for key in AWKWARD)


def test_compression_goes_by_the_suffix(world: World) -> None:
    world.put("a.csv.gz", gzip.compress(b"a,1\n"))
    world.put("b.csv.bz2", bz2.compress(b"b,2\n"))
    world.put("c.csv", b"c,3\n")
    make(world, "s string, n bigint", CSV)

    query_id = world.start_query("SELECT s, n FROM made ORDER BY s")
    execution = world.ended(query_id)

    assert world.query("SELECT s, n FROM made ORDER BY s") == [["a", "1"], ["b", "2"], ["c", "3"]]
    compressed = len(gzip.compress(b"a,1\n")) + len(bz2.compress(b"b,2\n")) + len(b"c,3\n")
    assert execution["Statistics"]["DataScannedInBytes"] == compressed


def test_a_broken_archive_fails(world: World) -> None:
    world.put("a.csv.gz", b"no archive")
    make(world, "s string", CSV)

    assert world.failure("SELECT * FROM made").startswith("HIVE_CURSOR_ERROR")


def test_lazy_simple_serde_reads_all_types(world: World) -> None:
    world.put(
        "a.csv",
        "7,1.5,12.345,2024-01-02,2024-01-02 03:04:05.5,abcdef,x|y,k:1|l:2,9|z\n"
        "\n"
        "bad,bad,bad,2024-1,2024-01-02T03:04:05\n",
    )
    make(
        world,
        "a tinyint, b float, c decimal(6,2), d date, e timestamp, f varchar(3), g array<string>, h map<string,int>, "
        "i struct<n:int,s:string>",
        f"{CSV} COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':'",
    )

    first, empty, bad = world.query("SELECT * FROM made")

    assert first == [
        "7",
        "1.5",
        "12.35",
        "2024-01-02",
        "2024-01-02 03:04:05.500",
        "abc",
        "[x, y]",
        "{k=1, l=2}",
        "{n=9, s=z}",
    ]
    assert empty == [None] * 9
    assert bad == [None] * 9


def test_escapes_and_a_null_text_of_the_table(world: World) -> None:
    world.put("a.csv", "a\\,b,NIL\n")
    make(world, "s string, t string", f"{CSV} ESCAPED BY '\\\\' NULL DEFINED AS 'NIL'")

    assert world.query("SELECT s, t FROM made") == [["a,b", None]]


def test_a_line_may_be_long(world: World) -> None:
    world.put("a.csv", f"{'x' * 3_000_000},1\n")
    make(world, "s string, n bigint", CSV)

    assert world.query("SELECT length(s), n FROM made") == [["3000000", "1"]]


def test_open_csv_serde_reads_numbers_and_fails_for_what_is_none(world: World) -> None:
    world.put("a.csv", '"1","true","2.5","19724","1704067200000"\n')
    make(world, "a bigint, b boolean, c double, d date, e timestamp", OPEN_CSV)
    assert world.query("SELECT * FROM made") == [["1", "true", "2.5", "2024-01-02", "2024-01-01 00:00:00.000"]]

    world.put("b.csv", '"","true","2.5","19724","1704067200000"\n')

    assert world.failure("SELECT sum(a) FROM made").startswith(
        "HIVE_BAD_DATA: Error parsing field value '' for field 0"
    )


def test_json_keys_match_in_any_case_and_values_are_read_as_the_column_s_type(world: World) -> None:
    world.put("a.json", '{"N": "12", "S": {"x": 1}, "T": "2024-01-02 03:04:05", "D": 1.5, "extra": 0}\n\n{"n": null}\n')
    make(world, "n bigint, s string, t timestamp, d decimal(5,2)", JSON)

    assert world.query("SELECT * FROM made") == [
        ["12", '{"x":1}', "2024-01-02 03:04:05.000", "1.50"],
        # an empty line is a row of NULL (README of the SerDe, "JSON Data Files")
        [None, None, None, None],
        [None, None, None, None],
    ]


def test_json_that_is_none_fails_unless_the_serde_forgives(world: World) -> None:
    world.put("a.json", '{"n": 1}\n{"n": \n')
    make(world, "n bigint", JSON)
    make(world, "n bigint", f"{JSON} WITH SERDEPROPERTIES ('ignore.malformed.json'='true')", name="lenient")

    assert world.failure("SELECT * FROM made").startswith(
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: Missing value at 5 [character 6 line 1]"
    )
    assert world.query("SELECT * FROM lenient") == [["1"], [None]]


def test_json_of_another_type_fails(world: World) -> None:
    world.put("a.json", '{"n": "x"}\n')
    make(world, "n bigint", JSON)

    assert world.failure("SELECT * FROM made").startswith("HIVE_BAD_DATA: Error parsing field value 'x' for field 0")


def test_parquet_columns_are_found_by_name_also_nested_ones(world: World, tmp_path: Path) -> None:
    select = "SELECT {'B': [1, 2], 'a': 'x'} AS r, MAP {'k': 1} AS m, 5::INTEGER AS \"N\", 1.5::FLOAT AS f"
    world.put("a.parquet", parquet(tmp_path / "a", select))
    world.put("b.parquet", parquet(tmp_path / "b", "SELECT 6::BIGINT AS n, 2.5::DOUBLE AS f"))
    make(
        world,
        "n bigint, r struct<a:string,b:array<int>>, m map<string,int>, f double, gone string",
        "STORED AS PARQUET",
    )

    rows = world.query(
        "SELECT n, r.a, r, m['k'], f, gone FROM made WHERE n = 5 "
        "UNION ALL SELECT n, '', r, 0, f, '' FROM made WHERE n = 6"
    )

    assert sorted(rows, key=str) == [
        ["5", "x", "{a=x, b=[1, 2]}", "1", "1.5", None],
        ["6", "", None, "0", "2.5", ""],
    ]


def test_parquet_of_another_type_fails_and_says_which_file(world: World, tmp_path: Path) -> None:
    world.put("a.parquet", parquet(tmp_path / "a", "SELECT 1::BIGINT AS n, 'x' AS s"))
    make(world, "n int, s string", "STORED AS PARQUET")

    reason = world.failure("SELECT n FROM made")

    assert reason.startswith("HIVE_BAD_DATA: Field n's type INT64 in parquet file")
    assert f"s3://{world.bucket}/data/person/a.parquet is incompatible with type integer" in reason


def test_a_text_file_in_a_parquet_table_fails(world: World) -> None:
    world.put("a.parquet", "name,age\n")
    make(world, "name string", "STORED AS PARQUET")

    assert world.failure("SELECT * FROM made").startswith("HIVE_BAD_DATA: Not valid Parquet file: s3://")


def test_of_parquet_only_what_is_read_counts_as_scanned(world: World, tmp_path: Path) -> None:
    body = parquet(tmp_path / "a", "SELECT i AS n, md5(i::VARCHAR) AS s FROM range(200000) AS t(i)")
    world.put("a.parquet", body)
    make(world, "n bigint, s string", "STORED AS PARQUET")

    execution = world.ended(world.start_query("SELECT max(n) FROM made"))

    assert 0 < execution["Statistics"]["DataScannedInBytes"] < len(body) / 2


def test_more_parquet_than_the_workgroup_allows_cancels_the_query(world: World, tmp_path: Path) -> None:
    select = "SELECT md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS s FROM range(500000) AS t(i)"
    world.put("a.parquet", parquet(tmp_path / "a", select))
    make(world, "s string", "STORED AS PARQUET")
    world.athena.create_work_group(Name=f"group-{world.name}", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})

    status = world.ended(world.start_query("SELECT max(s) FROM made", WorkGroup=f"group-{world.name}"))["Status"]

    assert (status["State"], "Bytes scanned limit was exceeded" in status["StateChangeReason"]) == ("CANCELLED", True)


def test_partitions_have_places_of_their_own_and_are_pruned(world: World) -> None:
    for key, body in {"y=2023/a.csv": "1\n", "y=2024/m=02/a.csv": "2\n", "elsewhere/a.csv": "3\n"}.items():
        world.put(key, body)
    make(world, "n bigint", CSV, partitioned="PARTITIONED BY (y int, m string)")
    place = f"s3://{world.bucket}/data/person"
    run(world, "MSCK REPAIR TABLE made")
    run(world, f"ALTER TABLE made ADD PARTITION (y = 2025, m = '01') LOCATION '{place}/elsewhere/'")

    assert world.query("SELECT n, y, m FROM made ORDER BY n") == [["2", "2024", "02"], ["3", "2025", "01"]]
    execution = world.ended(world.start_query("SELECT n FROM made WHERE y = 2025 AND m IN ('01', '09')"))
    assert execution["Statistics"]["DataScannedInBytes"] == len("3\n")
    run(world, "ALTER TABLE made DROP PARTITION (y = 2025, m = '01')")
    assert world.query("SELECT count(*) FROM made") == [["1"]]


def test_projection_finds_partitions_without_the_catalog(world: World) -> None:
    for key in ("eu/2024-01-30/05/a.csv", "us/2024-02-01/05/a.csv", "eu/2024-03-01/05/a.csv", "eu/2024-01-30/77/a.csv"):
        world.put(key, f"{key}\n")
    properties = {
        "projection.enabled": "true",
        "projection.region.type": "enum",
        "projection.region.values": "eu,us",
        "projection.day.type": "date",
        "projection.day.range": "2024-01-01,2024-02-28",
        "projection.day.format": "yyyy-MM-dd",
        "projection.hour.type": "integer",
        "projection.hour.range": "0,23",
        "projection.hour.digits": "2",
        "storage.location.template": f"s3://{world.bucket}/data/person/${{region}}/${{day}}/${{hour}}",
    }
    shown = ", ".join(f"'{name}'='{value}'" for name, value in properties.items())
    make(
        world, "k string", CSV, partitioned="PARTITIONED BY (region string, day string, hour int)",
        more=f"TBLPROPERTIES ({shown})",
    )  # fmt: skip

    rows = world.query("SELECT region, day, hour, k FROM made ORDER BY day")

    assert rows == [
        ["eu", "2024-01-30", "5", "eu/2024-01-30/05/a.csv"],
        ["us", "2024-02-01", "5", "us/2024-02-01/05/a.csv"],
    ]
    assert world.query("SELECT count(*) FROM made WHERE day > '2024-01-31' AND region = 'eu'") == [["0"]]


def test_an_injected_projection_needs_an_equality(world: World) -> None:
    world.put("x y/a.csv", "1\n")
    place = f"s3://{world.bucket}/data/person/${{device}}/"
    make(
        world, "n bigint", CSV, partitioned="PARTITIONED BY (device string)",
        more="TBLPROPERTIES ('projection.enabled'='true', 'projection.device.type'='injected', "
        f"'storage.location.template'='{place}')",
    )  # fmt: skip

    assert world.query("SELECT n, device FROM made WHERE device = 'x y'") == [["1", "x y"]]
    assert world.failure("SELECT n FROM made").startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition column"
    )


@pytest.mark.parametrize(("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_a_zip_bomb_fails_its_query_alone(
    monkeypatch: pytest.MonkeyPatch, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    bomb = DataFile("b", ministack_adapter.S3Object(f"bomb.csv.{suffix}", 1))
    monkeypatch.setattr(files, "_MOST_TEXT", 1000)
    monkeypatch.setattr(DataFile, "body", lambda _: compress(bytes(1001)))

    with pytest.raises(QueryFailedError, match=r"NOT_SUPPORTED: .* uncompressed: s3://b/bomb\.csv"):
        bomb.text()
    monkeypatch.setattr(DataFile, "body", lambda _: compress(bytes(1000)))
    assert len(bomb.text()) == 1000
