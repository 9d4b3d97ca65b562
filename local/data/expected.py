"""What the curated tables must show, worked out from the raw files in plain Python: nothing here knows of the jobs."""

import csv
import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Expected:
    """The rows of a curated table, and the sum of its `age` (persons) or `amount` (order items)."""

    rows: int
    total: Decimal


def persons(files: Iterable[Path]) -> Expected:
    """From CSV files with a header, oldest first: one person for each name and city, as the newest file has them.

    Within one file the highest age counts. A row that lacks a name, an age of 0 to 130 or a city does not.
    """
    ages: dict[tuple[str, str], int] = {}
    for file in files:
        newer: dict[tuple[str, str], int] = {}
        names, *lines = csv.reader(_text(file).splitlines(keepends=True))
        for line in lines:
            fields = [" ".join(field.split()) for field in line]
            if len(fields) != len(names) or any("\ufffd" in field for field in fields):
                continue
            row = dict(zip((name.strip().lower() for name in names), fields, strict=True))
            key, age = (row.get("name", ""), row.get("city", "")), row.get("age", "")
            if all(key) and re.fullmatch(r"[0-9]+(\.0+)?", age) and float(age) <= 130:
                newer[key] = max(int(float(age)), newer.get(key, 0))
        ages |= newer
    return Expected(len(ages), Decimal(sum(ages.values())))


def order_items(files: Iterable[Path]) -> Expected:
    """From JSON lines in folders `day=YYYY-MM-DD`, oldest first: the items of all good orders, each order once."""
    orders: dict[str, list[Decimal]] = {}
    for file in files:
        for line in _text(file).splitlines():
            try:
                order = json.loads(line, parse_float=Decimal)
                orders[order["order_id"].strip()] = _amounts(order, file.parent.name)
            except (ValueError, KeyError, TypeError, AttributeError, DecimalException):
                continue
    amounts = [amount for items in orders.values() for amount in items]
    return Expected(len(amounts), sum(amounts, Decimal()))


def _amounts(order: dict[str, Any], folder: str) -> list[Decimal]:
    """The amount of each item; raises one of Python's own errors where the order is not good."""
    time = datetime.fromisoformat(order["ordered_at"]).astimezone(timezone.utc)
    needed = [order["order_id"].strip(), order["customer"]["id"].strip(), order["currency"].strip()]
    needed += [item["sku"].strip() for item in order["items"]]
    prices = [Decimal(item["unit_price"]) for item in order["items"]]
    amounts = [price * item["quantity"] for price, item in zip(prices, order["items"], strict=True)]
    cents = all(amount >= 0 and amount == round(amount, 2) for amount in [*prices, Decimal(order["total"])])
    whole = all(isinstance(item["quantity"], int) and item["quantity"] > 0 for item in order["items"])
    if not (amounts and all(needed) and cents and whole and folder == f"day={time.date()}"):
        raise ValueError("it lacks something, or is not of its folder's day")
    if sum(amounts) != Decimal(order["total"]):
        raise ValueError("its total is not the sum of its items")
    return amounts


def _text(file: Path) -> str:
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return content.decode("utf-8-sig", errors="replace")
