"""Seeded data: the same bytes in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_HEADER = b"id,name,amount,day,active\n"
_BLOCK_ROWS = 50_000


def small_files(objects: int, partitions: int, rows: int) -> Iterator[tuple[str, bytes]]:
    """Keys and bodies of CSV objects, spread evenly over hive partitions."""
    numbers = random.Random(7)  # noqa: S311 # no secret
    for number in range(objects):
        yield f"lake/sales/day={number % partitions:03}/part-{number:05}.csv", _HEADER + _rows(numbers, rows)


def large_file(path: Path, size: int) -> int:
    """Write one CSV of at least `size` bytes; return its real size."""
    block = _rows(random.Random(7), _BLOCK_ROWS)  # noqa: S311 # no secret
    written = len(_HEADER)
    with path.open("wb") as file:
        file.write(_HEADER)
        while written < size:
            written += file.write(block)
    return written


def _rows(numbers: random.Random, rows: int) -> bytes:
    return "".join(
        f"{numbers.randrange(10**9)},n{numbers.randrange(10**6)},{numbers.random() * 1000:.2f},"
        f"2024-{numbers.randrange(1, 13):02}-{numbers.randrange(1, 29):02},{numbers.random() < 0.5}\n"
        for _ in range(rows)
    ).encode()
