"""What becomes of a streaming job: a new start, another try, a stop, rest, an outage, and giving up."""

from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.announcements import iso
from landfall.model.pipelines import Pipeline, Stream
from landfall.model.state import State, StreamState, StreamStatus
from landfall.rules import incidents
from landfall.rules.transition import StartStream, StopStream, Transition

_MOST_MINUTES = 60  # between two tries to start it again
_CAUSE = 1_500  # characters of Glue's words: ours come after them, and a message shows 2,000


def begin_start(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """A new start, which makes a new run."""
    return try_again(state, pipeline, prepare_start(stream, "starting", now), now)


def prepare_start(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """The next start, of which no try has been made."""
    return replace(
        stream, status=status, since=now, number=stream.number + 1, started_at=now, try_number=0, job_run_id="",
        running_since=0.0, successor_until=0.0,
    )  # fmt: skip


def try_again(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Try the same start once more; one that was never tried takes the definition of now."""
    definition = stream.definition if stream.try_number else current_definition(pipeline, stream)
    stream = replace(
        set_status(stream, "starting", now), definition=definition, try_number=stream.try_number + 1,
        try_started_at=now, next_try_at=0.0,
    )  # fmt: skip
    return Transition(replace(state, stream=stream), stream_command=StartStream.of(stream))


def stop(state: State, stream: StreamState, now: float) -> Transition:
    """Stop its run; where its id is not known, whatever is under way of the job."""
    stream = replace(set_status(stream, "stopping", now), try_number=stream.try_number + 1, try_started_at=now)
    return Transition(replace(state, stream=stream), stream_command=StopStream.of(stream))


def finish_stop(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Transition:
    """Nothing of it is under way, as was asked; where it is wanted again by now, the next start has room."""
    state = incidents.resolve(state, (incident_kinds.STREAM_NOT_STOPPED,), now, "the job has ended")
    stream = replace(stream, restarts=0)
    if stream.wanted:
        return begin_start(state, pipeline, stream, now)
    at_rest = replace(set_status(stream, "stopped", now), job_run_id="", running_since=0.0, next_try_at=0.0)
    return Transition(replace(state, stream=at_rest))


def schedule_restart(
    state: State, pipeline: Pipeline | None, stream: StreamState, cause: str, now: float, least: float = 0.0
) -> Transition:
    """It has ended and should not have: start it again after `least` seconds, later each time, up to a limit."""
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
    """No more tries by itself; who was told that it is down is told that it stays so."""
    cause = f"{_to_sentence(cause)} It stays down until `landfall stream start {state.pipeline}`."
    state = open_incident(state, pipeline, stream, incident_kinds.STREAM_DOWN, cause, now)
    state = incidents.remind_now(state, incident_kinds.STREAM_DOWN, now)
    return Transition(replace(state, stream=replace(set_status(stream, "given up", now), job_run_id="")))


def open_incident(
    state: State, pipeline: Pipeline | None, stream: StreamState, kind: str, cause: str, now: float
) -> State:
    """Open this incident of the stream's job, or count it."""
    made = incidents.create(state.pipeline, pipeline, kind, cause, now)
    return incidents.record(state, replace(made, step=f"job {stream.definition.job}", job_run_id=stream.job_run_id))


def set_status(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """In this status since now, unless it was already."""
    return stream if stream.status == status else replace(stream, status=status, since=now)


def current_definition(pipeline: Pipeline | None, stream: StreamState) -> Stream:
    """The definition that the next start takes: that of now, else the one that the newest start was made with."""
    return pipeline.stream if pipeline and pipeline.stream else stream.definition


def _restart_delay(definition: Stream, restarts: int) -> float:
    """Seconds until it is started again: none at first, then ever longer."""
    if restarts == 0:
        return 0.0
    return float(min(definition.restart_minutes * 2 ** (restarts - 1), _MOST_MINUTES) * 60)


def _to_sentence(cause: str) -> str:
    cause = cause.strip() if len(cause) <= _CAUSE else cause[: _CAUSE - 1] + "…"
    return cause if cause.endswith((".", "!", "?", "…")) else f"{cause}."
