"""The end of a step: the next step, another attempt, or the end of the run."""

from dataclasses import replace

from landfall.model import announcements, incident_kinds
from landfall.model.state import Failure, Incident, Outcome, Run, RunRecord, State, StepAttempt
from landfall.rules import incidents
from landfall.rules.state_machines import NO_RUN, RUN, move_run, require_move
from landfall.rules.transition import StartTry, Transition


def complete_step(state: State, run: Run, now: float) -> Transition:
    """Complete a successful step: start the next one, or end the run as succeeded."""
    run = _log_attempt(run, now, None)
    if run.step + 1 < len(run.definition.steps):
        run = move_run(
            run, "starting", step=run.step + 1, attempt=1, attempt_started_at=now, try_number=1, try_started_at=now,
            queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Transition(replace(_resolve_stuck(state, now), run=run), StartTry.of(run))
    require_move(RUN, run.status, NO_RUN)
    state = _resolve_failures(state, now, f"run {run.id} succeeded")
    covered = max(state.covered_until, run.started_at)
    outbox = (*state.outbox, announcements.dataset_ready(run, now))
    state = replace(state, run=None, covered_until=covered, last_ready_at=now, outbox=outbox)
    return Transition(state, records=(to_record(run, now),))


def end_empty_run(state: State, run: Run, now: float) -> Transition:
    """End the run before its next step, since it has no data to announce.

    It covers no uploads: the event of an object that its crawl missed may still be on its way.
    """
    run = _log_attempt(run, now, None)
    require_move(RUN, run.status, NO_RUN)
    state = _resolve_failures(state, now, f"run {run.id} found nothing there")
    state = replace(state, run=None, last_run_was_empty=True)
    return Transition(state, records=(replace(to_record(run, now), outcome="empty"),))


def fail_step(state: State, run: Run, failure: Failure, now: float, *, again: bool = True) -> Transition:
    """Fail a step: attempt it again if that may help, or end the run as failed and open an incident."""
    run, state = _log_attempt(run, now, failure), _resolve_stuck(state, now)
    if again and run.attempt < run.definition.max_attempts:
        run = move_run(
            run, "starting", attempt=run.attempt + 1, attempt_started_at=now, try_number=1, try_started_at=now,
            queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Transition(replace(state, run=run), StartTry.of(run))
    require_move(RUN, run.status, NO_RUN)
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
    """The run's current record in the history."""
    outcome: Outcome | None = None if ended_at is None else ("failed" if failure else "succeeded")
    return RunRecord(
        run.definition.name, run.id, run.started_at, run.uploads, ended_at, outcome, failure, run.log
    )  # fmt: skip
