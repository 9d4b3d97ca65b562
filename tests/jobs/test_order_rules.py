"""`transform` of jobs/curate_orders.py: every rule by one small frame."""

from __future__ import annotations

import json
import random
from datetime import datetime
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

_SCHEMA = "line string, source_file string, source_time timestamp"
_OLD, _NEW = datetime(2026, 1, 1), datetime(2026, 1, 2)  # noqa: DTZ001 # Spark's session runs in UTC
_DAY = "s3://lake/orders/day=2026-01-31/"


def _order(**changes: Any) -> dict[str, Any]:
    return {
        "order_id": "O-1",
        "ordered_at": "2026-01-31T13:45:10Z",
        "customer": {"id": "C-1", "country": "SE"},
        "currency": "SEK",
        "items": [{"sku": "S-1", "quantity": 2, "unit_price": 12.5}],
        "total": 25,
    } | changes


def _item(**changes: Any) -> dict[str, Any]:
    return _order(items=[{"sku": "S-1", "quantity": 2, "unit_price": 12.5} | changes])


_LINE = json.dumps(_order())
_BROKEN = "not one JSON object of an order's shape"
_QUANTITY = "a quantity is not a whole number above 0"
_PRICE = "a unit_price is not an amount of money"
_TIME = "ordered_at is not a time with a zone"
_TOTAL = "total is not an amount of money"
_SUM = "total is not the sum of the items"

# A line, or the order that it holds; and the reason for which it is rejected, if it is.
_LINES: dict[str, tuple[str | dict[str, Any], str | None]] = {
    "is good": (_order(), None),
    "has money as text": (_order(items=[{"sku": "S", "quantity": "2", "unit_price": "12.50"}], total="25.00"), None),
    "has a field more": (_order(note="x"), None),
    "has an offset": (_order(ordered_at="2026-02-01T01:00:00.123+02:00"), None),
    "has an item for nothing": (_order(items=[{"sku": "S-1", "quantity": 1, "unit_price": 0}], total=0), None),
    "has no country": (_order(customer={"id": "C-1"}), None),
    "has sums that doubles get wrong": (
        _order(items=[{"sku": "S", "quantity": 3, "unit_price": 0.1}] * 7, total=2.1), None,
    ),
    "has a large amount": (
        _order(items=[{"sku": "S", "quantity": 9, "unit_price": 9_999_999_999.99}], total="89999999999.91"), None,
    ),
    "has a price that is written with an exponent": (_item(unit_price=1.25e1), None),
    "is cut off": (_LINE[:-9], _BROKEN),
    "is no JSON": ("order O-1", _BROKEN),
    "is a list": (f"[{_LINE}]", _BROKEN),
    "is a number": ("7", _BROKEN),
    "is null": ("null", _BROKEN),
    "is two objects": (f"{_LINE}{_LINE}", _BROKEN),
    "is two objects with a comma": (f"{_LINE},{_LINE}", _BROKEN),
    "has something after its object": (f"{_LINE} x", _BROKEN),
    "has text for items": (_order(items="S-1"), _BROKEN),
    "has a list for a customer": (_order(customer=["C-1"]), _BROKEN),
    "has no order_id": (_order(order_id=None), "order_id is missing"),
    "has a blank order_id": (_order(order_id="  "), "order_id is missing"),
    "is an empty object": ("{}", "order_id is missing"),
    "has no time": (_order(ordered_at=None), _TIME),
    "has a time without a zone": (_order(ordered_at="2026-01-31T13:45:10"), _TIME),
    "has a date only": (_order(ordered_at="2026-01-31"), _TIME),
    "has a day that is none": (_order(ordered_at="2026-01-32T00:00:00Z"), _TIME),
    "is of another day": (_order(ordered_at="2026-01-30T23:59:59Z"), "ordered on another day than its folder's"),
    "is of another day in UTC": (
        _order(ordered_at="2026-01-31T00:30:00+01:00"), "ordered on another day than its folder's",
    ),
    "has no customer": (_order(customer=None), "customer.id is missing"),
    "has a customer without an id": (_order(customer={"country": "SE"}), "customer.id is missing"),
    "has no currency": (_order(currency=""), "currency is missing"),
    "has no items": (_order(items=None), "it has no items"),
    "has an empty list of items": (_order(items=[]), "it has no items"),
    "has an item that is null": (_order(items=[None]), "an item has no sku"),
    "has an item without a sku": (_item(sku=""), "an item has no sku"),
    "has an item without a quantity": (_item(quantity=None), _QUANTITY),
    "has a quantity of none": (_item(quantity=0), _QUANTITY),
    "has a negative quantity": (_item(quantity=-2), _QUANTITY),
    "has half a piece": (_item(quantity=0.5), _QUANTITY),
    "has a quantity in words": (_item(quantity="two"), _QUANTITY),
    "has more pieces than there are": (_item(quantity=100_000), _QUANTITY),
    "has an item without a price": (_item(unit_price=None), _PRICE),
    "has a negative price": (_item(unit_price=-12.5), _PRICE),
    "has a part of a cent": (_item(unit_price=12.505), _PRICE),
    "has a price in words": (_item(unit_price="free"), _PRICE),
    "has a price that is no number": (_item(unit_price="NaN"), _PRICE),
    "has a price beyond all": (_item(unit_price=1e10), _PRICE),
    "has no total": (_order(total=None), _TOTAL),
    "has a total in words": (_order(total="n/a"), _TOTAL),
    "has a total a cent too high": (_order(total=25.01), _SUM),
    "has a total for one item too few": (_order(items=_order()["items"] * 2), _SUM),
}  # fmt: skip


def _rejected(job: ModuleType, spark: Any, raw: list[tuple[str, str, datetime]]) -> dict[str, str]:
    rows = job.rejected(job.transform(spark.createDataFrame(raw, _SCHEMA))).collect()
    return {row.source_file: row.reason for row in rows}


@pytest.fixture(scope="module")
def reasons(spark: Any, curate_orders: ModuleType) -> dict[str, str]:
    """Why lines are rejected, by the file that each of them comes from."""
    raw = []
    for case, (line, _) in _LINES.items():
        raw.append((line if isinstance(line, str) else json.dumps(line), f"{_DAY}{case}", _NEW))
    return _rejected(curate_orders, spark, raw)


@pytest.mark.parametrize("case", _LINES)
def test_a_line_that(case: str, reasons: dict[str, str]) -> None:
    if _LINES[case][1] is None:
        # All good cases are one order: only one of them is kept, the others are its duplicates.
        assert f"{_DAY}{case}" not in reasons
    else:
        assert reasons.get(f"{_DAY}{case}") == _LINES[case][1]


@pytest.mark.parametrize("folder", ["", "day=2026-1-31/", "date=2026-01-31/", "2026/01/31/"])
def test_a_file_in_no_folder_of_a_day_is_rejected(spark: Any, curate_orders: ModuleType, folder: str) -> None:
    file = f"s3://lake/orders/{folder}a.json"

    assert _rejected(curate_orders, spark, [(_LINE, file, _NEW)]) == {file: "not in a folder day=YYYY-MM-DD"}


def test_an_order_becomes_a_row_for_each_item(spark: Any, curate_orders: ModuleType) -> None:
    order = _order(
        ordered_at="2026-02-01T01:00:00.5+02:00",
        items=[
            {"sku": "S-1", "quantity": 2, "unit_price": 12.5},
            {"sku": " S-2", "quantity": "3", "unit_price": "0.10"},
        ],
        total="25.30",
    )
    raw = spark.createDataFrame([(json.dumps(order), f"{_DAY}a.json", _NEW)], _SCHEMA)

    table = curate_orders.curated(curate_orders.transform(raw))

    time = datetime(2026, 1, 31, 23, 0, 0, 500_000)  # noqa: DTZ001 # as above
    first = table.selectExpr("*", "string(ordered_at) AS utc").drop("ordered_at").orderBy("item").collect()
    assert [row.asDict() for row in first] == [
        {
            "order_id": "O-1", "item": number, "customer_id": "C-1", "country": "SE", "currency": "SEK", "sku": sku,
            "quantity": quantity, "unit_price": Decimal(price), "amount": Decimal(amount), "day": "2026-01-31",
            "utc": f"{time:%Y-%m-%d %H:%M:%S}.5",
        }
        for number, sku, quantity, price, amount in [(1, "S-1", 2, "12.50", "25.00"), (2, "S-2", 3, "0.10", "0.30")]
    ]  # fmt: skip
    assert dict(table.dtypes) == {
        "order_id": "string", "item": "int", "ordered_at": "timestamp", "customer_id": "string", "country": "string",
        "currency": "string", "sku": "string", "quantity": "int", "unit_price": "decimal(12,2)",
        "amount": "decimal(18,2)", "day": "string",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([(_item(sku="a"), "1.json", _NEW), (_item(sku="b"), "2.json", _OLD)], "a"),
        ([(_item(sku="a"), "2.json", _OLD), (_item(sku="b"), "1.json", _OLD)], "a"),
        ([(_item(sku="a"), "1.json", _OLD), (_item(sku=""), "2.json", _NEW)], "a"),
        ([(_item(sku="a"), "1.json", _OLD), (_item(sku="a"), "1.json", _OLD)], "a"),
    ],
    ids=["the newest file", "the last file by name", "the good line", "one of two alike"],
)
def test_of_two_lines_for_one_order_is_kept(
    spark: Any, curate_orders: ModuleType, lines: list[tuple[dict[str, Any], str, datetime]], kept: str
) -> None:
    for order in (lines, lines[::-1]):
        raw = [(json.dumps(line), f"{_DAY}{file}", time) for line, file, time in order]

        (row,) = curate_orders.curated(curate_orders.transform(spark.createDataFrame(raw, _SCHEMA))).collect()

        assert row.sku == kept


def test_every_line_comes_out_once_and_the_order_of_lines_does_not_matter(
    spark: Any, curate_orders: ModuleType
) -> None:
    chances = random.Random(13)
    raw = []
    for _ in range(400):
        line = _item(sku=chances.choice(["a", "b", "c", ""])) | {"order_id": f"O-{chances.randrange(40)}"}
        cut = chances.choice([None, None, None, 30])
        raw.append((json.dumps(line)[:cut], f"{_DAY}{chances.choice('xy')}.json", chances.choice([_OLD, _NEW])))
    shuffled = chances.sample(raw, len(raw))

    first, second = (
        sorted(map(str, curate_orders.transform(spark.createDataFrame(rows, _SCHEMA).repartition(3)).collect()))
        for rows in (raw, shuffled)
    )

    assert first == second
    assert len(first) == len(raw)
    kept = [row for row in first if "outcome='kept'" in row]
    assert len(kept) == len({row.partition(",")[0] for row in kept}) == 40
