"""Reads the log as the feeder does, without Kinesis: `python -m benchmarks.stream_read DSN`, in .venv/source.

Prints a line of JSON: seconds for reading alone, with decoding, and with making DMS's records; each one a new reading.
"""

import json
import sys
import time
from datetime import datetime, timezone

from local.source.database import Database
from local.source.dms import Transcriber
from local.source.pgoutput import decode

_ALL = 10_000_000


def main() -> None:
    """Three readings of all that the log has."""
    database = Database(sys.argv[1])
    key = database.table("public.person").key
    now = datetime.now(timezone.utc)
    started = time.perf_counter()
    for _ in database.changes(_ALL):
        pass
    read = time.perf_counter()
    for _, data in database.changes(_ALL):
        decode(data)
    decoded = time.perf_counter()
    transcriber = Transcriber({"public.person": key})
    records = sum(len(transcriber.take(decode(data), lsn, now)) for lsn, data in database.changes(_ALL))
    made = time.perf_counter()
    print(json.dumps({"read": read - started, "decode": decoded - read, "make": made - decoded, "records": records}))


if __name__ == "__main__":
    main()
