"""`make demo-stream`: a PostgreSQL table and its changes, through Kinesis and Spark, until Athena shows the same.

With CHAOS=1 the streaming job is killed twice on the way, and the feeder once; the result must be the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

from rich.console import Console
from rich.status import Status

from local.commands.up import bring_up
from local.demo import streaming
from local.demo.observer import Observer
from local.demo.queries import QueryError, sql_of
from local.demo.streaming import StreamError
from local.demo.timeline import Timeline
from local.source import postgres, stream_output
from local.source.chaos import chaos
from local.source.postgres import PostgresError
from local.source.session import Changing, Session, session
from local.source.stream_output import Landed
from local.spark import environment as spark
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import DeployError
from local.stack.engine_process import EngineError
from local.stack.stack import Stack

_SECONDS = 240
_SHOWN_EVENTS = ("Glue Job State Change", "Dataset Ready", "Run Failed", "Incident Opened", "Incident Resolved")
_KINDS = ("insert", "update", "key change", "delete")


class DemoError(Exception):
    """Something did not come out as it must."""


def main() -> int:
    """Run the demo on an engine of its own; 0 only when Athena shows what PostgreSQL has."""
    arguments = argparse.ArgumentParser(prog="make demo-stream", description=__doc__)
    arguments.add_argument("--rows", type=int, default=5000, help="in the table before it changes")
    arguments.add_argument("--changes", type=int, default=4000)
    arguments.add_argument("--rate", type=float, help="changes a second; default: 200, with chaos 80")
    arguments.add_argument("--chaos", action="store_true", help="kill the job twice and the feeder once")
    chosen = arguments.parse_args()
    chosen.rate = chosen.rate or (80 if chosen.chaos else 200)
    stack, console = Stack.chosen(), Console(highlight=False)
    if problem := _obstacle(stack):
        print(problem, file=sys.stderr)
        return 1
    try:
        bring_up(stack, console, outlives_us=False)
        with session(stack) as source:
            _Demo(stack, source, console, chosen).run()
    except (EngineError, DeployError, DemoError, PostgresError, QueryError, StreamError, TimeoutError) as error:
        print(f"The demo failed: {error}\nLogs: {stack.directory}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        engine_process.stop(stack)
    console.print(f"\nPostgreSQL and the engine on {stack.endpoint} have ended; nothing is left running.")
    return 0


def _obstacle(stack: Stack) -> str:
    if engine_process.is_running(stack):
        return (
            f"An engine of yours runs on {stack.endpoint}, and the demo would end it. Use `make down` first, "
            f"or another port: LANDFALL_PORT={stack.port + 1} make demo-stream"
        )
    return postgres.missing() or ("" if spark.is_ready() else "Spark is not here: `make setup-spark`")


class _Demo:
    """A table and its changes, followed to the view."""

    def __init__(self, stack: Stack, source: Session, console: Console, chosen: argparse.Namespace) -> None:
        self._place, self._source, self._console, self._chosen = stack, source, console, chosen
        self._clients = Clients(stack)
        self._observer = Observer(self._clients)
        self._timeline = Timeline(console, partial(sql_of, self._clients))
        self._landed = Landed(self._clients)
        report = partial(self._show, "Chaos")
        troubles = chaos(stack, self._clients, source, self._landed, chosen.changes, report)
        self._troubles = troubles if chosen.chaos else iter(())

    def run(self) -> None:
        """Raises DemoError where anything is not as promised."""
        self._begin()
        changing = self._source.change(self._chosen.changes, rate=self._chosen.rate)
        try:
            self._show("Source", f"the application changes it, {self._chosen.rate:g} changes a second")
            self._follow(changing, "the changes to be committed", changing.is_done)
            self._show("Source", f"{changing.counts['changes']:,} changes committed", _kinds(changing))
            self._follow(changing, "the changes to be on S3", lambda: self._has_landed(changing))
        finally:
            changing.end()
        self._show("S3", f"all of it is in {self._landed.files} files", self._repeated())
        self._cover()
        self._compare(changing)

    def _begin(self) -> None:
        self._source.fill(self._chosen.rows)
        self._show("Source", f"PostgreSQL has a table person of {self._chosen.rows:,} rows")
        self._source.start_feeder()
        self._show("Source", "the feeder takes DMS's place: all rows, then every change, into Kinesis")
        streaming.start(self._place)
        self._show("Landfall", f"keeps the streaming job {streaming.JOB} running", "landfall stream start")

    def _follow(self, changing: Changing, what: str, is_done: Callable[[], bool]) -> None:
        """Show how far it is, and what happens, until it is done."""
        deadline = time.monotonic() + _SECONDS
        with self._console.status("") as status:
            while not is_done():
                if time.monotonic() > deadline:
                    raise DemoError(f"waited {_SECONDS} s for {what}; {self._progress(changing)}")
                self._source.check_feeder()
                next(self._troubles, None)
                self._look(changing, status)
            if self._chosen.chaos and what.endswith("S3"):
                for _ in self._troubles:
                    self._look(changing, status)

    def _look(self, changing: Changing, status: Status) -> None:
        for event in self._observer.hear():
            if event["detail-type"] in _SHOWN_EVENTS:
                self._timeline.add_event(event)
        changing.is_done()
        self._landed.look()
        status.update(self._progress(changing))

    def _progress(self, changing: Changing) -> str:
        newest = f", the newest {self._landed.latencies[-1]:.1f} s after its commit" if self._landed.latencies else ""
        return (
            f"PostgreSQL: {self._source.count():,} rows, {changing.counts['changes']:,} changes · "
            f"Kinesis: {self._source.stored():,} records · "
            f"S3: {len(self._landed.loads):,} rows, {len(self._landed.changes):,} changes{newest} …"
        )

    def _has_landed(self, changing: Changing) -> bool:
        loaded = self._source.loaded()
        return (
            loaded is not None
            and len(self._landed.loads) >= loaded
            and len(self._landed.changes) >= changing.counts["changes"]
        )

    def _cover(self) -> None:
        """A run that starts now sees every file."""
        with self._console.status("landfall run person-stream --wait …"):
            done = streaming.landfall(self._place, "run", streaming.PIPELINE, "--wait", "--timeout", str(_SECONDS))
        if done.returncode:
            raise DemoError(f"the run failed:\n{done.stdout}{done.stderr}")
        self._show("Landfall", "a run has crawled and checked it all", f"landfall run {streaming.PIPELINE} --wait")

    def _compare(self, changing: Changing) -> None:
        ours, theirs = self._source.rows(), stream_output.current(self._clients)
        self._show("Athena", f'{len(theirs):,} rows in "{stream_output.DATABASE}"."{stream_output.VIEW}"')
        self._look_at_latency()
        if differing := stream_output.differences(ours, theirs):
            raise DemoError("Athena's view is not the table:\n  " + "\n  ".join(differing))
        self._console.print(
            f"[green]{stream_output.VIEW} in Athena equals the table in PostgreSQL, row by row: {len(ours):,} rows, "
            f"after {changing.counts['changes']:,} changes in {changing.counts['transactions']:,} transactions.[/green]"
        )

    def _look_at_latency(self) -> None:
        found = sorted(self._landed.latencies)
        self._console.print(
            f"\nFrom a commit to its file: [bold]{found[len(found) // 2]:.1f} s[/bold] for half of the changes, "
            f"at most {found[-1]:.1f} s, the job's start included"
        )

    def _repeated(self) -> str:
        repeated = self._landed.lines - len(self._landed.loads) - len(self._landed.changes)
        return f"{repeated:,} lines came twice; the view takes each once" if repeated else "no line came twice"

    def _show(self, who: str, what: str, more: str = "") -> None:
        self._timeline.add(who, what, more)


def _kinds(changing: Changing) -> str:
    return ", ".join(f"{changing.counts.get(kind, 0):,} {kind}s" for kind in _KINDS)


if __name__ == "__main__":
    raise SystemExit(main())
