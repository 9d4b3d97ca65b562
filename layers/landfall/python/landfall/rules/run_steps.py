"""What the end of a step leads to: the next step, another attempt, or the end of the run."""

from dataclasses import replace

from landfall.model import announcements, incident_kinds
from landfall.model.state import Failure, Incident, Outcome, Run, RunRecord, State, StepAttempt
from landfall.rules import incidents
from landfall.rules.transition import StartTry, Transition


def complete_step(state: State, run: Run, now: float) -> Transition:
    """The step has ended well: start the next one, or the run has succeeded."""
    run = _log_attempt(run, now, None)
    if run.step + 1 < len(run.definition.steps):
        run = replace(
            run, step=run.step + 1, attempt=1, attempt_started_at=now, try_number=1, try_started_at=now,
            status="starting", queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Transition(replace(_resolve_stuck(state, now), run=run), StartTry.of(run))
    state = _resolve_failures(state, now, f"run {run.id} succeeded")
    covered = max(state.covered_until, run.started_at)
    outbox = (*state.outbox, announcements.dataset_ready(run, now))
    state = replace(state, run=None, covered_until=covered, last_ready_at=now, outbox=outbox)
    return Transition(state, records=(to_record(run, now),))


def end_empty_run(state: State, run: Run, now: float) -> Transition:
    """The run has ended before its next step, since there is nothing to be told ready.

    It covers nothing: an object that its crawl passed over may have an event that comes late.
    """
    run = _log_attempt(run, now, None)
    state = _resolve_failures(state, now, f"run {run.id} found nothing there")
    state = replace(state, run=None, last_run_was_empty=True)
    return Transition(state, records=(replace(to_record(run, now), outcome="empty"),))


def fail_step(state: State, run: Run, failure: Failure, now: float, *, again: bool = True) -> Transition:
    """The step has ended badly: attempt it again where that may help, or the run has failed and an incident is open."""
    run, state = _log_attempt(run, now, failure), _resolve_stuck(state, now)
    if again and run.attempt < run.definition.max_attempts:
        run = replace(
            run, attempt=run.attempt + 1, attempt_started_at=now, try_number=1, try_started_at=now, status="starting",
            queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Transition(replace(state, run=run), StartTry.of(run))
    state = incidents.record(state, _to_incident(run, failure, now))
    outbox = (*state.outbox, announcements.run_failed(run, failure, now))
    unprocessed = state.unprocessed.plus(run.uploads)
    return Transition(
        replace(state, run=None, unprocessed=unprocessed, outbox=outbox), records=(to_record(run, now, failure),)
    )


def _resolve_stuck(state: State, now: float) -> State:
    return incidents.resolve(state, (incident_kinds.STUCK,), now, "the run moved on")


def _resolve_failures(state: State, now: float, by: str) -> State:
    return incidents.resolve(state, (*incident_kinds.FAILURES, incident_kinds.STUCK), now, by)


def _to_incident(run: Run, failure: Failure, now: float) -> Incident:
    made = incidents.create(run.definition.name, run.definition, failure.kind, failure.cause, now)
    return replace(
        made, run_id=run.id, step=failure.step, check=failure.check, query_id=failure.query_id, rows=failure.rows,
        job_run_id=failure.job_run_id, changes=failure.changes, uploads=run.uploads, attempts=run.attempt,
    )  # fmt: skip


def _log_attempt(run: Run, now: float, failure: Failure | None) -> Run:
    ended = StepAttempt(
        run.current.name, run.attempt, run.attempt_started_at, now, "failed" if failure else "succeeded",
        failure.cause if failure else "",
    )  # fmt: skip
    return replace(run, log=(*run.log, ended))


def to_record(run: Run, ended_at: float | None = None, failure: Failure | None = None) -> RunRecord:
    """The run's line in the history, as of now."""
    outcome: Outcome | None = None if ended_at is None else ("failed" if failure else "succeeded")
    return RunRecord(
        run.definition.name, run.id, run.started_at, run.uploads, ended_at, outcome, failure, run.log
    )  # fmt: skip
