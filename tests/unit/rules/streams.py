"""What the tests of a streaming job's rules begin with, do, and look at."""

from dataclasses import replace
from typing import Any

from landfall.model import incident_kinds
from landfall.model.events import StreamStartRequest, StreamStopRequest
from landfall.model.observations import Attempted, JobStatus, Refused, StopAttempted
from landfall.model.pipelines import Pipeline, Stream
from landfall.model.state import Incident, State, StreamState
from landfall.rules import incidents, streams
from landfall.rules.transition import StartStream, StopStream, Transition
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


def incident(kind: str = incident_kinds.STREAM_DOWN) -> Incident:
    made = incidents.create("person", DEFINED, kind, "why", NOW - 60)
    return replace(made, announced_at=NOW - 60)


def of(change: Transition) -> StreamState:
    assert change.state.stream is not None
    return change.state.stream


def start(before: State, time: float = NOW, now: float = NOW, defined: Pipeline | None = DEFINED) -> Transition:
    return streams.handle_request(before, defined, StreamStartRequest("person", time), now)


def stop(before: State, time: float = NOW, now: float = NOW) -> Transition:
    return streams.handle_request(before, DEFINED, StreamStopRequest("person", time), now)


def came(change: Transition, result: Attempted, now: float = NOW + 1) -> Transition:
    """What came of the start that this change makes."""
    assert isinstance(change.stream_command, StartStream)
    return streams.record_start(change.state, DEFINED, change.stream_command, result, now)


def stopped(change: Transition, result: StopAttempted, now: float = NOW + 1) -> Transition:
    assert isinstance(change.stream_command, StopStream)
    return streams.record_stop(change.state, DEFINED, change.stream_command, result, now)


def look(of_state: str, job_run_id: str = "jr_1", label: str = "", cause: str = "", ended_at: float = 0.0) -> JobStatus:
    return JobStatus(JOB, job_run_id, label, of_state, cause, ended_at)


def end(before: State, how: JobStatus, now: float = NOW, defined: Pipeline | None = DEFINED) -> Transition:
    return streams.handle_job_run(before, defined, how, now)


def swept(before: State, how: JobStatus | Refused | None = None, now: float = NOW) -> Transition:
    return streams.sweep_stream(before, DEFINED, how, now, TIMING)


def open_kinds(change: Transition | State) -> list[str]:
    found = change.state if isinstance(change, Transition) else change
    return [one.kind for one in found.incidents if not one.resolved_at]


def cause(change: Transition) -> str:
    return next(one.cause for one in change.state.incidents if not one.resolved_at)
