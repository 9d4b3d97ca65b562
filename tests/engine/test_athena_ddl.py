"""What Athena keeps of a CREATE EXTERNAL TABLE's texts, and what it refuses when a statement is submitted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_athena_files import run
from tests.engine.world import World

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("'plain'", "plain"),
        (r"'it\'s'", "it's"),
        ("'it''s'", "it's"),
        (r"""'%str% %(p)s "s\'\'t\'r"'""", """%str% %(p)s "s''t'r\""""),
        ("'\n one\n\n  two\n'", " one two "),
    ],
)
def test_a_table_s_comment(world: World, written: str, kept: str) -> None:
    run(world, f"CREATE EXTERNAL TABLE made (a string) COMMENT {written} LOCATION 's3://{world.bucket}/made/'")

    assert world.table("made")["Parameters"]["comment"] == kept


def test_a_column_s_comment_may_hold_an_escaped_quote(world: World) -> None:
    run(
        world,
        rf"""CREATE EXTERNAL TABLE made (a string COMMENT 'it\'s "x"', b int) PARTITIONED BY (c int COMMENT 'c\'s') """
        f"LOCATION 's3://{world.bucket}/made/'",
    )

    entry = world.table("made")
    assert entry["StorageDescriptor"]["Columns"][0]["Comment"] == 'it\'s "x"'
    assert entry["PartitionKeys"][0]["Comment"] == "c's"


def test_a_serde_s_property_may_be_a_backslash(world: World) -> None:
    run(
        world,
        f"CREATE EXTERNAL TABLE made (a string) ROW FORMAT SERDE '{OPEN_CSV}' "
        rf"WITH SERDEPROPERTIES ('escapeChar' = '\\', 'quoteChar' = '\'') LOCATION 's3://{world.bucket}/made/'",
    )

    descriptor = world.table("made")["StorageDescriptor"]
    assert descriptor["SerdeInfo"]["Parameters"]["escapeChar"] == "\\"
    assert descriptor["SerdeInfo"]["Parameters"]["quoteChar"] == "'"
    assert descriptor["OutputFormat"] == "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


def test_a_number_with_a_point_goes_into_a_float(world: World) -> None:
    run(world, "CREATE TABLE made AS SELECT REAL '0.5' AS r, 1.5 AS d")

    run(world, "INSERT INTO made VALUES (0.25, 2.5)")

    assert world.query("SELECT r, d FROM made ORDER BY d") == [["0.5", "1.5"], ["0.25", "2.5"]]
    assert world.failure("INSERT INTO made VALUES ('x', 2.5)").startswith("TYPE_MISMATCH")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE made AS ALTER TABLE x SET LOCATION 's3://x/'",
        "CREATE TABLE made WITH (format = 'PARQUET') AS SELECT FROM t",
        "CREATE TABLE IF NOT EXISTS d.made AS SELECT 1 AS a FROM",
        "INSERT INTO made SELECT",
        "INSERT INTO made (a, b) SELECT 1 +",
    ],
)
def test_a_statement_with_a_malformed_query_is_refused_at_once(world: World, text: str) -> None:
    with pytest.raises(ClientError) as caught:
        world.start_query(text)

    error: dict[str, Any] = {**caught.value.response}
    assert (error["Error"]["Code"], error["AthenaErrorCode"]) == ("InvalidRequestException", "MALFORMED_QUERY")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE made AS (SELECT 1 AS a)",
        "CREATE TABLE made AS WITH x AS (SELECT 1 AS a) SELECT * FROM x WITH DATA",
        "CREATE TABLE made WITH (partitioned_by = ARRAY['b']) AS SELECT 1 AS a, 2 AS b WITH NO DATA",
    ],
)
def test_a_statement_with_a_good_query_runs(world: World, text: str) -> None:
    run(world, text)

    assert world.table("made")["StorageDescriptor"]["Columns"][0]["Name"] == "a"


def test_a_column_of_no_type_makes_no_table(world: World) -> None:
    assert world.failure("CREATE TABLE made AS SELECT NULL AS a").startswith(
        "COLUMN_TYPE_UNKNOWN: line 1:1: Column type"
    )


def test_show_create_table_is_hive_s_text(world: World) -> None:
    run(
        world,
        "CREATE EXTERNAL TABLE made (a string, b decimal(3,2)) PARTITIONED BY (c int) STORED AS PARQUET "
        f"LOCATION 's3://{world.bucket}/made/' TBLPROPERTIES ('parquet.compression' = 'SNAPPY')",
    )

    name = world.start_query("SHOW CREATE TABLE made")
    world.ended(name)
    found = world.athena.get_query_results(QueryExecutionId=name)["ResultSet"]["Rows"]
    lines = [row["Data"][0]["VarCharValue"] for row in found]

    assert lines[:9] == [
        "CREATE EXTERNAL TABLE `made`(", "  `a` string, ", "  `b` decimal(3,2))", "PARTITIONED BY ( ", "  `c` int)",
        "ROW FORMAT SERDE ", "  'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' ",
        # the default serialization.format is left out
        "STORED AS INPUTFORMAT ", "  'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat' ",
    ]  # fmt: skip
    assert "  'parquet.compression'='SNAPPY', " in lines
