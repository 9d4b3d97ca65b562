"""Reads the log as the feeder does, without Kinesis: `python -m benchmarks.stream_read DSN`, in .venv/source.

Prints a line of JSON: seconds for PostgreSQL to count the messages, for reading them, with decoding, and with making
DMS's records; each one a new reading, the medians of three.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone

import psycopg

from local.source.database import Database
from local.source.dms import Transcriber
from local.source.pgoutput import decode

_ALL = 10_000_000
_COUNT = (
    "SELECT count(*) FROM pg_logical_slot_peek_binary_changes("
    "'landfall', NULL, NULL, 'proto_version', '1', 'publication_names', 'landfall')"
)


def main() -> None:
    """Readings of all that the log has."""
    database = Database(sys.argv[1])
    key = database.table("public.person").key
    now = datetime.now(timezone.utc)

    def read() -> None:
        for _ in database.changes(_ALL):
            pass

    def decoded() -> None:
        for _, data in database.changes(_ALL):
            decode(data)

    def made() -> None:
        transcriber = Transcriber({"public.person": key})
        for lsn, data in database.changes(_ALL):
            transcriber.take(decode(data), lsn, now)

    with psycopg.connect(sys.argv[1]) as connection:
        steps = {"floor": lambda: connection.execute(_COUNT).fetchone(), "read": read, "decode": decoded, "make": made}
        print(json.dumps({name: statistics.median(_timed(step) for _ in range(3)) for name, step in steps.items()}))


def _timed(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
