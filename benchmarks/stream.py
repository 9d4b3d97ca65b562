"""Changes per second from PostgreSQL to S3, and the time from a commit to its file: `make benchmark OF=stream`.

The floor is PostgreSQL itself reading its log: all changes peeked at and counted by one SQL statement. The peer is its
own pg_recvlogical, which streams them to /dev/null. Then come the feeder's steps, without and with Kinesis, and all the
way through the streaming job. Needs what `make demo-stream` needs.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from local.commands.up import bring_up
from local.demo import streaming
from local.source import postgres
from local.source.session import Changing, Session, session
from local.source.stream_output import Landed
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.polling import until
from local.stack.stack import ROOT, Stack

_SECONDS = 120
_ROWS, _RATE, _STEADY_SECONDS = 2000, 100, 40


def main() -> int:
    """Measure and print; 1 when this machine lacks something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--changes", type=int, default=20_000)
    changes = parser.parse_args().changes
    if lacking := postgres.missing():
        print(lacking)
        return 1
    stack = Stack.chosen()
    if engine_process.is_running(stack):
        print(f"An engine runs on {stack.endpoint}; choose another LANDFALL_PORT.")
        return 1
    try:
        bring_up(stack, Console(highlight=False), outlives_us=False)
        with session(stack) as source:
            source.fill(_ROWS)
            source.start_feeder()
            until(lambda: source.loaded() is not None, _SECONDS, "the load")
            _throughput(stack, source, changes)
            _latency(Landed(Clients(stack)), source)
    finally:
        engine_process.stop(stack)
    return 0


def _throughput(stack: Stack, source: Session, changes: int) -> None:
    source.end_feeder()
    database = source.database
    database.sql("SELECT pg_create_logical_replication_slot('peer', 'pgoutput')")
    made = _all(source.change(changes))
    end = database.sql("SELECT pg_current_wal_lsn()")[0]
    command: list[str | Path] = [postgres.program("pg_recvlogical"), "--dbname", database.dsn, "--slot", "peer"]
    command += ["--start"]
    command += ["--option", "proto_version=1", "--option", "publication_names=landfall", "--no-loop"]
    command += ["--file", "/dev/null", "--endpos", end]
    peer = _timed(lambda: subprocess.run(command, check=True, capture_output=True))
    database.sql("SELECT pg_drop_replication_slot('peer')")
    steps = _steps(database.dsn)
    floor = steps["floor"]
    before = source.stored()

    def feed() -> None:
        source.start_feeder()
        until(lambda: source.stored() >= before + made, _SECONDS, "the feeder", every=0.01)

    fed = _timed(feed)
    print(f"\nLoad of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{made:,} changes of {_ROWS:,} rows and more, in the log already:")
    print(f"{'':44}{'seconds':>9}{'changes/s':>11}{'floor x':>9}{'peer x':>9}")
    for what, seconds in (
        ("floor: PostgreSQL counts them", floor),
        ("peer: pg_recvlogical", peer),
        ("read into Python", steps["read"]),
        ("read and decode", steps["decode"]),
        ("read, decode, make DMS's records", steps["make"]),
        ("feeder, with its start, into Kinesis", fed),
        ("the job, with its start, onto S3", _through_job(stack, source, made)),
    ):
        print(f"{what:44}{seconds:9.2f}{made / seconds:11,.0f}{seconds / floor:9.1f}{seconds / peer:9.1f}")
    landed, begun = Landed(Clients(stack)), time.perf_counter()
    landed.look()
    again = _all(source.change(changes, seed=3))
    until(lambda: _has(landed, made + again), _SECONDS, "the changes on S3", every=0.2)
    seconds = time.perf_counter() - begun
    what = "all of it at once, from SQL to S3"
    print(f"{what:44}{seconds:9.2f}{again / seconds:11,.0f}{seconds / floor:9.1f}{seconds / peer:9.1f}")


def _steps(dsn: str) -> dict[str, float]:
    command: list[str | Path] = [postgres.PYTHON, "-m", "benchmarks.stream_read", dsn]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def _through_job(stack: Stack, source: Session, made: int) -> float:
    """Its start takes most of the time."""
    landed = Landed(Clients(stack))

    def run() -> None:
        streaming.start(stack)
        until(lambda: _has(landed, made), _SECONDS, "the changes on S3", every=0.2)

    return _timed(run)


def _latency(landed: Landed, source: Session) -> None:
    landed.look()
    landed.latencies.clear()
    before = len(landed.changes)
    changing = source.change(_RATE * _STEADY_SECONDS, rate=_RATE, seed=4)
    until(lambda: _has(landed, before + 1) and changing.is_done(), _SECONDS, "the steady changes", every=0.05)
    until(lambda: _has(landed, before + changing.counts["changes"]), _SECONDS, "the changes on S3", every=0.05)
    found = sorted(landed.latencies)
    p50, p95 = found[len(found) // 2], found[len(found) * 95 // 100]
    print(
        f"\nFrom a commit to its file at {_RATE} changes a second, {len(found):,} changes, a batch each 2 s: "
        f"p50 {p50:.1f} s, p95 {p95:.1f} s, most {found[-1]:.1f} s"
    )


def _has(landed: Landed, changes: int) -> bool:
    landed.look()
    return len(landed.changes) >= changes


def _all(changing: Changing) -> int:
    """Wait until the application is done; how many changes there were."""
    until(changing.is_done, _SECONDS, "the changes to be committed", every=0.02)
    return changing.counts["changes"]


def _timed(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
