"""The transitions of a streaming job: start, try again, stop, finish, restart, and give up."""

from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.announcements import iso
from landfall.model.pipelines import Pipeline, Stream
from landfall.model.state import State, StreamState, StreamStatus
from landfall.rules import incidents
from landfall.rules.state_machines import move_stream
from landfall.rules.transition import StartStream, StopStream, Transition

_MAX_DELAY_MINUTES = 60  # before a restart
_CAUSE = 1_500  # characters of Glue's message: Landfall's own text follows, and 2,000 are shown in all


def begin_start(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Begin a new start, which creates a new job run."""
    return try_again(state, pipeline, prepare_start(stream, "starting", now), now)


def prepare_start(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """The next start, before its first try."""
    return move_stream(
        stream, status, since=now, number=stream.number + 1, started_at=now, try_number=0, job_run_id="",
        running_since=0.0, successor_until=0.0,
    )  # fmt: skip


def try_again(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Try the same start again; the first try takes the current definition."""
    definition = stream.definition if stream.try_number else current_definition(pipeline, stream)
    stream = replace(
        set_status(stream, "starting", now), definition=definition, try_number=stream.try_number + 1,
        try_started_at=now, next_try_at=0.0,
    )  # fmt: skip
    return Transition(replace(state, stream=stream), stream_command=StartStream.of(stream))


def stop(state: State, stream: StreamState, now: float) -> Transition:
    """Stop its job run; if the id is unknown, any run of the job that is under way."""
    stream = replace(set_status(stream, "stopping", now), try_number=stream.try_number + 1, try_started_at=now)
    return Transition(replace(state, stream=stream), stream_command=StopStream.of(stream))


def finish_stop(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Finish a stop: no run of the job is under way. If the stream is wanted again by now, start it."""
    state = incidents.resolve(state, (incident_kinds.STREAM_NOT_STOPPED,), now, "the job has ended")
    stream = replace(stream, restarts=0)
    if stream.wanted:
        return begin_start(state, pipeline, stream, now)
    at_rest = replace(set_status(stream, "stopped", now), job_run_id="", running_since=0.0, next_try_at=0.0)
    return Transition(replace(state, stream=at_rest))


def schedule_restart(
    state: State, pipeline: Pipeline | None, stream: StreamState, cause: str, now: float, least: float = 0.0
) -> Transition:
    """Restart a job that should not have ended: after at least `least` seconds, later each time, up to a limit."""
    definition, cause = current_definition(pipeline, stream), _to_sentence(cause)
    if stream.restarts >= definition.max_restarts:
        times = "once" if stream.restarts == 1 else f"{stream.restarts} times in a row"
        why = f"{cause} It was started again {times}." if stream.restarts else cause
        return give_up(state, pipeline, stream, why, now)
    wait = max(_restart_delay(definition, stream.restarts), least)
    number = f"Restart {stream.restarts + 1}" + (" in a row" if stream.restarts else "")
    when = f"the next try is due at {iso(now + wait)}" if wait else "it is started again now"
    state = open_incident(state, pipeline, stream, incident_kinds.STREAM_DOWN, f"{cause} {number}: {when}.", now)
    again = replace(stream, restarts=stream.restarts + 1)
    if not wait:
        return begin_start(state, pipeline, again, now)
    return Transition(replace(state, stream=replace(prepare_start(again, "waiting", now), next_try_at=now + wait)))


def give_up(state: State, pipeline: Pipeline | None, stream: StreamState, cause: str, now: float) -> Transition:
    """Give up automatic restarts, and remind on-call that the stream stays down."""
    cause = f"{_to_sentence(cause)} It stays down until `landfall stream start {state.pipeline}`."
    state = open_incident(state, pipeline, stream, incident_kinds.STREAM_DOWN, cause, now)
    state = incidents.remind_now(state, incident_kinds.STREAM_DOWN, now)
    return Transition(replace(state, stream=replace(set_status(stream, "given up", now), job_run_id="")))


def open_incident(
    state: State, pipeline: Pipeline | None, stream: StreamState, kind: str, cause: str, now: float
) -> State:
    """Open an incident of the stream's job, or count it."""
    made = incidents.create(state.pipeline, pipeline, kind, cause, now)
    return incidents.record(state, replace(made, step=f"job {stream.definition.job}", job_run_id=stream.job_run_id))


def set_status(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """Set the status, since now unless it is unchanged."""
    return stream if stream.status == status else move_stream(stream, status, since=now)


def current_definition(pipeline: Pipeline | None, stream: StreamState) -> Stream:
    """The definition for the next start: the current one, else that of the latest start."""
    return pipeline.stream if pipeline and pipeline.stream else stream.definition


def _restart_delay(definition: Stream, restarts: int) -> float:
    """Seconds until the restart: none for the first one, then doubling up to a limit."""
    if restarts == 0:
        return 0.0
    return float(min(definition.restart_minutes * 2 ** (restarts - 1), _MAX_DELAY_MINUTES) * 60)


def _to_sentence(cause: str) -> str:
    cause = cause.strip() if len(cause) <= _CAUSE else cause[: _CAUSE - 1] + "…"
    return cause if cause.endswith((".", "!", "?", "…")) else f"{cause}."
