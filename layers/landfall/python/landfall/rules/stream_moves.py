"""What becomes of a streaming job: a new start, another try, a stop, rest, an outage, and giving up."""

from dataclasses import replace

from landfall import incidents, kinds
from landfall.announcements import iso
from landfall.pipelines import Pipeline, Stream
from landfall.rules.change import Change, StartStream, StopStream
from landfall.state import State, StreamState, StreamStatus

_MOST_MINUTES = 60  # between two tries to start it again
_CAUSE = 1_500  # characters of Glue's words: ours come after them, and a message shows 2,000


def begun(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Change:
    """A new start, which makes a new run."""
    return next_try(state, pipeline, unmade(stream, "starting", now), now)


def unmade(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """The next start, of which no try has been made."""
    return replace(
        stream, status=status, since=now, number=stream.number + 1, started_at=now, try_number=0, job_run_id="",
        running_since=0.0, successor_until=0.0,
    )  # fmt: skip


def next_try(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Change:
    """Try the same start once more; one that was never tried takes the definition of now."""
    definition = stream.definition if stream.try_number else of_now(pipeline, stream)
    stream = replace(
        moved(stream, "starting", now), definition=definition, try_number=stream.try_number + 1, try_started_at=now,
        next_try_at=0.0,
    )  # fmt: skip
    return Change(replace(state, stream=stream), stream_act=StartStream.of(stream))


def stop(state: State, stream: StreamState, now: float) -> Change:
    """Stop its run; where its id is not known, whatever is under way of the job."""
    stream = replace(moved(stream, "stopping", now), try_number=stream.try_number + 1, try_started_at=now)
    return Change(replace(state, stream=stream), stream_act=StopStream.of(stream))


def rested(state: State, pipeline: Pipeline | None, stream: StreamState, now: float) -> Change:
    """Nothing of it is under way, as was asked; where it is wanted again by now, the next start has room."""
    state = incidents.resolved(state, (kinds.STREAM_NOT_STOPPED,), now, "the job has ended")
    stream = replace(stream, restarts=0)
    if stream.wanted:
        return begun(state, pipeline, stream, now)
    at_rest = replace(moved(stream, "stopped", now), job_run_id="", running_since=0.0, next_try_at=0.0)
    return Change(replace(state, stream=at_rest))


def down(
    state: State, pipeline: Pipeline | None, stream: StreamState, cause: str, now: float, least: float = 0.0
) -> Change:
    """It has ended and should not have: start it again after `least` seconds, later each time, up to a limit."""
    definition, cause = of_now(pipeline, stream), _sentence(cause)
    if stream.restarts >= definition.max_restarts:
        times = "once" if stream.restarts == 1 else f"{stream.restarts} times in a row"
        why = f"{cause} It was started again {times}." if stream.restarts else cause
        return given_up(state, pipeline, stream, why, now)
    wait = max(_wait(definition, stream.restarts), least)
    number = f"Restart {stream.restarts + 1}" + (" in a row" if stream.restarts else "")
    when = f"the next try is due at {iso(now + wait)}" if wait else "it is started again now"
    state = opened(state, pipeline, stream, kinds.STREAM_DOWN, f"{cause} {number}: {when}.", now)
    again = replace(stream, restarts=stream.restarts + 1)
    if not wait:
        return begun(state, pipeline, again, now)
    return Change(replace(state, stream=replace(unmade(again, "waiting", now), next_try_at=now + wait)))


def given_up(state: State, pipeline: Pipeline | None, stream: StreamState, cause: str, now: float) -> Change:
    """No more tries by itself; who was told that it is down is told that it stays so."""
    cause = f"{_sentence(cause)} It stays down until `landfall stream start {state.pipeline}`."
    state = opened(state, pipeline, stream, kinds.STREAM_DOWN, cause, now)
    state = incidents.told_again(state, kinds.STREAM_DOWN, now)
    return Change(replace(state, stream=replace(moved(stream, "given up", now), job_run_id="")))


def opened(state: State, pipeline: Pipeline | None, stream: StreamState, kind: str, cause: str, now: float) -> State:
    """Open this incident of the stream's job, or count it."""
    made = incidents.made(state.pipeline, pipeline, kind, cause, now)
    return incidents.opened(state, replace(made, step=f"job {stream.definition.job}", job_run_id=stream.job_run_id))


def moved(stream: StreamState, status: StreamStatus, now: float) -> StreamState:
    """In this status since now, unless it was already."""
    return stream if stream.status == status else replace(stream, status=status, since=now)


def of_now(pipeline: Pipeline | None, stream: StreamState) -> Stream:
    """The definition that the next start takes: that of now, else the one that the newest start was made with."""
    return pipeline.stream if pipeline and pipeline.stream else stream.definition


def _wait(definition: Stream, restarts: int) -> float:
    """Seconds until it is started again: none at first, then ever longer."""
    if restarts == 0:
        return 0.0
    return float(min(definition.restart_minutes * 2 ** (restarts - 1), _MOST_MINUTES) * 60)


def _sentence(cause: str) -> str:
    cause = cause.strip() if len(cause) <= _CAUSE else cause[: _CAUSE - 1] + "…"
    return cause if cause.endswith((".", "!", "?", "…")) else f"{cause}."
