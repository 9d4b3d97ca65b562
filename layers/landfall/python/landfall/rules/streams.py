"""The streaming job of a pipeline: started and stopped on request, restarted when it ends by itself.

Requests are events on the bus. Glue's events report its end, and Landfall confirms each with Glue; the watchdog finds
ends without an event. A start keeps the definition that it was made with. Decision 13 has the alternatives.
"""

from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.events import StreamStartRequest, StreamStopRequest
from landfall.model.observations import Attempted, Busy, JobStatus, Refused, Started, StopAsked, StopAttempted, Unknown
from landfall.model.pipelines import Pipeline
from landfall.model.state import State, StreamState
from landfall.rules import incidents
from landfall.rules import stream_transitions as moves
from landfall.rules.transition import StartStream, StopStream, Timing, Transition

_UNDER_WAY = ("STARTING", "RUNNING", "WAITING")  # without STOPPING, which ends by itself
_ENDINGS = {
    "SUCCEEDED": "The job came to its end by itself (SUCCEEDED), which a stream never should.",
    "FAILED": "The job run ended as FAILED.",
    "STOPPED": "Somebody stopped the job run, and not by `landfall stream stop`.",
    "TIMEOUT": "The job run ran into its time limit (TIMEOUT).",
    "ERROR": "Glue itself broke down while the job ran (ERROR).",
    "EXPIRED": "Glue gave the job run up (EXPIRED).",
}
_SLOW_MINUTES = 15  # until RUNNING, which mostly takes Glue less than two
_STOP_MINUTES = 30  # until it ends, with the batch in progress
_SUCCESSOR_SECONDS = 60.0  # within which Glue's own restart appears


def handle_request(
    state: State, pipeline: Pipeline | None, request: StreamStartRequest | StreamStopRequest, now: float
) -> Transition:
    """Apply a request, unless a newer one is known. A new request to start tries at once, without waiting."""
    known = state.stream
    wanted = isinstance(request, StreamStartRequest)
    if known is not None and (
        request.time < known.asked_at or (request.time, wanted) == (known.asked_at, known.wanted)
    ):
        return Transition(state)
    if known is None:
        if not wanted or pipeline is None or pipeline.stream is None:
            return Transition(state)
        known = StreamState(pipeline.stream, number=0)
    known = replace(known, wanted=wanted, asked_at=request.time)
    if not wanted:
        return _request_stop(state, known, now)
    state = incidents.resolve(state, (incident_kinds.STREAM_NOT_STOPPED,), now, "the stream is wanted again")
    if known.status in ("stopped", "waiting", "given up") and not _may_have_successor(known, now):
        return moves.begin_start(state, pipeline, replace(known, restarts=0), now)
    return Transition(replace(state, stream=known))


def _may_have_successor(stream: StreamState, now: float) -> bool:
    """Whether Glue may still restart the job by itself: until then, do not start it, and do not count it as stopped."""
    return now <= stream.successor_until


def _request_stop(state: State, stream: StreamState, now: float) -> Transition:
    state = incidents.resolve(state, (incident_kinds.STREAM_DOWN,), now, "the stream was stopped on purpose")
    if stream.status in ("waiting", "given up") and _may_have_successor(stream, now):
        stream = replace(moves.set_status(stream, "stopping", now), try_started_at=now)
    if stream.status in ("running", "waiting", "given up"):
        return moves.stop(state, stream, now)
    if stream.status == "starting":  # the invocation that starts it will stop it, else the watchdog does
        stream = moves.set_status(stream, "stopping", now)
    return Transition(replace(state, stream=stream))


def record_start(
    state: State, pipeline: Pipeline | None, command: StartStream, result: Attempted, now: float
) -> Transition:
    """Record the result of a try to start, if the stream still waits for that try."""
    stream = state.stream
    if stream is None or stream.label != command.label or stream.job_run_id or isinstance(result, Unknown):
        return Transition(state)
    if stream.status == "stopping" and not stream.wanted:
        if isinstance(result, Started):
            return moves.stop(state, replace(stream, job_run_id=result.job_run_id), now)
        return moves.finish_stop(state, pipeline, stream, now) if isinstance(result, Refused) else Transition(state)
    if stream.status not in ("starting", "stopping") or stream.try_number != command.try_number:
        return Transition(state)
    if isinstance(result, Refused):
        return moves.give_up(state, pipeline, stream, result.cause, now)
    if isinstance(result, Busy):
        return Transition(replace(state, stream=replace(moves.set_status(stream, "waiting", now), next_try_at=now)))
    return Transition(
        replace(state, stream=replace(moves.set_status(stream, "running", now), job_run_id=result.job_run_id))
    )


def record_stop(
    state: State, pipeline: Pipeline | None, command: StopStream, result: StopAttempted, now: float
) -> Transition:
    """Record the result of a try to stop. If AWS did not answer, the watchdog tries again."""
    stream = state.stream
    if stream is None or stream.status != "stopping" or StopStream.of(stream) != command:
        return Transition(state)
    if isinstance(result, Refused) and _is_hidden(result):
        return Transition(
            moves.open_incident(state, pipeline, stream, incident_kinds.STREAM_NOT_STOPPED, result.cause, now)
        )
    if isinstance(result, StopAsked) and result.job_run_id:
        return Transition(replace(state, stream=replace(stream, job_run_id=result.job_run_id)))
    if isinstance(result, StopAsked | Refused) and not command.job_run_id:
        return moves.finish_stop(
            state, pipeline, stream, now
        )  # no run of the job is under way, or there is no such job
    return Transition(state)


def _is_hidden(refused: Refused) -> bool:
    """Whether the job run may exist although AWS refuses: access is denied."""
    return refused.kind == "access denied"


def concerns(state: State, job: str) -> bool:
    """Whether the end of a run of this job may be the end of the stream, or let it start."""
    stream = state.stream
    return stream is not None and stream.definition.job == job and stream.status not in ("stopped", "given up")


def handle_job_run(state: State, pipeline: Pipeline | None, look: JobStatus, now: float) -> Transition:
    """Decide by the status of a job run."""
    stream = state.stream
    if stream is None or not concerns(state, look.job):
        return Transition(state)
    is_over = look.state in _ENDINGS
    if is_over and _is_ours(stream, look):
        return _end_job_run(state, pipeline, stream, look, now)
    if is_over and stream.status == "waiting" and now >= stream.next_try_at:
        return moves.try_again(state, pipeline, stream, now)
    if look.state == "RUNNING" and stream.status == "running" and look.job_run_id == stream.job_run_id:
        return Transition(_record_running(state, pipeline, stream, now))
    return Transition(state)


def handle_refused_job_run(
    state: State, pipeline: Pipeline | None, job_run_id: str, refused: Refused, now: float, timing: Timing
) -> Transition:
    """The job run does not exist, or access is denied; ignored during the lease, since Glue may not show it at once."""
    stream = state.stream
    if (
        stream is None
        or not job_run_id
        or stream.job_run_id != job_run_id
        or not _lease_has_expired(stream, now, timing)
    ):
        return Transition(state)
    if stream.status == "stopping":
        return Transition(state) if _is_hidden(refused) else moves.finish_stop(state, pipeline, stream, now)
    return moves.schedule_restart(state, pipeline, stream, refused.cause, now)


def sweep_stream(
    state: State, pipeline: Pipeline | None, look: JobStatus | Refused | None, now: float, timing: Timing
) -> Transition:
    """Repair the stream, and report what takes too long; `look` is the status of its job run, None if not known."""
    if state.stream is None:
        return Transition(state)
    change = _repair(state, pipeline, state.stream, look, now, timing)
    return replace(change, state=_report_slow(change.state, pipeline, now))


def _repair(
    state: State, pipeline: Pipeline | None, stream: StreamState, look: JobStatus | Refused | None, now: float,
    timing: Timing,
) -> Transition:  # fmt: skip
    if stream.status == "starting" and _lease_has_expired(stream, now, timing):
        return moves.try_again(state, pipeline, stream, now)
    if stream.status == "waiting" and now >= stream.next_try_at:
        return moves.try_again(state, pipeline, stream, now)
    if isinstance(look, Refused):
        return handle_refused_job_run(state, pipeline, stream.job_run_id, look, now, timing)
    is_there = look.state in _UNDER_WAY if look else not stream.job_run_id
    if stream.status == "stopping" and is_there and _lease_has_expired(stream, now, timing):
        return _stop_or_continue(state, pipeline, stream, now)
    return handle_job_run(state, pipeline, look, now) if look else Transition(state)


def _stop_or_continue(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Stop a run that should have stopped and has not; if the stream is wanted again by now, let it continue."""
    if not stream.wanted:
        return moves.stop(state, stream, now)
    if stream.job_run_id:
        return Transition(replace(state, stream=moves.set_status(stream, "running", now)))
    return moves.begin_start(state, pipeline, stream, now)


def _report_slow(state: State, pipeline: Pipeline | None, now: float) -> State:
    """Report a start or a stop that takes too long, whatever the reason."""
    stream = state.stream
    if stream is None:
        return state
    if stream.status == "stopping" and now > stream.since + _STOP_MINUTES * 60:
        cause = f"It was to stop more than {_STOP_MINUTES} minutes ago, and its run has not ended."
        return _open_once(state, pipeline, stream, incident_kinds.STREAM_NOT_STOPPED, cause, now)
    is_slow = stream.status in ("starting", "running", "waiting") and not stream.running_since
    if is_slow and now > stream.started_at + _SLOW_MINUTES * 60:
        cause = f"The job has not come to RUNNING within {_SLOW_MINUTES} minutes; this is try {stream.try_number}."
        return _open_once(state, pipeline, stream, incident_kinds.STREAM_DOWN, cause, now)
    return state


def _open_once(
    state: State, pipeline: Pipeline | None, stream: StreamState, kind: str, cause: str, now: float
) -> State:
    if incidents.find(state, kind):
        return state
    return moves.open_incident(state, pipeline, stream, kind, cause, now)


def _is_ours(stream: StreamState, look: JobStatus) -> bool:
    """By its id; if no start is recorded (the answer was lost, or is not written yet), by its --RUN_ID."""
    return look.job_run_id == stream.job_run_id if stream.job_run_id else look.label == stream.label


def _end_job_run(
    state: State, pipeline: Pipeline | None, stream: StreamState, look: JobStatus, now: float
) -> Transition:
    if stream.status == "stopping" and look.state == "EXPIRED":
        after = replace(moves.prepare_start(stream, "stopping", now), since=stream.since, try_started_at=now)
        return Transition(replace(state, stream=after))
    if stream.status == "stopping":
        return moves.finish_stop(state, pipeline, stream, now)
    has_run, least = bool(stream.running_since), _SUCCESSOR_SECONDS if look.state == "EXPIRED" else 0.0
    if has_run:
        # Until it ended, not until the end was noticed, which may be much later.
        ended_at = min(look.ended_at or now, now)
        state = _record_running(state, pipeline, stream, ended_at)
        stream = state.stream or stream
        if look.state == "TIMEOUT" and _is_healthy(pipeline, stream, ended_at):
            # Glue ends a streaming job at its Timeout, 480 minutes where it has none: that is not an outage either.
            return moves.begin_start(state, pipeline, stream, now)
    if has_run and least:
        # Glue restarts streaming jobs for its own maintenance, as another job run: that is not an outage.
        waiting = replace(moves.prepare_start(stream, "waiting", now), next_try_at=now + least)
        return _await_successor(Transition(replace(state, stream=waiting)), now + least)
    change = moves.schedule_restart(state, pipeline, stream, look.cause or _ENDINGS[look.state], now, least)
    return _await_successor(change, now + least) if least else change


def _is_healthy(pipeline: Pipeline | None, stream: StreamState, until: float) -> bool:
    """Whether it has run for the definition's healthy_minutes."""
    return until >= stream.running_since + moves.current_definition(pipeline, stream).healthy_minutes * 60


def _await_successor(change: Transition, until: float) -> Transition:
    stream = change.state.stream
    assert stream is not None  # noqa: S101  # only a stream that exists can end
    return replace(change, state=replace(change.state, stream=replace(stream, successor_until=until)))


def _record_running(state: State, pipeline: Pipeline | None, stream: StreamState, until: float) -> State:
    """Record that it was RUNNING until this time; after the definition's healthy_minutes, the outage is over."""
    stream = stream if stream.running_since else replace(stream, running_since=until)
    minutes = moves.current_definition(pipeline, stream).healthy_minutes
    if _is_healthy(pipeline, stream, until):
        stream = replace(stream, restarts=0)
        by = f"the job has run for {minutes} minutes" if minutes else "the job runs"
        state = incidents.resolve(state, (incident_kinds.STREAM_DOWN,), until, by)
    return replace(state, stream=stream)


def _lease_has_expired(stream: StreamState, now: float, timing: Timing) -> bool:
    """Whether the lease of the latest try has expired, so that its starter cannot be running any more."""
    return now > stream.try_started_at + timing.lease
