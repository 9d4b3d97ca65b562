"""A run's log, in the groups and streams that Glue writes to."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from local.engine import ministack_adapter
from local.engine.iam import acting
from local.engine.jobs.runs import LOG_GROUP, JobRun

OUTPUT, ERRORS = "output", "error"
_CHUNK = 64 * 1024
_LONGEST_LINE = 250_000
"""CloudWatch takes events of 256 KB."""

_LAST_SECONDS = 5
"""A script may have left a process that keeps its output open."""


class Logs:
    """What the driver prints, as it prints it: stdout to `/aws-glue/jobs/output`, stderr to `/aws-glue/jobs/error`."""

    def __init__(self, run: JobRun) -> None:
        self._stream = run.run_id
        self._continuous = _continuous_group(run)
        self._pumps: list[threading.Thread] = []
        role = str(run.definition.get("Role") or "").rpartition("/")[2]
        principal = ministack_adapter.Principal(role, "GlueJobRunnerSession") if role else None
        self._is_kept = acting.may_log(principal, f"{LOG_GROUP}/{OUTPUT}", self._stream)
        for kind in (OUTPUT, ERRORS):
            # a silent script has empty streams, not missing ones
            if self._is_kept:
                ministack_adapter.write_log(f"{LOG_GROUP}/{kind}", self._stream, [])

    def write(self, kind: str, lines: Sequence[str]) -> None:
        """Append lines; CloudWatch takes no empty ones."""
        kept = [line[:_LONGEST_LINE] for line in lines if line.strip()]
        if kept and self._is_kept:
            ministack_adapter.write_log(f"{LOG_GROUP}/{kind}", self._stream, kept)
            if self._continuous:
                ministack_adapter.write_log(self._continuous, f"{self._stream}-driver", kept)

    def follow(self, kind: str, source: BinaryIO) -> None:
        """Write what comes out of a pipe until it closes."""

        def pump() -> None:
            with source:
                for lines in _lines(source.fileno()):
                    self.write(kind, lines)

        self._pumps.append(ministack_adapter.run_in_context(pump, f"log-{kind}"))

    def wait(self) -> None:
        """Return when everything that came is written."""
        for pump in self._pumps:
            pump.join(_LAST_SECONDS)


def _lines(descriptor: int) -> Iterator[list[str]]:
    rest = b""
    while chunk := os.read(descriptor, _CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            whole, rest = [*whole, rest], b""
        yield [line.decode(errors="replace") for line in whole]
    yield [rest.decode(errors="replace")]


def _continuous_group(run: JobRun) -> str | None:
    """Glue up to 4 writes as it goes only when asked to, and then to a group of its own."""
    arguments = run.all_arguments()
    if arguments.get("--enable-continuous-cloudwatch-log", "").lower() != "true":
        return None
    own = f"{LOG_GROUP}/logs-v2"
    is_old = str(run.definition.get("GlueVersion") or "0").split(".")[0] in ("0", "1", "2", "3", "4")
    return arguments.get("--continuous-log-logGroup") or (own if is_old else None)
