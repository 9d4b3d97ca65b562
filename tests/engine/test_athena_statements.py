"""Statements that make, fill and describe: CREATE TABLE AS, INSERT INTO, UNLOAD, views, prepared statements."""

from __future__ import annotations

import gzip

import pytest

from tests.engine.test_athena_files import CSV, make, run
from tests.engine.world import World

FROM = "FROM (VALUES (1, 'a', DATE '2024-01-02'), (2, NULL, DATE '2024-01-03')) AS t(id, name, day)"


def keys(world: World, prefix: str) -> list[str]:
    return [item["Key"] for item in world.s3.list_objects_v2(Bucket=world.bucket, Prefix=prefix).get("Contents", [])]


@pytest.mark.parametrize("form", ["PARQUET", "TEXTFILE", "JSON"])
def test_a_query_becomes_a_table_that_answers_the_same(world: World, form: str) -> None:
    place = f"s3://{world.bucket}/made/"

    run(
        world,
        f"CREATE TABLE made WITH (format = '{form}', external_location = '{place}') AS SELECT id, name, day {FROM}",
    )

    assert world.query("SELECT * FROM made ORDER BY id") == [["1", "a", "2024-01-02"], ["2", None, "2024-01-03"]]
    columns = world.table("made")["StorageDescriptor"]["Columns"]
    assert [column["Type"] for column in columns] == ["int", "string", "date"]
    assert len(keys(world, "made/")) == 1


def test_nested_values_survive_a_table_of_parquet(world: World) -> None:
    value = "CAST(ROW(1, ARRAY['x']) AS row(n integer, l array(varchar)))"

    run(world, f"CREATE TABLE made AS SELECT {value} AS r, ARRAY[{value}] AS a, MAP(ARRAY['k'], ARRAY[1.5]) AS m")

    assert world.query("SELECT r, r.n, a, m['k'] FROM made") == [["{n=1, l=[x]}", "1", "[{n=1, l=[x]}]", "1.5"]]


def test_a_partitioned_table_is_made_and_grows(world: World) -> None:
    settings = f"partitioned_by = ARRAY['day'], external_location = 's3://{world.bucket}/p/'"
    run(world, f"CREATE TABLE made WITH ({settings}) AS SELECT id, name, day {FROM}")

    run(world, "INSERT INTO made VALUES (3, 'c', DATE '2024-01-02'), (4, 'd', DATE '2024-02-01')")

    days = world.query("SELECT DISTINCT CAST(day AS varchar) FROM made ORDER BY 1")
    assert [row[0] for row in days] == [
        "2024-01-02", "2024-01-03", "2024-02-01",
    ]  # fmt: skip
    assert world.query("SELECT id FROM made WHERE day = DATE '2024-01-02' ORDER BY id") == [["1"], ["3"]]
    assert {key.split("/")[1] for key in keys(world, "p/")} == {"day=2024-01-02", "day=2024-01-03", "day=2024-02-01"}


def test_a_table_that_is_there_or_a_place_in_use_is_refused(world: World) -> None:
    world.put("a.csv", "1\n")
    place = f"s3://{world.bucket}/data/person/"
    make(world, "n bigint", CSV)

    assert world.failure("CREATE TABLE made AS SELECT 1 AS x").startswith("TABLE_ALREADY_EXISTS: line 1:1: Table")
    reason = world.failure(f"CREATE TABLE other WITH (external_location = '{place}') AS SELECT 1 AS x")
    assert reason.startswith("HIVE_PATH_ALREADY_EXISTS")
    assert world.failure("CREATE TABLE other AS SELECT 1").startswith("MISSING_COLUMN_NAME")


def test_insert_into_a_text_table_with_some_columns(world: World) -> None:
    make(world, "a bigint, b string, c double", CSV)

    run(world, "INSERT INTO made (b, a) SELECT 'x', 1")

    assert world.query("SELECT * FROM made") == [["1", "x", None]]
    assert world.failure("INSERT INTO made SELECT 1").startswith("MISMATCHED_COLUMN_ALIASES")
    assert world.failure("INSERT INTO made (a) SELECT 'x'").startswith(
        "TYPE_MISMATCH: line 1:1: Insert query has mismatched"
    )


def test_unload_writes_objects_and_names_them_in_a_manifest(world: World) -> None:
    query_id = world.start_query(
        f"UNLOAD (SELECT id, name {FROM}) TO 's3://{world.bucket}/out/' WITH (format = 'JSON')"
    )
    execution = world.ended(query_id)

    assert execution["Status"]["State"] == "SUCCEEDED"
    (key,) = keys(world, "out/")
    body = world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read()
    assert gzip.decompress(body) == b'{"id":1,"name":"a"}\n{"id":2}\n'
    manifest = execution["Statistics"]["DataManifestLocation"].partition(f"s3://{world.bucket}/")[2]
    assert (
        world.s3.get_object(Bucket=world.bucket, Key=manifest)["Body"].read() == f"s3://{world.bucket}/{key}\n".encode()
    )
    again = f"UNLOAD (SELECT 1 AS x) TO 's3://{world.bucket}/out/' WITH (format = 'JSON')"
    assert world.failure(again).startswith("HIVE_PATH_ALREADY_EXISTS")


def test_a_view_looks_its_tables_up_where_it_was_made(world: World) -> None:
    run(world, f"CREATE VIEW v AS SELECT id, name {FROM}")
    run(world, "CREATE OR REPLACE VIEW w AS SELECT count(*) AS n FROM v")
    other = {"QueryExecutionContext": {"Database": "default"}}

    query_id = world.start_query(f'SELECT n FROM "{world.database}"."w"', **other)  # noqa: S608 # ours

    assert world.ended(query_id)["Status"]["State"] == "SUCCEEDED"
    assert world.failure("CREATE VIEW v AS SELECT 1 AS x").startswith("ALREADY_EXISTS")
    run(world, "DROP VIEW w")
    assert world.failure("SELECT * FROM w").startswith("TABLE_NOT_FOUND")


def test_prepared_statements_take_parameters_of_the_statement_or_of_the_api(world: World) -> None:
    run(world, f"PREPARE by_id FROM SELECT name {FROM} WHERE id = ? AND name LIKE ?")

    assert world.query("EXECUTE by_id USING 1, 'a%'") == [["a"]]
    query_id = world.start_query("EXECUTE by_id", ExecutionParameters=["1", "'b%'"])
    assert world.ended(query_id)["Status"]["State"] == "SUCCEEDED"
    direct = world.start_query("SELECT ? + 1", ExecutionParameters=["41"])
    assert world.ended(direct)["Status"]["State"] == "SUCCEEDED"
    rows = world.athena.get_query_results(QueryExecutionId=direct)["ResultSet"]["Rows"]
    assert rows[1]["Data"][0]["VarCharValue"] == "42"
    assert world.failure("EXECUTE by_id USING 1").startswith("INVALID_PARAMETER_USAGE: line 1:1: Incorrect number")
    run(world, "DEALLOCATE PREPARE by_id")
    assert world.failure("EXECUTE by_id USING 1, 'a'").startswith("NOT_FOUND: Prepared statement not found: by_id")


def test_the_api_s_prepared_statements_are_the_same(world: World) -> None:
    world.athena.create_prepared_statement(StatementName="p", WorkGroup="primary", QueryStatement="SELECT ? AS x")

    assert world.query("EXECUTE p USING 'it''s'") == [["it's"]]
    world.athena.delete_prepared_statement(StatementName="p", WorkGroup="primary")


def test_databases_come_and_go(world: World) -> None:
    run(world, "CREATE DATABASE IF NOT EXISTS `made-here` COMMENT 'x'")
    run(world, 'CREATE TABLE "made-here".t AS SELECT 1 AS x')

    assert world.failure("DROP DATABASE `made-here`").startswith("FAILED: Execution Error")
    run(world, "DROP DATABASE `made-here` CASCADE")
    assert world.failure('SELECT 1 FROM "made-here".t').startswith("SCHEMA_NOT_FOUND")
