"""Starting: when a run is due, and the tries of its steps."""

from dataclasses import replace

from landfall import announcements, incidents, kinds
from landfall.outcomes import Attempted, Busy, Refused, Unknown
from landfall.pipelines import CrawlStep, Pipeline
from landfall.rules import steps
from landfall.rules.change import Change, StartTry, Timing
from landfall.state import NONE, Failure, Run, State


def first_seen(state: State, now: float) -> State:
    """A pipeline whose definition was never seen before counts as one arrival: what lay there already is crawled too.

    The version does not tell: an invalid definition's incident makes a state before there is a pipeline.
    """
    return state if state.first_seen_at else replace(state, requested=True, first_seen_at=now)


def start_if_due(change: Change, pipeline: Pipeline | None, run_id: str, now: float) -> Change:
    """Start a run when none is in flight and something is there for it; in one write it takes over all of it."""
    state = change.state
    if state.run or state.paused or pipeline is None or not _is_due(state, pipeline, now):
        return change
    uploads = state.pending.plus(state.unprocessed)
    run = Run(run_id, now, uploads, pipeline, attempt_started_at=now, try_started_at=now)
    state = replace(
        state, pending=NONE, pending_since=0.0, unprocessed=NONE, requested=False, last_run_started_at=now,
        found_nothing=False, run=run,
        outbox=(*state.outbox, announcements.run_started(run)),
    )  # fmt: skip
    state = incidents.resolved(state, (kinds.LATE,), now, f"run {run.id} started")
    return replace(change, state=state, act=StartTry.of(run), records=(*change.records, steps.record(run)))


def _is_due(state: State, pipeline: Pipeline, now: float) -> bool:
    if state.requested:
        return True
    return bool(state.pending) and now >= due_at(state, pipeline)


def due_at(state: State, pipeline: Pipeline) -> float:
    """When the next run may start for what is pending.

    No distance is kept from a run that found nothing: a new dataset's first file, or the first after a request that
    came too early, need not wait for it. Since the next run has uploads, it is not empty in its turn.
    """
    return 0.0 if state.found_nothing else state.last_run_started_at + pipeline.min_minutes_between_runs * 60


def attempted(state: State, act: StartTry, result: Attempted, now: float) -> Change:
    """Record what came of a try, if that try is still what the pipeline waits for."""
    run = state.run
    if run is None or not act.is_of(run) or isinstance(result, Unknown):
        return Change(state)
    if isinstance(result, Refused):
        return steps.failed(state, run, Failure(result.kind, result.cause, run.current.name), now, again=False)
    if isinstance(result, Busy):
        return Change(replace(state, run=replace(run, status="waiting")), look_again=True)
    run = replace(run, status="running", queries=result.queries, job_run_id=result.job_run_id)
    return Change(replace(state, run=run))


def next_try(state: State, run: Run, now: float) -> Change:
    """Try to start the same attempt of the step once more."""
    run = replace(run, status="starting", try_number=run.try_number + 1, try_started_at=now)
    return Change(replace(state, run=run), StartTry.of(run))


def repeat_crawl(state: State, now: float, timing: Timing) -> Change:
    """Repeat the start of a crawl whose starter must have died before it recorded what came of it."""
    run = state.run
    if run is not None and isinstance(run.current, CrawlStep) and lease_over(run, now, timing):
        return next_try(state, run, now)
    return Change(state)


def lease_over(run: Run, now: float, timing: Timing) -> bool:
    """Whether whoever started the newest try must be dead by now."""
    return run.status == "starting" and now > run.try_started_at + timing.lease
