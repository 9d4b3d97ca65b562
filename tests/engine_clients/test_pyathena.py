"""PyAthena finds an Athena: connection, cursors, types, parameters, errors."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError

from local.stack.stack import REGION
from tests.engine_clients.conftest import BUCKET, DATABASE

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def connection(endpoint: str) -> Iterator[Any]:
    with connect(
        s3_staging_dir=f"s3://{BUCKET}/results/", region_name=REGION, schema_name=DATABASE, poll_interval=0.05
    ) as connection:
        yield connection


@pytest.fixture(scope="module")
def visits(connection: Any) -> str:
    """A partitioned table of CSV files, made by statements."""
    s3 = boto3.client("s3", region_name=REGION)
    for year, body in ((2024, "1,Ulm\n2,Bonn\n"), (2025, "3,Ulm\n")):
        s3.put_object(Bucket=BUCKET, Key=f"visits/year={year}/a b+%41.csv", Body=body.encode())
    cursor = connection.cursor()
    cursor.execute(
        "CREATE EXTERNAL TABLE visits (id bigint, city string) PARTITIONED BY (year int) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{BUCKET}/visits/'"
    )
    cursor.execute("MSCK REPAIR TABLE visits")
    return "visits"


def test_values_come_as_python_s(connection: Any) -> None:
    cursor = connection.cursor()

    cursor.execute(
        "SELECT 1 AS a, 'x' AS b, DATE '2024-01-02' AS c, DECIMAL '1.50' AS d, ARRAY[1, 2] AS e, true AS f, "
        "CAST(NULL AS varchar) AS g, TIMESTAMP '2024-01-02 03:04:05' AS h, 2.5e0 AS i"
    )

    assert [column[0] for column in cursor.description] == list("abcdefghi")
    assert cursor.fetchone() == (
        1, "x", datetime.date(2024, 1, 2), Decimal("1.50"), [1, 2], True, None,
        datetime.datetime(2024, 1, 2, 3, 4, 5), 2.5,  # noqa: DTZ001 # Athena's has no zone
    )  # fmt: skip
    assert cursor.fetchone() is None


def test_a_partitioned_table_is_queried_by_rows_and_dicts(connection: Any, visits: str) -> None:
    cursor = connection.cursor(DictCursor)

    cursor.execute(f"SELECT city, count(*) AS n FROM {visits} WHERE year >= 2024 GROUP BY city ORDER BY city")  # noqa: S608 # a fixed name

    assert cursor.fetchall() == [{"city": "Bonn", "n": 1}, {"city": "Ulm", "n": 2}]


def test_only_the_bytes_of_chosen_partitions_are_scanned(connection: Any, visits: str) -> None:
    cursor = connection.cursor()

    cursor.execute(f"SELECT id FROM {visits} WHERE year = 2025")  # noqa: S608 # a fixed name

    assert cursor.fetchall() == [(3,)]
    assert cursor.data_scanned_in_bytes == len("3,Ulm\n")


def test_parameters_are_filled_in_by_client_and_by_athena(connection: Any, visits: str) -> None:
    cursor = connection.cursor()

    cursor.execute(f"SELECT id FROM {visits} WHERE city = %(city)s ORDER BY id", {"city": "Ulm"})  # noqa: S608 # a fixed name
    named = cursor.fetchall()
    cursor.execute(f"SELECT id FROM {visits} WHERE city = ?", ["'Bonn'"], paramstyle="qmark")  # noqa: S608 # a fixed name

    assert named == [(1,), (3,)]
    assert cursor.fetchall() == [(2,)]


def test_more_rows_than_a_page_arrive(connection: Any) -> None:
    cursor = connection.cursor()

    cursor.execute("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")

    assert [row[0] for row in cursor] == list(range(1, 2501))


def test_a_wrong_query_raises_with_athena_s_reason(connection: Any) -> None:
    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"):
        connection.cursor().execute("SELECT nope FROM (VALUES 1) AS t(x)")


def test_a_result_is_used_again_and_found_in_the_list_of_queries(connection: Any) -> None:
    text = "SELECT 1 AS again, 'pyathena' AS who"
    asked = {"result_reuse_enable": True, "result_reuse_minutes": 5}
    first, second = connection.cursor(), connection.cursor()

    first.execute(text, **asked)
    second.execute(text, **asked)
    # its own cache looks through the newest queries
    third = connection.cursor()
    third.execute(text, cache_size=10)

    assert [cursor.reused_previous_result for cursor in (first, second)] == [False, True]
    assert first.fetchall() == second.fetchall() == third.fetchall() == [(1, "pyathena")]
    assert third.query_id in (first.query_id, second.query_id)


def test_tables_are_reflected_from_athena_s_metadata(connection: Any, visits: str) -> None:
    cursor = connection.cursor()

    table = cursor.get_table_metadata(visits)

    assert [(column.name, column.type) for column in table.columns] == [("id", "bigint"), ("city", "string")]
    assert [key.name for key in table.partition_keys] == ["year"]
    assert table.location == f"s3://{BUCKET}/visits"
    assert table.serde_serialization_lib.endswith("LazySimpleSerDe")
    assert visits in [found.name for found in cursor.list_table_metadata()]
    with pytest.raises(OperationalError):
        cursor.get_table_metadata("nope", logging_=False)


def test_a_prepared_parameter_needs_no_quotes(connection: Any, visits: str) -> None:
    cursor = connection.cursor()

    cursor.execute(f"SELECT id FROM {visits} WHERE city = ? ORDER BY id", ["Ulm"], paramstyle="qmark")  # noqa: S608 # a fixed name

    assert cursor.fetchall() == [(1,), (3,)]
