"""awswrangler (AWS SDK for pandas) finds an Athena: datasets, its three ways to read, and metadata."""

from __future__ import annotations

from typing import Any

import awswrangler as wr
import boto3
import pandas as pd
import pytest

from tests.engine_clients.conftest import BUCKET, DATABASE

pytestmark = pytest.mark.engine
RESULTS = f"s3://{BUCKET}/wrangler-results/"


@pytest.fixture(scope="module")
def orders(endpoint: str) -> str:
    """A partitioned Parquet dataset that awswrangler writes and registers."""
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["a", "b", None],
            "v": [1.5, 2.5, 3.5],
            "day": ["2024-01-01", "2024-01-02", "2024-01-02"],
        }
    )
    wr.s3.to_parquet(
        df=frame, path=f"s3://{BUCKET}/orders/", dataset=True, database=DATABASE, table="orders", partition_cols=["day"]
    )
    return "orders"


@pytest.mark.parametrize(
    "how",
    [{"ctas_approach": False}, {"ctas_approach": True}, {"ctas_approach": False, "unload_approach": True}],
    ids=["by the result file", "by CREATE TABLE AS", "by UNLOAD"],
)
def test_a_query_becomes_a_data_frame(orders: str, how: dict[str, Any]) -> None:
    stack = f"{RESULTS}{'-'.join(how)}-{how['ctas_approach']}/"

    frame = wr.athena.read_sql_query(
        "SELECT id, name, v FROM orders WHERE day = '2024-01-02' ORDER BY id",
        database=DATABASE,
        s3_output=stack,
        athena_query_wait_polling_delay=0.05,
        **how,
    )

    assert frame["id"].tolist() == [2, 3]
    assert frame["v"].tolist() == [2.5, 3.5]
    assert frame["name"].isna().tolist() == [False, True]


def test_a_dataset_that_grows_is_read_with_its_new_partition(orders: str) -> None:
    more = pd.DataFrame({"id": [9], "name": ["z"], "v": [9.5], "day": ["2030-01-01"]})
    wr.s3.to_parquet(
        df=more, path=f"s3://{BUCKET}/orders/", dataset=True, database=DATABASE, table="orders",
        partition_cols=["day"], mode="append",
    )  # fmt: skip

    frame = wr.athena.read_sql_query(
        "SELECT day, sum(v) AS s FROM orders WHERE day > '2029' GROUP BY day",
        database=DATABASE, ctas_approach=False, s3_output=RESULTS, athena_query_wait_polling_delay=0.05,
    )  # fmt: skip

    assert frame.to_dict("list") == {"day": ["2030-01-01"], "s": [9.5]}


def test_a_table_is_described_and_repaired(orders: str) -> None:
    described = wr.athena.describe_table(orders, database=DATABASE, s3_output=RESULTS)

    assert described["Column Name"].tolist() == ["id", "name", "v", "day"]
    assert described["Partition"].tolist() == [False, False, False, True]
    assert wr.athena.repair_table(orders, database=DATABASE, s3_output=RESULTS) == "SUCCEEDED"
    assert "PARTITIONED BY" in wr.athena.show_create_table(orders, database=DATABASE, s3_output=RESULTS)


def test_a_wrong_query_raises_with_athena_s_reason(orders: str) -> None:
    with pytest.raises(
        wr.exceptions.QueryFailed, match="TYPE_MISMATCH: line 1:32: Cannot apply operator: bigint = varchar"
    ):
        wr.athena.read_sql_query(
            "SELECT id FROM orders WHERE id = 'x'", database=DATABASE, ctas_approach=False, s3_output=RESULTS
        )


def test_partitions_are_listed_by_an_expression_and_deleted(orders: str) -> None:
    known = wr.catalog.get_partitions(database=DATABASE, table=orders, expression="day < '2024-01-02'")
    assert list(known.values()) == [["2024-01-01"]]

    wr.catalog.delete_partitions(database=DATABASE, table=orders, partitions_values=[["2024-01-01"]])

    assert ["2024-01-01"] not in list(wr.catalog.get_partitions(database=DATABASE, table=orders).values())
    wr.catalog.add_parquet_partitions(
        database=DATABASE, table=orders, partitions_values={f"s3://{BUCKET}/orders/day=2024-01-01/": ["2024-01-01"]}
    )


def test_tables_are_found_by_a_part_of_their_name_and_keep_their_versions(orders: str) -> None:
    assert [table["Name"] for table in wr.catalog.get_tables(database=DATABASE, name_contains="rder")] == [orders]
    before = wr.catalog.get_table_number_of_versions(database=DATABASE, table=orders)

    # without catalog_versioning it asks to skip the archive
    for versioning in (False, True):
        wr.catalog.upsert_table_parameters(
            parameters={"team": str(versioning)}, database=DATABASE, table=orders, catalog_versioning=versioning
        )

    assert wr.catalog.get_table_parameters(database=DATABASE, table=orders)["team"] == "True"
    assert wr.catalog.get_table_number_of_versions(database=DATABASE, table=orders) == before + 1


def test_a_workgroup_with_managed_results_answers(orders: str) -> None:
    boto3.client("athena").create_work_group(
        Name="managed", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}}
    )

    frame = wr.athena.read_sql_query(
        "SELECT id FROM orders WHERE name = ?", database=DATABASE, workgroup="managed", ctas_approach=False,
        params=["a"], paramstyle="qmark",
    )  # fmt: skip

    assert frame["id"].tolist() == [1]
