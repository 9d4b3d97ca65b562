"""The second dataset: JSON lines with nested items, by day, curated by a job of its own; its numbers are the files'."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.data import orders
from local.data.expected import Expected, order_items
from local.demo.observer import Observer
from local.demo.queries import ask
from local.spark import environment
from local.stack.polling import until
from tests.e2e.conftest import Landfall

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
    ),
]  # fmt: skip

PREFIX = "data/orders/"
ORDERS, DAYS = 200_000, 10
STEPS = ["crawl orders-crawler", "checks", "job orders-curate", "crawl orders-curated-crawler", "checks"]
SECONDS = 600  # a bound for a busy machine


@pytest.fixture
def shop(landfall: Landfall) -> Iterator[Landfall]:
    """The application with the pipeline of the orders at rest."""
    until(lambda: landfall.is_done("orders"), SECONDS, "the pipeline's earlier runs to end")
    yield landfall
    until(lambda: landfall.is_at_rest("orders"), SECONDS, "the test's last run to end")


def upload(landfall: Landfall, folder: Path, files: list[Path]) -> None:
    for file in files:
        landfall.clients.s3.upload_file(str(file), landfall.lake, PREFIX + file.relative_to(folder).as_posix())


def ready(landfall: Landfall, runs_before: int) -> dict[str, Any]:
    """The newest run, once it and all before it have ended."""
    until(
        lambda: len(landfall.runs("orders")) > runs_before and landfall.is_at_rest("orders"), SECONDS, "the run to end"
    )
    return landfall.runs("orders")[-1]


def curated(landfall: Landfall) -> Expected:
    sql = 'SELECT count(*), sum(amount) FROM "shop-db"."order_items"'
    ((rows, amount),) = ask(landfall.clients, sql, SECONDS)[1]
    assert rows is not None
    return Expected(int(rows), Decimal(amount or 0))


def test_two_hundred_thousand_orders_become_a_table_of_their_items(shop: Landfall, tmp_path: Path) -> None:
    made = orders.write(tmp_path, ORDERS, DAYS, compress=True)
    files = sorted(tmp_path.rglob("*.gz"))
    expected, observer, before = order_items(files), Observer(shop.clients), len(shop.runs("orders"))

    upload(shop, tmp_path, files)
    last = ready(shop, before)

    assert last["outcome"] == "succeeded", last
    assert [step["step"] for step in last["log"]] == STEPS
    assert sum(int(run["uploads"]["count"]) for run in shop.runs("orders")[before:]) == DAYS
    assert len(shop.runs("orders")) <= before + 2
    assert curated(shop) == expected == Expected(made.items, made.amount)
    heard = [event for event in observer.hear() if event["detail-type"] == "Dataset Ready"]
    while not heard:
        heard += [event for event in observer.hear(20) if event["detail-type"] == "Dataset Ready"]
    assert heard[-1]["detail"]["pipeline"] == "orders"
    _has_partitions(shop, "orders", files)
    _has_partitions(shop, "order_items", files)
    assert _rejected(shop) == made.rejected


def _has_partitions(landfall: Landfall, table: str, files: list[Path]) -> None:
    """One for the day of each file; those of earlier tests' days may be there, too, since crawlers leave them."""
    found = landfall.clients.glue.get_table(DatabaseName="shop-db", Name=table)["Table"]
    assert [(key["Name"], key["Type"]) for key in found["PartitionKeys"]] == [("day", "string")]
    partitions = landfall.clients.glue.get_partitions(DatabaseName="shop-db", TableName=table)["Partitions"]
    assert {tuple(one["Values"]) for one in partitions} >= {(file.parent.name.removeprefix("day="),) for file in files}


def _rejected(landfall: Landfall) -> dict[str, int]:
    """How many lines were kept aside, by reason."""
    s3, bucket = landfall.clients.s3, landfall.clients.outputs["CuratedBucketName"]
    counts: dict[str, int] = {}
    for found in s3.list_objects_v2(Bucket=bucket, Prefix="rejected/orders/")["Contents"]:
        for line in s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].iter_lines():
            reason = json.loads(line)["reason"]
            counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items()))


def test_a_day_that_comes_later_is_one_more_partition(shop: Landfall, tmp_path: Path) -> None:
    orders.write(tmp_path, 300, 3)
    files, before = sorted(tmp_path.rglob("*.json")), len(shop.runs("orders"))

    upload(shop, tmp_path, files[:2])
    ready(shop, before)
    first, before = curated(shop), len(shop.runs("orders"))
    upload(shop, tmp_path, files[2:])
    last = ready(shop, before)

    assert last["outcome"] == "succeeded", last
    assert (first, curated(shop)) == (order_items(files[:2]), order_items(files))
    _has_partitions(shop, "order_items", files)
