"""The state machines of runs and streams: tables of the allowed moves, which every rule uses.

Each table has, by the status before, the statuses after, each with the reason for the move. `make diagrams` draws the
tables into docs/architecture.md; the simulation shows that every move occurs, and that no other does.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from landfall.model.state import Run, RunStatus, StreamState, StreamStatus

Table = Mapping[str, Mapping[str, str]]

# A run has the status of its current step; NO_RUN is before its start and after its end.
NO_RUN = "no run"

RUN: Table = {
    NO_RUN: {
        "starting": "uploads are pending, or a run is requested",
        "running": "a crawl that was started outside Landfall has succeeded",
    },
    "starting": {
        "running": "AWS has accepted the start",
        "waiting": "the crawler or the job is busy, or AWS throttles",
        "starting": "the lease has expired; or the step has ended before its start was recorded",
        NO_RUN: "AWS refuses the start; or the last step has ended before its start was recorded",
    },
    "waiting": {
        "starting": "there is room, or the watchdog tries again",
        NO_RUN: "the crawler is gone",
    },
    "running": {
        "starting": "the step has ended: the next one, or the next attempt; or its crawl is lost",
        NO_RUN: "the last step has succeeded, or an attempt was the last and has failed",
    },
}

STREAM: Table = {
    "stopped": {"starting": "a start is requested"},
    "starting": {
        "starting": "the lease has expired; or the job has ended, and is started again at once",
        "running": "Glue has accepted the start",
        "waiting": "another run of the job is in the way; or the job has ended, and the next start is due later",
        "stopping": "a stop is requested",
        "given up": "Glue refuses the start; or the job has ended too often",
    },
    "waiting": {
        "starting": "the next start is due, or is requested",
        "stopping": "a stop is requested",
    },
    "running": {
        "starting": "the job has ended, and is started again at once",
        "waiting": "the job has ended, and the next start is due later, or Glue restarts it by itself",
        "stopping": "a stop is requested",
        "given up": "the job has ended too often",
    },
    "stopping": {
        "stopping": "the stop is tried again; or Glue's own restart is awaited, to be stopped",
        "stopped": "the job's run has ended, or none is there",
        "starting": "a start is requested, and the job's run has ended",
        "running": "a start is requested, and the job's run goes on",
    },
    "given up": {
        "starting": "a start is requested",
        "stopping": "a stop is requested",
    },
}


class IllegalMoveError(RuntimeError):
    """A rule made a move that its table does not have: a defect of Landfall, never caused by input."""


def move_run(run: Run, status: RunStatus, **fields: Any) -> Run:
    """Move the run to this status. Raises IllegalMoveError if the table has no such move."""
    require_move(RUN, run.status, status)
    return replace(run, status=status, **fields)


def move_stream(stream: StreamState, status: StreamStatus, **fields: Any) -> StreamState:
    """Move the stream to this status. Raises IllegalMoveError if the table has no such move."""
    require_move(STREAM, stream.status, status)
    return replace(stream, status=status, **fields)


def require_move(table: Table, before: str, after: str) -> None:
    """Raise IllegalMoveError unless the table has this move."""
    if after not in table[before]:
        raise IllegalMoveError(f"from {before} to {after}; allowed: {', '.join(table[before])}")
