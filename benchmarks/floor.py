"""DuckDB alone, in the engine's Python: `python -m benchmarks.floor make|run …`. It makes the files and times queries.

Nothing of the engine is imported: this is what the engine is compared with.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

THREADS = 2
# bytes of a row in the files, as measured; the file sizes that come out are printed
_PARQUET_ROW, _CSV_ROW = 15.0, 43.1


def make(folder: Path, megabytes: int) -> None:
    """Half of the bytes as Parquet, half as CSV, two files each."""
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        for kind, size, options in (
            ("parquet", _PARQUET_ROW, "FORMAT parquet"),
            ("csv", _CSV_ROW, "FORMAT csv, HEADER"),
        ):
            rows = int(megabytes * 1_000_000 / 4 / size)
            for part in range(2):
                path = folder / f"{kind}-{part}.{kind}"
                connection.execute(f"SELECT setseed(0.{part + 1})")
                connection.execute(
                    f"COPY (SELECT i AS id, 'name-' || (i % 1000) AS name, round(random() * 1000, 2) AS amount, "
                    f"TIMESTAMP '2024-01-01' + to_seconds(i) AS moment "
                    f"FROM range({part * rows}, {(part + 1) * rows}) AS t(i)) "
                    f"TO '{path}' ({options})"
                )


def run(query: str, repeats: int) -> dict[str, float]:
    """The median time in seconds, each with a connection of its own, and this process's peak memory in MB."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        with duckdb.connect() as connection:
            connection.execute(f"SET threads = {THREADS}")
            connection.execute(query).fetchall()
        times.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": sorted(times)[len(times) // 2], "peak": peak}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        print(json.dumps(run(sys.stdin.read(), int(sys.argv[2]))))
