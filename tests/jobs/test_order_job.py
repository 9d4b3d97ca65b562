"""jobs/curate_orders.py from beginning to end, on a lake in a directory."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.data import expected, orders
from tests.jobs.lake import Lake

_COLUMNS = ("order_id", "item", "customer_id", "sku", "quantity", "unit_price", "amount", "day")


@pytest.fixture
def lake(tmp_path: Path, curate_orders: ModuleType, capsys: pytest.CaptureFixture[str]) -> Lake:
    return Lake(tmp_path, curate_orders, capsys)


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_the_table_shows_what_was_made(lake: Lake, spark: Any, compress: bool) -> None:
    made = orders.write(lake.source, 4_800, 4, compress=compress)

    counts = lake.run("r")

    assert counts == {
        "job": "curate_orders",
        "run_id": "r",
        "read": made.read,
        "kept": made.kept,
        "duplicates": made.duplicates,
        "rejected": sum(made.rejected.values()),
        "rejected_because": made.rejected,
        "written": made.items,
    }
    assert len(made.rejected) == 12
    assert Counter(row["reason"] for row in lake.rejected_rows()) == made.rejected
    table = lake.table(spark, _COLUMNS)
    assert (len(table), sum(row[6] for row in table)) == (made.items, made.amount)
    assert expected.order_items(sorted(lake.source.rglob("*.json*"))) == expected.Expected(made.items, made.amount)
    assert lake.objects() == [f"day=2026-01-0{day}/part-00000.snappy.parquet" for day in range(1, 5)]


def test_a_repeat_gives_the_same_and_a_day_that_is_gone_leaves_the_table(lake: Lake, spark: Any) -> None:
    orders.write(lake.source, 300, 3)
    lake.run("run 1")
    before = lake.table(spark, _COLUMNS), lake.objects(), lake.rejected_rows()

    lake.run("run 2")
    again = lake.table(spark, _COLUMNS), lake.objects(), lake.rejected_rows()
    (lake.source / "day=2026-01-02" / "orders.json").unlink()
    lake.run("run 3")

    assert again == before
    assert lake.table(spark, _COLUMNS) == [row for row in before[0] if str(row[-1]) != "2026-01-02"]
    assert lake.objects() == [name for name in before[1] if "2026-01-02" not in name]


def test_marks_blank_lines_and_windows_line_ends_are_no_rows(lake: Lake, spark: Any) -> None:
    file = lake.source / "made"
    orders.write(file, 2, 1)
    lines = (file / "day=2026-01-01" / "orders.json").read_text().splitlines()
    good = [line for line in lines if '"total"' in line][:1]
    lake.upload("day=2026-01-01/a.json", "\ufeff" + "\r\n\r\n".join([*good, "   ", ""]))
    (file / "day=2026-01-01" / "orders.json").unlink()

    counts = lake.run()

    assert (counts["read"], counts["kept"]) == (1, 1)


def test_several_objects_hold_a_day_that_is_too_large_for_one(
    lake: Lake, spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = orders.write(lake.source, 200, 1)
    monkeypatch.setattr(lake.job, "ROWS_PER_FILE", 250)

    lake.run()

    assert len(lake.table(spark, _COLUMNS)) == made.items > 500
    assert lake.objects() == [f"day=2026-01-01/part-0000{n}.snappy.parquet" for n in range(-(-made.items // 250))]


def test_money_stays_exact(lake: Lake, spark: Any) -> None:
    items = ",".join('{"sku":"S","quantity":1,"unit_price":0.1}' for _ in range(10))
    lake.upload(
        "day=2026-01-01/a.json",
        '{"order_id":"O","ordered_at":"2026-01-01T00:00:00Z","customer":{"id":"C"},"currency":"EUR",'
        f'"items":[{items}],"total":1}}',
    )

    lake.run()

    assert sum(row[6] for row in lake.table(spark, _COLUMNS)) == Decimal("1.00")
