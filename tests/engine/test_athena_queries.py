"""The queries of athena_queries/*.yaml answer as their rules say. They run through the API, as an analyst's do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.engine.helpers import ROOT, Engine
from tests.engine.world import World

FOLDER = ROOT / "tests" / "engine" / "athena_queries"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['rule']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]
SALES = "1,2024-01-01,Ulm,10.50,2\n2,2024-01-01,Bonn,5.25,1\n3,2024-01-02,Ulm,20.25,\n4,2024-02-01,\\N,1.00,5\n"
EVENTS = (
    '{"ID": 1, "tags": ["a", "b"], "props": {"k": 7}, "who": {"Name": "Bob", "age": 38}, "more": 1}\n'
    '{"id": 2, "tags": [], "who": null}\n'
)
SHIPPING = [
    "('California', 94131, 'New Jersey', 8648, 13)",
    "('California', 94131, 'New Jersey', 8540, 42)",
    "('New Jersey', 7081, 'Connecticut', 6708, 225)",
    "('California', 90210, 'Connecticut', 6927, 1337)",
    "('California', 94131, 'Colorado', 80302, 5)",
    "('New York', 10002, 'New Jersey', 8540, 3)",
]
TABLES = [
    "CREATE EXTERNAL TABLE sales (id bigint, day date, city string, amount decimal(10,2), qty int) "
    "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{bucket}/sales/'",
    "CREATE EXTERNAL TABLE events (id bigint, tags array<string>, props map<string,int>, "
    "who struct<name:string,age:int>) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://{bucket}/events/'",
    "CREATE EXTERNAL TABLE visits (v int) PARTITIONED BY (year int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
    "LOCATION 's3://{bucket}/visits/'",
    "ALTER TABLE visits ADD PARTITION (year = 2024) PARTITION (year = 2025) LOCATION 's3://{bucket}/visits/elsewhere/'",
    "CREATE VIEW by_city AS SELECT city, sum(amount) AS total FROM sales GROUP BY city",
    "CREATE VIEW shipping AS SELECT * FROM (VALUES "  # noqa: S608 # fixed rows
    + ", ".join(SHIPPING)
    + ") AS t(origin_state, origin_zip, destination_state, destination_zip, package_weight)",
    "PREPARE by_id FROM SELECT city FROM sales WHERE id = ?",
]


@pytest.fixture(scope="module")
def data(engine: Engine) -> Iterator[World]:
    world = World(engine, "queries")
    for key, body in {
        "sales/a.csv": SALES,
        "events/a.json": EVENTS,
        "visits/year=2024/a.csv": "1\n2\n",
        "visits/elsewhere/a.csv": "4\n",
        "visits/year=2023/a.csv": "100\n",
    }.items():
        world.s3.put_object(Bucket=world.bucket, Key=key, Body=body)
    for text in TABLES:
        status = world.ended(world.start_query(text.replace("{bucket}", world.bucket)))["Status"]
        assert status["State"] == "SUCCEEDED", status
    yield world
    world.ended(world.start_query("DEALLOCATE PREPARE by_id"))


def filled(value: Any, world: World) -> Any:
    if isinstance(value, list):
        return [filled(item, world) for item in value]
    return value.replace("{database}", world.database).replace("{bucket}", world.bucket) if value else value


def order(row: list[str | None]) -> list[tuple[bool, str]]:
    return [(cell is None, cell or "") for cell in row]


@pytest.mark.parametrize("case", CASES)
def test_a_query_answers_as_its_rule_says(data: World, case: dict[str, Any]) -> None:
    query_id = data.start_query(filled(case["sql"], data))

    status = data.ended(query_id)["Status"]

    if "fails" in case:
        assert status["State"] == "FAILED"
        assert status["StateChangeReason"].startswith(filled(case["fails"], data)), status["StateChangeReason"]
        return
    assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
    result = data.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]
    columns = [f"{column['Name']} {column['Type']}" for column in result["ResultSetMetadata"]["ColumnInfo"]]
    assert columns == case["columns"]
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in result["Rows"]]
    if not case["sql"].startswith(("SHOW", "DESCRIBE", "ALTER", "DROP")):
        assert rows.pop(0) == [column.partition(" ")[0] for column in case["columns"]]
    wanted = filled(case["rows"], data)
    if case.get("unordered"):
        rows, wanted = sorted(rows, key=order), sorted(wanted, key=order)
    assert rows == wanted


def test_there_are_enough_cases_and_each_names_its_source() -> None:
    cases = [parameter.values[0] for parameter in CASES]

    assert len(cases) >= 120
    assert all(isinstance(case, dict) and case["source"] for case in cases)
