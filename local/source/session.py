"""The source of an engine: PostgreSQL, the application that changes it, the feeder.

For the demo, the tests and the benchmark.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.source import postgres
from local.source.changes import TABLE
from local.source.postgres import PYTHON, Postgres, PostgresError
from local.stack.polling import until
from local.stack.stack import ROOT, Stack

_SECONDS = 60


class Session:
    """A source; `session` begins and ends it."""

    def __init__(self, stack: Stack, database: Postgres) -> None:
        self._place, self.database = stack, database
        self._environment = os.environ | database.environment | {"LANDFALL_PORT": str(stack.port)}
        self._guard: subprocess.Popen[bytes] | None = None
        self._feeder = 0
        self._stored_before = 0
        self._loaded: int | None = None

    @property
    def feeder_log(self) -> Path:
        """What the feeder says."""
        return self._place.directory / "feeder.log"

    @property
    def _progress(self) -> Path:
        return self._place.directory / "feeder.json"

    def fill(self, rows: int, seed: int = 1) -> None:
        """Create the table person with this many rows. Raises PostgresError."""
        self._finish(self._person("fill", "--rows", str(rows), "--seed", str(seed)))

    def change(self, changes: int, *, rate: float = 0, seed: int = 2) -> Changing:
        """Begin to change it; 0 is as fast as it goes."""
        return Changing(self._person("change", "--changes", str(changes), "--rate", str(rate), "--seed", str(seed)))

    def rows(self) -> list[dict[str, Any]]:
        """The table as it is now."""
        return self.database.rows(TABLE)

    def count(self) -> int:
        """How many rows it has."""
        return int(self.database.sql(f"SELECT count(*) FROM {TABLE}")[0])  # noqa: S608  # a constant

    def start_feeder(self, stream: str = "kinesis_stream") -> None:
        """Start the feeder; it ends with us. From when this returns, every change comes through the log.

        Raises PostgresError or TimeoutError.
        """
        command: list[str | Path] = [PYTHON, "-m", "local.source.feeder", "--stream", stream]
        self._guard = postgres.guarded(
            command, signal.SIGTERM, self.feeder_log, self._environment, outlives_us=False
        )  # fmt: skip
        guard = self._guard.pid
        (self._feeder,) = until(lambda: _children(guard), _SECONDS, "the feeder to run", every=0.01)
        until(self._has_slot, _SECONDS, "the feeder to make its replication slot")

    def kill_feeder(self) -> None:
        """Kill it at once, as a machine that fails would; what watches over it ends by itself."""
        assert self._guard is not None  # noqa: S101  # a mistake of ours
        os.kill(self._feeder, signal.SIGKILL)
        self._guard.wait(_SECONDS)
        self._keep_counts()

    def end_feeder(self) -> None:
        """End it as `make down` would."""
        if self._guard is not None:
            postgres.end(self._guard.pid)
            self._keep_counts()
            if self._guard.stdin:
                self._guard.stdin.close()
            self._guard = None

    def check_feeder(self) -> None:
        """Raises PostgresError with its last words when it has ended by itself."""
        if self._guard is not None and self._guard.poll() is not None:
            tail = self.feeder_log.read_text().splitlines()[-3:]
            raise PostgresError("The feeder has ended: " + " / ".join(tail))

    def stored(self) -> int:
        """Records that have been put into Kinesis, also by a feeder that was killed."""
        return self._stored_before + int(self._read_progress().get("stored") or 0)

    def loaded(self) -> int | None:
        """Rows of the full load, once all of it is in Kinesis."""
        if self._loaded is None:
            self._loaded = self._read_progress().get("loaded")
        return self._loaded

    def _keep_counts(self) -> None:
        """The next feeder counts from nothing."""
        self._stored_before = self.stored()
        self.loaded()
        self._progress.unlink(missing_ok=True)

    def _has_slot(self) -> bool:
        self.check_feeder()
        # one that is not complete yet has no position
        asked = "SELECT count(*) FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL"
        return self.database.sql(asked) == ["1"]

    def _read_progress(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._progress.read_text()))
        except (OSError, ValueError):
            return {}

    def _person(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PYTHON, "-m", "local.source.person", *words], cwd=ROOT, env=self._environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    @staticmethod
    def _finish(process: subprocess.Popen[str]) -> None:
        _, errors = process.communicate(timeout=_SECONDS)
        if process.returncode:
            raise PostgresError(f"The application failed: {errors.strip()}")


class Changing:
    """The application while it changes the table."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        os.set_blocking(self._out.fileno(), False)
        self.counts: dict[str, int] = {"changes": 0, "transactions": 0}

    @property
    def _out(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101  # it was given one
        return self._process.stdout

    def is_done(self) -> bool:
        """Look how far it is; true when all is committed. Raises PostgresError when it failed."""
        has_ended = self._process.poll() is not None
        for line in iter(self._out.readline, ""):
            self.counts = json.loads(line)
        if has_ended and self._process.returncode:
            errors = self._process.stderr.read() if self._process.stderr else ""
            raise PostgresError(f"The application failed: {errors.strip()}")
        return has_ended

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def session(stack: Stack) -> Iterator[Session]:
    """An empty source for this engine, removed at the end. Raises PostgresError."""
    made = Session(stack, postgres.start(stack))
    try:
        yield made
    finally:
        made.end_feeder()
        postgres.stop(stack)


def _children(pid: int) -> list[int]:
    """Its child processes, for it has one or none."""
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in listed.stdout.split()]
