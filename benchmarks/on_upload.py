"""How fast `on_upload` handles uploads, against the floor, and what it asks of AWS, against the naive function.

`make benchmark OF=on_upload`. Floor: json.loads of the same bodies. Peer: the function that starts the crawler for
every upload, as public code for this job does. One process, one core; each figure is the best of several rounds.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.fakes import Account, application_on, definition
from functions.on_upload import app

_SIZES = (10, 1_000, 5_000)
_ROUNDS = 15


def batch(size: int) -> dict[str, Any]:
    """One invocation's records, each an upload of its own."""
    records = []
    for number in range(size):
        body = {
            "version": "0", "id": f"17793124-05d4-b198-2fde-{number:012}", "detail-type": "Object Created",
            "source": "aws.s3", "account": "123456789012", "time": "2026-11-20T12:00:00Z", "region": "us-east-1",
            "resources": ["arn:aws:s3:::landfall-lake"],
            "detail": {
                "version": "0", "event-version": "1.1", "bucket": {"name": "landfall-lake"},
                "object": {
                    "key": f"data/person/dt=2026-11-20/part-{number:06}.csv", "size": 184662 + number,
                    "etag": "4e68adba0abe2dc8653dc3354e14c01d", "sequencer": "006408CAD69598B05E",
                },
                "request-id": "57H08PA84AB1JZW0", "requester": "123456789012", "source-ip-address": "192.0.2.10",
                "reason": "PutObject",
            },
        }  # fmt: skip
        records.append({"messageId": f"m{number}", "body": json.dumps(body)})
    return {"Records": records}


def naive(event: dict[str, Any], account: Account) -> None:
    """Public code's way: one StartCrawler per upload."""
    for record in event["Records"]:
        json.loads(record["body"])
        account.start_crawler(Name="person-crawler")


def floor(event: dict[str, Any]) -> None:
    """The least that any function does: each body is read, and let go before the next, as the function does."""
    for record in event["Records"]:
        json.loads(record["body"])


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(size: int) -> tuple[float, float, Counter[str]]:
    """Seconds of the floor, seconds of the function, and the calls of one invocation that starts a run.

    The rounds take turns, so that the machine's noise meets both; the quickest of each counts.
    """
    event = batch(size)
    account = Account([definition("person")])
    application = application_on(account)
    with patch.object(app, "application", lambda: application):
        app.handler(event, None)
        calls = Counter(account.calls)
        rounds = []
        for _ in range(_ROUNDS):
            account.items.clear()
            rounds.append((seconds(lambda: floor(event)), seconds(lambda: app.handler(event, None))))
    floors, ours = zip(*rounds, strict=True)
    return min(floors), min(ours), calls


def main() -> None:
    """Print both tables."""
    console = Console()
    table = Table("uploads a batch", "floor, events/s", "on_upload, events/s", "ratio to the floor")
    for size in _SIZES:
        floor_s, ours_s, calls = measure(size)
        table.add_row(f"{size:,}", f"{size / floor_s:,.0f}", f"{size / ours_s:,.0f}", f"{ours_s / floor_s:.2f}")
        if size == 1_000:
            of_a_thousand = calls
    console.print(table)
    peer = Account([])
    naive(batch(1_000), peer)
    calls_table = Table("calls for 1,000 uploads", "on_upload", "naive")
    for operation in sorted(of_a_thousand | peer.calls):
        calls_table.add_row(operation, str(of_a_thousand[operation]), str(peer.calls[operation]))
    console.print(calls_table)


if __name__ == "__main__":
    main()
