"""Incidents that no event reports, found by the watchdog: stuck, late, stale, invalid definitions; and reminders."""

from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.announcements import iso
from landfall.model.pipelines import JobStep, Pipeline
from landfall.model.state import Run, State
from landfall.rules import incidents
from landfall.rules.transition import Timing

# Minutes between runs and for a step where there is no definition: the defaults of one.
_USUAL_REST, _USUAL_STEP = 10, 60


def report_overdue(state: State, pipeline: Pipeline | None, problem: str, now: float, timing: Timing) -> State:
    """Open and resolve incidents, and remind; `problem` says why the definition is invalid, empty if it is not."""
    state = _update_definition_invalid(state, problem, now)
    if not state.paused:
        state = _update_stale(_update_late(_open_stuck(state, now), pipeline, now), pipeline, problem, now)
    return incidents.remind(state, now, timing.reminder)


def _update_definition_invalid(state: State, problem: str, now: float) -> State:
    known = incidents.find(state, incident_kinds.DEFINITION_INVALID)
    if not problem:
        return incidents.resolve(state, (incident_kinds.DEFINITION_INVALID,), now, "the definition is valid or gone")
    if known and known.cause == problem:
        return state
    made = incidents.create(state.pipeline, None, incident_kinds.DEFINITION_INVALID, problem, now)
    return incidents.record(state, replace(made, uploads=state.pending))


def _open_stuck(state: State, now: float) -> State:
    """Open *stuck* if the attempt in flight takes too long, whatever the reason; run_steps resolves it at its end.

    A running job is exempt: Glue ends it after the job's own Timeout. Uploads that wait too long for it are late.
    """
    run = state.run
    if run is None or incidents.find(state, incident_kinds.STUCK):
        return state
    if isinstance(run.current, JobStep) and run.status == "running":
        return state
    minutes = run.definition.crawl_timeout_minutes
    if now <= run.attempt_started_at + minutes * 60:
        return state
    cause = f"The step has been {run.status} for more than {minutes} minutes; this is its try {run.try_number}."
    made = incidents.create(state.pipeline, run.definition, incident_kinds.STUCK, cause, now)
    return incidents.record(
        state, replace(made, run_id=run.id, step=run.current.name, uploads=run.uploads, attempts=run.attempt)
    )


def _update_late(state: State, pipeline: Pipeline | None, now: float) -> State:
    """Open *late* if uploads wait longer than the distance of runs and the run in flight explain, else resolve it."""
    minutes = _patience(state.run, pipeline)
    if not state.pending or now <= state.pending_since + minutes * 60:
        return incidents.resolve(state, (incident_kinds.LATE,), now, "nothing is pending too long")
    if incidents.find(state, incident_kinds.LATE):
        return state
    why = "" if pipeline or state.run else " The pipeline has no valid definition."
    why = f" Run {state.run.id} goes on." if state.run else why
    cause = f"Uploads have waited for their run for more than {minutes} minutes.{why}"
    made = incidents.create(
        state.pipeline, state.run.definition if state.run else pipeline, incident_kinds.LATE, cause, now
    )
    return incidents.record(state, replace(made, uploads=state.pending))


def _patience(run: Run | None, pipeline: Pipeline | None) -> int:
    """Minutes that an upload may wait: for the distance between runs, and for each step of the run in flight."""
    definition = run.definition if run else pipeline
    if definition is None:
        return _USUAL_REST + _USUAL_STEP
    steps = len(definition.steps) if run else 1
    return definition.min_minutes_between_runs + definition.crawl_timeout_minutes * steps


def _update_stale(state: State, pipeline: Pipeline | None, problem: str, now: float) -> State:
    """Open *stale* if no data came in time, else resolve it; while a definition is invalid, leave it as it is."""
    if pipeline is None and problem:
        return state
    minutes = pipeline.fresh_within_minutes if pipeline else None
    if pipeline is None or minutes is None:
        return incidents.resolve(state, (incident_kinds.STALE,), now, "the definition no longer asks for it")
    newest = max(state.last_upload_at, state.first_seen_at)
    if now <= newest + minutes * 60:
        return incidents.resolve(state, (incident_kinds.STALE,), now, "the definition allows for more time")
    if incidents.find(state, incident_kinds.STALE):
        return state
    since = "the newest came" if state.last_upload_at >= state.first_seen_at else "the pipeline was first seen"
    cause = f"No upload has come within {minutes} minutes; {since} at {iso(newest)}."
    return incidents.record(state, incidents.create(state.pipeline, pipeline, incident_kinds.STALE, cause, now))
