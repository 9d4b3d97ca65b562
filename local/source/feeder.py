"""Takes DMS's place: `python -m local.source.feeder`, in .venv/source.

Rows first (full load), then every change, from PostgreSQL's log into Kinesis. Its position is the replication slot's,
which it moves only when everything before is in Kinesis: killed at any time, it loses nothing, and sends some changes
twice. A full load that did not come to its end begins again: it repeats rows, never leaves one out.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import psycopg

from local.source import dms
from local.source.batches import Waiting
from local.source.database import Database, SourceError, Table
from local.source.kinesis import Stream, StreamError
from local.source.pgoutput import Begin, Commit, MalformedMessageError, Update, decode
from local.stack.stack import Stack

_WINDOW = 4000
"""Records in memory at most, about."""
_MESSAGES = 10_000
"""Of the log in one go, and whatever more the last transaction has."""
_IDLE_SECONDS = 0.1
_REPORT_SECONDS = 2.0
_LOG_BYTES = 1024 * 1024
"""Of the log that is not about our tables, before it is confirmed."""


class Feeder:
    """Feeds one stream from one database."""

    def __init__(self, database: Database, stream: Stream, tables: list[str], progress: Progress) -> None:
        self._database, self._stream, self._progress = database, stream, progress
        self._tables = {name: database.table(name) for name in tables}
        self._transcriber = dms.Transcriber({name: table.key for name, table in self._tables.items()})
        self._waiting = Waiting()

    def load(self) -> bool:
        """The full load of every table that has not had one; False if the feeder has to end before."""
        if self._database.prepare(list(self._tables.values())):
            self._progress.say("a new replication slot: every table is loaded")
        return all(self._load(table) for table in self._tables.values() if not self._database.is_loaded(table))

    def _load(self, table: Table) -> bool:
        self._waiting.add(dms.control("create-table", table.relation, _now(), table.nullable))
        for row in self._database.rows(table):
            self._waiting.add(dms.load(table.relation, row, _now()))
            self._progress.rows += 1
            if not self._make_room():
                return False
        if not self._stream.put(self._waiting):
            return False
        self._database.loaded(table)
        self._progress.loaded = self._progress.rows
        self._progress.report(self._stream.stored)
        self._progress.say(f"{table.name} is loaded")
        return True

    def follow(self) -> bool:
        """Feed the changes that the log has; False if there were none, or if the feeder has to end before."""
        end = self._database.end_of_log()
        confirmed: int | None = None
        for lsn, data in self._database.changes(_MESSAGES):
            message = decode(data)
            if isinstance(message, Update):
                message = self._filled(message)
            for record in self._transcriber.take(message, lsn, _now()):
                self._waiting.add(record)
                self._progress.changes += 1
            if isinstance(message, Begin):
                self._progress.committed_at = message.committed_at
            if isinstance(message, Commit):
                confirmed = message.end_lsn
            if not self._make_room():
                return False
        if not self._stream.put(self._waiting):
            return False
        if confirmed is not None:
            self._database.confirm(confirmed)
        elif end - self._database.confirmed() > _LOG_BYTES:
            self._database.confirm(end)
        self._progress.report(self._stream.stored)
        return confirmed is not None

    def _make_room(self) -> bool:
        if len(self._waiting) < _WINDOW:
            return True
        return self._stream.put(self._waiting, _WINDOW // 2)

    def _filled(self, update: Update) -> Update:
        """The update with large values, which the log does not repeat, as the table has them now.

        If they changed since, or the row is gone, a later change says so. DMS looks them up as well.
        """
        relation = self._transcriber.relation(update.relation_id)
        missing = dms.unchanged(relation, update)
        if not missing:
            return update
        table = self._tables[f"{relation.schema}.{relation.table}"]
        pairs = zip(relation.columns, update.new, strict=True)
        key = {column.name: str(value) for column, value in pairs if column.is_key}
        return dms.filled(relation, update, self._database.current(table, missing, key))


class Progress:
    """Reports progress: one line on a terminal, a line every few seconds in a log, and a file for other programs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._noted = self._reported = ""
        self._reported_at = 0.0
        self.rows = self.changes = 0
        self.loaded: int | None = None
        """Rows of the full load, once all of it is in Kinesis."""
        self.committed_at: datetime | None = None

    def report(self, stored: int) -> None:
        """Report the progress if it has changed; into a log only every few seconds."""
        line = f"{self.rows:,} rows and {self.changes:,} changes read, {stored:,} records in Kinesis"
        noted = json.dumps({"loaded": self.loaded, "stored": stored})
        if noted != self._noted:
            self._noted = noted
            temporary = self._file.with_suffix(".new")
            temporary.write_text(noted)
            temporary.replace(self._file)
        is_terminal = sys.stdout.isatty()
        if line == self._reported or not (is_terminal or time.monotonic() - self._reported_at > _REPORT_SECONDS):
            return
        self._reported, self._reported_at = line, time.monotonic()
        behind = f", the newest {(_now() - self.committed_at).total_seconds():.1f} s old" if self.committed_at else ""
        print(f"\r{line}{behind}\033[K" if is_terminal else line + behind, end="" if is_terminal else "\n", flush=True)

    def say(self, what: str) -> None:
        """A line of its own."""
        print(("\n" if sys.stdout.isatty() else "") + what, flush=True)


def main() -> int:
    """Feed until SIGTERM or Ctrl-C; 1 with one clear line when it cannot go on."""
    stack = Stack.chosen()
    arguments = argparse.ArgumentParser(prog="python -m local.source.feeder", description=__doc__)
    arguments.add_argument("--dsn", default=os.environ.get("LANDFALL_SOURCE"), help="default: $LANDFALL_SOURCE")
    arguments.add_argument("--stream", default="kinesis_stream")
    arguments.add_argument("--table", action="append", help="schema.table; default: public.person")
    chosen = arguments.parse_args()
    if not chosen.dsn:
        arguments.error("which database? Give --dsn, or set LANDFALL_SOURCE")
    ending = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ending.set())
    stack.directory.mkdir(parents=True, exist_ok=True)
    progress = Progress(stack.directory / "feeder.json")
    stream = Stream(chosen.stream, stack.endpoint, lambda seconds: not ending.wait(seconds), progress.report)
    try:
        while not ending.is_set():
            _feed_until_broken(chosen.dsn, stream, chosen.table or ["public.person"], progress, ending)
    except (SourceError, StreamError, dms.ChangeError, MalformedMessageError, psycopg.Error) as error:
        print(f"The feeder ends: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0


def _feed_until_broken(
    dsn: str, stream: Stream, tables: list[str], progress: Progress, ending: threading.Event
) -> None:  # fmt: skip
    """One connection's life. What was read and not confirmed is read again with the next one."""
    try:
        database = Database(dsn)
        try:
            feeder = Feeder(database, stream, tables, progress)
            if not feeder.load():
                return
            while not ending.is_set():
                if not feeder.follow():
                    ending.wait(_IDLE_SECONDS)
        finally:
            database.close()
    except psycopg.OperationalError as error:
        progress.say(f"PostgreSQL is out of reach, trying again: {str(error).strip().splitlines()[0]}")
        ending.wait(1)


def _now() -> datetime:
    return datetime.now(timezone.utc)


if __name__ == "__main__":
    raise SystemExit(main())
