"""Seeded orders: JSON lines with nested items, in folders by day, with a known share of duplicates and bad lines.

`python -m local.data.orders FOLDER --orders 300000 --days 30` writes them and prints what a curated table must show.
"""

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

_FIRST_DAY = date(2026, 1, 1)
_CURRENCIES = {"SE": "SEK", "DE": "EUR", "FR": "EUR", "IN": "INR", "BR": "BRL", "KE": "KES", "JP": "JPY"}
_COUNTRIES = tuple(_CURRENCIES)
_encode = json.JSONEncoder(separators=(",", ":")).encode

Order = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """What was written, and what the job must make of it: `read` lines are `kept`, `duplicates` or `rejected`."""

    files: int
    read: int
    kept: int
    duplicates: int
    rejected: dict[str, int]
    items: int
    amount: Decimal


def write(folder: Path, orders: int, days: int, seed: int = 7, *, compress: bool = False) -> Made:
    """Write `orders` good orders, spread over `days` folders `day=YYYY-MM-DD`; the same bytes in every run.

    To every 200 of them come one that is delivered twice and, in turn, one bad line of each kind.
    """
    numbers = random.Random(seed)  # noqa: S311 # no secret
    breaks = _endless(_BREAKS)
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for stack in range(days):
        day = _FIRST_DAY + timedelta(days=stack)
        lines: list[str] = []
        for number in range(stack, orders, days):
            order = _order(numbers, number, day)
            lines.append(_encode(order))
            counts["items"] += len(order["items"])
            counts["cents"] += round(order["total"] * 100)
            if number % 200 == 0:
                lines.append(lines[-1])
                counts["duplicates"] += 1
                reason, spoil = next(breaks)
                lines.append(spoil(_order(numbers, orders + number, day)))
                rejected[reason] += 1
        counts["read"] += len(lines)
        numbers.shuffle(lines)
        _save(folder / f"day={day}" / ("orders.json.gz" if compress else "orders.json"), lines)
    return Made(
        files=days,
        read=counts["read"],
        kept=orders,
        duplicates=counts["duplicates"],
        rejected=dict(sorted(rejected.items())),
        items=counts["items"],
        amount=Decimal(counts["cents"]) / 100,
    )


def _order(numbers: random.Random, number: int, day: date) -> Order:
    chance = numbers.random
    items, cents = [], 0
    for _ in range(1 + int(chance() * 5)):
        quantity, price = 1 + int(chance() * chance() * 8), 50 + int(chance() * 20_000)
        items.append({"sku": f"S-{int(chance() * 5_000):04}", "quantity": quantity, "unit_price": price / 100})
        cents += quantity * price
    second, country = int(chance() * 86_400), _COUNTRIES[int(chance() * len(_COUNTRIES))]
    return {
        "order_id": f"O-{number:08}",
        "ordered_at": f"{day}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z",
        "customer": {"id": f"C-{int(chance() * 20_000):05}", "country": country},
        "currency": _CURRENCIES[country],
        "items": items,
        "total": cents / 100,
    }


def _with(**changes: Any) -> Callable[[Order], str]:
    return lambda order: _encode(order | changes)


def _item_with(**changes: Any) -> Callable[[Order], str]:
    return lambda order: _encode(order | {"items": [*order["items"], order["items"][0] | changes]})


# The reason that the job must give, and what brings it about.
_BREAKS: dict[str, Callable[[Order], str]] = {
    "not one JSON object of an order's shape": lambda order: _encode(order)[:-20],
    "order_id is missing": _with(order_id=" "),
    "ordered_at is not a time with a zone": _with(ordered_at="2026-01-32T00:00:00Z"),
    "ordered on another day than its folder's": _with(ordered_at="2025-12-31T23:59:59Z"),
    "customer.id is missing": _with(customer={"country": "SE"}),
    "currency is missing": _with(currency=None),
    "it has no items": _with(items=[]),
    "an item has no sku": _item_with(sku=None),
    "a quantity is not a whole number above 0": _item_with(quantity=0),
    "a unit_price is not an amount of money": _item_with(unit_price=0.001),
    "total is not an amount of money": _with(total="n/a"),
    "total is not the sum of the items": lambda order: _encode(order | {"total": order["total"] + 1}),
}


def _endless(breaks: dict[str, Callable[[Order], str]]) -> Iterator[tuple[str, Callable[[Order], str]]]:
    while True:
        yield from breaks.items()


def _save(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content, compresslevel=6, mtime=0) if path.suffix == ".gz" else content)


def main() -> None:
    """Write orders, and print what was made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=300_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--gzip", action="store_true")
    options = parser.parse_args()
    made = write(options.folder, options.orders, options.days, options.seed, compress=options.gzip)
    print(json.dumps(vars(made), indent=2, default=str))


if __name__ == "__main__":
    main()
