"""Queries of the catalog itself: information_schema, "$properties", EXPLAIN, SHOW CREATE VIEW; Iceberg by its name."""

from __future__ import annotations

import pytest

from local.engine.athena.statements.formatting import formatted
from tests.engine.test_athena_files import run
from tests.engine.world import World


@pytest.fixture
def orders(world: World) -> World:
    world.glue.create_table(
        DatabaseName=world.database,
        TableInput={
            "Name": "orders",
            "Parameters": {"classification": "csv", "Owner.Team": "x"},
            "PartitionKeys": [{"Name": "day", "Type": "date"}],
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "id", "Type": "int", "Comment": "the key"},
                    {"Name": "items", "Type": "array<struct<sku:string,n:int>>"},
                ],
                "Location": f"s3://{world.bucket}/orders/",
            },
        },
    )
    run(world, "CREATE VIEW ids AS SELECT id, CAST(id AS varchar) AS shown FROM orders WHERE id > 1 AND id < 9")
    return world


def of(world: World, table: str, columns: str, more: str = "") -> list[list[str | None]]:
    where = f"table_schema = '{world.database}' {more}"
    text = f"SELECT {columns} FROM information_schema.{table} WHERE {where} ORDER BY 1, 2"  # noqa: S608 # fixed names
    return world.query(text)


def lines_of(world: World, text: str) -> list[str]:
    """The rows of what is no query and has no header: the first cell of each."""
    execution = world.ended(world.start_query(text))
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = world.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    return [row["Data"][0].get("VarCharValue", "") for row in found]


def test_information_schema_lists_tables_and_views(orders: World) -> None:
    assert of(orders, "tables", "table_name, table_type") == [["ids", "VIEW"], ["orders", "BASE TABLE"]]
    assert of(orders, "views", "table_name, view_definition") == [
        ["ids", "SELECT id, CAST(id AS varchar) AS shown FROM orders WHERE id > 1 AND id < 9"]
    ]
    schemas = "SELECT schema_name FROM awsdatacatalog.information_schema.schemata WHERE catalog_name = 'awsdatacatalog'"
    assert {orders.database, "default", "information_schema"} <= {str(row[0]) for row in orders.query(schemas)}


def test_information_schema_lists_columns_with_trino_s_types(orders: World) -> None:
    shown = "ordinal_position, column_name, data_type, is_nullable, comment, extra_info"

    assert of(orders, "columns", shown, "AND table_name = 'orders'") == [
        ["1", "id", "integer", "YES", "the key", None],
        ["2", "items", "array(row(sku varchar, n integer))", "YES", None, None],
        ["3", "day", "date", "YES", None, "partition key"],
    ]
    assert of(orders, "columns", "ordinal_position, column_name, data_type", "AND table_name = 'ids'") == [
        ["1", "id", "integer"], ["2", "shown", "varchar"],
    ]  # fmt: skip


def test_information_schema_describes_itself_and_has_no_other_tables(orders: World) -> None:
    own = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'information_schema' ORDER BY 1"
    assert orders.query(own) == [["columns"], ["schemata"], ["tables"], ["views"]]
    assert "TABLE_NOT_FOUND" in orders.failure("SELECT * FROM information_schema.nope")
    assert orders.failure("SELECT * FROM information_schema.roles").startswith("NOT_SUPPORTED")


def test_a_table_s_properties_are_columns(orders: World) -> None:
    assert orders.query('SELECT classification, "owner.team" FROM "orders$properties"') == [["csv", "x"]]
    assert "TABLE_NOT_FOUND" in orders.failure('SELECT * FROM "ids$properties"')
    assert "TABLE_NOT_FOUND" in orders.failure('SELECT * FROM "nope$properties"')


def test_explain_shows_the_steps_and_runs_nothing(orders: World) -> None:
    text = "SELECT day, count(*) AS n FROM orders WHERE id > 3 GROUP BY day ORDER BY n DESC LIMIT 2"

    execution = orders.ended(orders.start_query(f"EXPLAIN {text}"))
    found = orders.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    lines = lines_of(orders, f"EXPLAIN {text}")

    assert found["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Name"] == "Query Plan"
    steps = [line.strip(" -").partition("[")[0] for line in lines if line]
    assert steps == ["Output", "Limit", "Sort", "Project", "Aggregate", "Filter", "TableScan"]
    assert lines[0] == "Output[day:date, n:bigint]"
    assert execution["Statistics"]["DataScannedInBytes"] == 0
    assert lines_of(orders, f"EXPLAIN (TYPE LOGICAL, FORMAT TEXT) {text}") == lines


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("EXPLAIN SELECT nope FROM orders", "COLUMN_NOT_FOUND"),
        ("EXPLAIN SELECT", "SYNTAX_ERROR"),
        ("EXPLAIN ANALYZE SELECT 1", "NOT_SUPPORTED: the local engine does not know EXPLAIN ANALYZE"),
        ("EXPLAIN (FORMAT JSON) SELECT 1", "NOT_SUPPORTED: the local engine does not know EXPLAIN in the format JSON"),
        ("EXPLAIN (TYPE IO) SELECT 1", "NOT_SUPPORTED: the local engine does not know EXPLAIN of the type IO"),
    ],
)
def test_an_explain_fails_as_its_query_would(orders: World, text: str, reason: str) -> None:
    assert orders.failure(text).startswith(reason)


def test_explain_validates(orders: World) -> None:
    assert lines_of(orders, "EXPLAIN (TYPE VALIDATE) SELECT id FROM orders") == ["true"]


def test_show_create_view_writes_each_clause_on_its_line(orders: World) -> None:
    assert lines_of(orders, "SHOW CREATE VIEW ids") == [
        f"CREATE VIEW {orders.database}.ids AS",
        # a cast is not formatted, so the text stays as it was written
        "SELECT id, CAST(id AS varchar) AS shown FROM orders WHERE id > 1 AND id < 9",
    ]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("select a from t", ["SELECT a", "FROM", "  t"]),
        (
            'select distinct a.x "X", count(*) as n from d.t a where a.x>1 and not (a.y = \'it\'\'s\') group by a.x',
            ["SELECT DISTINCT", '  a.x "X"', ", count(*) n", "FROM", "  d.t a",
             "WHERE ((a.x > 1) AND (NOT (a.y = 'it''s')))", "GROUP BY a.x"],
        ),
        ("SELECT a FROM t ORDER BY a DESC, b", ["SELECT a", "FROM", "  t", "ORDER BY a DESC, b ASC"]),
        ("SELECT a FROM t LIMIT 3", ["SELECT a", "FROM", "  t", "LIMIT 3"]),
    ],
)  # fmt: skip
def test_a_query_is_formatted_as_trino_does(query: str, lines: list[str]) -> None:
    assert formatted(query).splitlines() == lines


@pytest.mark.parametrize(
    "query",
    ["select a from t tablesample bernoulli (10)", "select a from t order by a nulls first", "select 1 union select 2",
     "with x as (select 1 a) select a from x", "select a from t join u on t.a = u.a", "select cast(a as int) from t",
     "select count(distinct a) from t", "select a from t where a between 1 and 2", "select sum(a) over () from t"],
)  # fmt: skip
def test_what_is_not_surely_printed_so_stays_as_it_is(query: str) -> None:
    assert formatted(query) == query


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE ice (a int) LOCATION 's3://{bucket}/ice/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
        "CREATE TABLE ice WITH (table_type = 'ICEBERG', location = 's3://{bucket}/i/') AS SELECT 1 AS a",
        "DELETE FROM orders WHERE id = 1",
        "UPDATE orders SET id = 2",
        "MERGE INTO orders USING ids ON orders.id = ids.id WHEN MATCHED THEN DELETE",
        "OPTIMIZE orders REWRITE DATA USING BIN_PACK",
        "VACUUM orders",
    ],
)
def test_iceberg_is_refused_by_its_name(orders: World, text: str) -> None:
    reason = orders.failure(text.format(bucket=orders.bucket))

    assert reason.startswith("NOT_SUPPORTED")
    assert "Iceberg" in reason


def test_projection_steps_by_seconds(world: World) -> None:
    for second in range(4):
        world.s3.put_object(
            Bucket=world.bucket, Key=f"ticks/t=2026-01-01 00:00:0{second}/a", Body=f"{second}\n".encode()
        )
    world.glue.create_table(
        DatabaseName=world.database,
        TableInput={
            "Name": "ticks",
            "Parameters": {
                "projection.enabled": "true", "projection.t.type": "date", "projection.t.interval": "2",
                "projection.t.format": "yyyy-MM-dd HH:mm:ss", "projection.t.interval.unit": "SECONDS",
                "projection.t.range": "2026-01-01 00:00:00,2026-01-01 00:00:03",
            },
            "PartitionKeys": [{"Name": "t", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": "a", "Type": "int"}], "Location": f"s3://{world.bucket}/ticks/",
                "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
            },
        },
    )  # fmt: skip

    assert world.query("SELECT a, t FROM ticks ORDER BY a") == [
        ["0", "2026-01-01 00:00:00"], ["2", "2026-01-01 00:00:02"],
    ]  # fmt: skip
