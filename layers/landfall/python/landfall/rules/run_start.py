"""Starting: when a run is due, and the tries of its steps."""

from dataclasses import replace

from landfall.model import announcements, incident_kinds
from landfall.model.observations import Attempted, Busy, Refused, Unknown
from landfall.model.pipelines import CrawlStep, Pipeline
from landfall.model.state import NONE, Failure, Run, State
from landfall.rules import incidents, run_steps
from landfall.rules.transition import StartTry, Timing, Transition


def request_first_run(state: State, now: float) -> State:
    """A pipeline whose definition was never seen before counts as one arrival: what lay there already is crawled too.

    The version does not tell: an invalid definition's incident makes a state before there is a pipeline.
    """
    return state if state.first_seen_at else replace(state, requested=True, first_seen_at=now)


def start_if_due(change: Transition, pipeline: Pipeline | None, run_id: str, now: float) -> Transition:
    """Start a run when none is in flight and something is there for it; in one write it takes over all of it."""
    state = change.state
    if state.run or state.paused or pipeline is None or not _is_due(state, pipeline, now):
        return change
    uploads = state.pending.plus(state.unprocessed)
    run = Run(run_id, now, uploads, pipeline, attempt_started_at=now, try_started_at=now)
    state = replace(
        state, pending=NONE, pending_since=0.0, unprocessed=NONE, requested=False, last_run_started_at=now,
        last_run_was_empty=False, run=run,
        outbox=(*state.outbox, announcements.run_started(run)),
    )  # fmt: skip
    state = incidents.resolve(state, (incident_kinds.LATE,), now, f"run {run.id} started")
    return replace(change, state=state, command=StartTry.of(run), records=(*change.records, run_steps.to_record(run)))


def _is_due(state: State, pipeline: Pipeline, now: float) -> bool:
    if state.requested:
        return True
    return bool(state.pending) and now >= due_at(state, pipeline)


def due_at(state: State, pipeline: Pipeline) -> float:
    """When the next run may start for what is pending.

    No distance is kept from a run that found nothing: a new dataset's first file, or the first after a request that
    came too early, need not wait for it. Since the next run has uploads, it is not empty in its turn.
    """
    return 0.0 if state.last_run_was_empty else state.last_run_started_at + pipeline.min_minutes_between_runs * 60


def record_attempt(state: State, command: StartTry, result: Attempted, now: float) -> Transition:
    """Record what came of a try, if that try is still what the pipeline waits for."""
    run = state.run
    if run is None or not command.is_of(run) or isinstance(result, Unknown):
        return Transition(state)
    if isinstance(result, Refused):
        return run_steps.fail_step(state, run, Failure(result.kind, result.cause, run.current.name), now, again=False)
    if isinstance(result, Busy):
        return Transition(replace(state, run=replace(run, status="waiting")), needs_recheck=True)
    run = replace(run, status="running", queries=result.queries, job_run_id=result.job_run_id)
    return Transition(replace(state, run=run))


def try_again(state: State, run: Run, now: float) -> Transition:
    """Try to start the same attempt of the step once more."""
    run = replace(run, status="starting", try_number=run.try_number + 1, try_started_at=now)
    return Transition(replace(state, run=run), StartTry.of(run))


def repeat_crawl(state: State, now: float, timing: Timing) -> Transition:
    """Repeat the start of a crawl whose starter must have died before it recorded what came of it."""
    run = state.run
    if run is not None and isinstance(run.current, CrawlStep) and lease_has_expired(run, now, timing):
        return try_again(state, run, now)
    return Transition(state)


def lease_has_expired(run: Run, now: float, timing: Timing) -> bool:
    """Whether whoever started the newest try must be dead by now."""
    return run.status == "starting" and now > run.try_started_at + timing.lease
