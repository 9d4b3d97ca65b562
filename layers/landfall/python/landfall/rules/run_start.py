"""Start runs when they are due, and make the tries of their steps."""

from dataclasses import replace

from landfall.model import announcements, incident_kinds
from landfall.model.observations import Attempted, Busy, Refused, Unknown
from landfall.model.pipelines import CrawlStep, Pipeline
from landfall.model.state import NONE, Failure, Run, State
from landfall.rules import incidents, run_steps
from landfall.rules.state_machines import NO_RUN, RUN, move_run, require_move
from landfall.rules.transition import StartTry, Timing, Transition


def request_first_run(state: State, now: float) -> State:
    """Request a run for a new pipeline, so that objects uploaded before its definition are crawled.

    Version 0 is not the criterion: the incident of an invalid definition writes a state before there is a pipeline.
    """
    return state if state.first_seen_at else replace(state, requested=True, first_seen_at=now)


def start_if_due(change: Transition, pipeline: Pipeline | None, run_id: str, now: float) -> Transition:
    """Start a run if one is due and none is in flight; in the same write it takes over all uploads that wait."""
    state = change.state
    if state.run or state.paused or pipeline is None or not _is_due(state, pipeline, now):
        return change
    uploads = state.pending.plus(state.unprocessed)
    run = Run(run_id, now, uploads, pipeline, attempt_started_at=now, try_started_at=now)
    require_move(RUN, NO_RUN, run.status)
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
    """The time from which the next run may start for pending uploads.

    No distance is kept from an empty run: the first file of a new dataset, or the first after a request that came too
    early, must not wait for it. This does not repeat, since a run with uploads is never empty.
    """
    return 0.0 if state.last_run_was_empty else state.last_run_started_at + pipeline.min_minutes_between_runs * 60


def record_attempt(state: State, command: StartTry, result: Attempted, now: float) -> Transition:
    """Record the result of a try, if the run still waits for that try.

    A start without an answer may have been heard. Any crawl that begins after the try covers its uploads, so the step
    runs; where none comes, the watchdog tries again after the lease (`rules.crawls`). A job run or a query is found by
    its label or token when the try is repeated.
    """
    run = state.run
    if run is None or not command.is_of(run):
        return Transition(state)
    if isinstance(result, Unknown):
        is_crawl = isinstance(run.current, CrawlStep)
        return Transition(replace(state, run=move_run(run, "running")) if is_crawl else state)
    if isinstance(result, Refused):
        return run_steps.fail_step(state, run, Failure(result.kind, result.cause, run.current.name), now, again=False)
    if isinstance(result, Busy):
        return Transition(replace(state, run=move_run(run, "waiting")), needs_recheck=True)
    run = move_run(run, "running", queries=result.queries, job_run_id=result.job_run_id)
    return Transition(replace(state, run=run))


def try_again(state: State, run: Run, now: float) -> Transition:
    """Try again to start the same attempt of the step."""
    run = move_run(run, "starting", try_number=run.try_number + 1, try_started_at=now)
    return Transition(replace(state, run=run), StartTry.of(run))


def repeat_crawl(state: State, now: float, timing: Timing) -> Transition:
    """Repeat the start of a crawl if its starter must have died before it recorded the result."""
    run = state.run
    if run is not None and isinstance(run.current, CrawlStep) and lease_has_expired(run, now, timing):
        return try_again(state, run, now)
    return Transition(state)


def lease_has_expired(run: Run, now: float, timing: Timing) -> bool:
    """Whether the lease of the latest try has expired, so that its starter cannot be running any more."""
    return run.status == "starting" and now > run.try_started_at + timing.lease
