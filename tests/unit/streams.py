"""What the tests of a streaming job's rules begin with, do, and look at."""

from dataclasses import replace
from typing import Any

from landfall import incidents, kinds
from landfall.events import StreamStartRequest, StreamStopRequest
from landfall.outcomes import Attempted, JobSeen, Refused, StopAttempted
from landfall.pipelines import Pipeline, Stream
from landfall.rules import streams
from landfall.rules.change import Change, StartStream, StopStream
from landfall.state import Incident, State, StreamState
from verification.examples.builders import NOW, TIMING, pipeline, state

JOB = "stream-job"
DEFINED = pipeline(stream={"job": JOB})
GONE = Refused("refused", "GetJobRun: EntityNotFoundException: Job run not found")
DENIED = Refused("access denied", "StartJobRun: AccessDeniedException: no")
MINUTES = 60.0
LEASE = TIMING.lease + 0.1


def stream(**fields: Any) -> StreamState:
    """One that runs well since an hour."""
    base: dict[str, Any] = {
        "definition": Stream(JOB), "status": "running", "since": NOW - 3600, "asked_at": NOW - 3600, "number": 3,
        "started_at": NOW - 3600, "try_started_at": NOW - 3600, "job_run_id": "jr_1", "running_since": NOW - 3500,
    }  # fmt: skip
    return StreamState(**(base | fields))


def known(*opened: Incident, **fields: Any) -> State:
    return state(stream=stream(**fields), incidents=opened)


def incident(kind: str = kinds.STREAM_DOWN) -> Incident:
    made = incidents.made("person", DEFINED, kind, "why", NOW - 60)
    return replace(made, announced_at=NOW - 60)


def of(change: Change) -> StreamState:
    assert change.state.stream is not None
    return change.state.stream


def start(before: State, time: float = NOW, now: float = NOW, defined: Pipeline | None = DEFINED) -> Change:
    return streams.asked(before, defined, StreamStartRequest("person", time), now)


def stop(before: State, time: float = NOW, now: float = NOW) -> Change:
    return streams.asked(before, DEFINED, StreamStopRequest("person", time), now)


def came(change: Change, result: Attempted, now: float = NOW + 1) -> Change:
    """What came of the start that this change makes."""
    assert isinstance(change.stream_act, StartStream)
    return streams.started(change.state, DEFINED, change.stream_act, result, now)


def stopped(change: Change, result: StopAttempted, now: float = NOW + 1) -> Change:
    assert isinstance(change.stream_act, StopStream)
    return streams.stop_tried(change.state, DEFINED, change.stream_act, result, now)


def look(of_state: str, job_run_id: str = "jr_1", label: str = "", cause: str = "", ended_at: float = 0.0) -> JobSeen:
    return JobSeen(JOB, job_run_id, label, of_state, cause, ended_at)


def end(before: State, how: JobSeen, now: float = NOW, defined: Pipeline | None = DEFINED) -> Change:
    return streams.seen(before, defined, how, now)


def swept(before: State, how: JobSeen | Refused | None = None, now: float = NOW) -> Change:
    return streams.swept(before, DEFINED, how, now, TIMING)


def open_kinds(change: Change | State) -> list[str]:
    found = change.state if isinstance(change, Change) else change
    return [one.kind for one in found.incidents if not one.resolved_at]


def cause(change: Change) -> str:
    return next(one.cause for one in change.state.incidents if not one.resolved_at)
