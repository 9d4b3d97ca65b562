"""What the end of a step leads to: the next step, another attempt, or the end of the run."""

from dataclasses import replace

from landfall import announcements
from landfall.rules.change import Change, StartTry
from landfall.state import Failure, Outcome, Run, RunRecord, State, StepLog


def succeeded(state: State, run: Run, now: float) -> Change:
    """The step has ended well: start the next one, or the run has succeeded."""
    run = _logged(run, now, None)
    if run.step + 1 < len(run.definition.steps):
        run = replace(
            run, step=run.step + 1, attempt=1, attempt_started_at=now, try_number=1, try_started_at=now,
            status="starting", queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Change(replace(state, run=run), StartTry.of(run))
    covered = max(state.covered_until, run.started_at)
    outbox = (*state.outbox, announcements.dataset_ready(run, now))
    return Change(replace(state, run=None, covered_until=covered, outbox=outbox), records=(record(run, now),))


def failed(state: State, run: Run, failure: Failure, now: float, *, again: bool = True) -> Change:
    """The step has ended badly: attempt it again where that may help, or the run has failed."""
    run = _logged(run, now, failure)
    if again and run.attempt < run.definition.max_attempts:
        run = replace(
            run, attempt=run.attempt + 1, attempt_started_at=now, try_number=1, try_started_at=now, status="starting",
            queries={}, job_run_id="", verdicts=(),
        )  # fmt: skip
        return Change(replace(state, run=run), StartTry.of(run))
    outbox = (*state.outbox, announcements.run_failed(run, failure, now))
    unprocessed = state.unprocessed.plus(run.uploads)
    return Change(
        replace(state, run=None, unprocessed=unprocessed, outbox=outbox), records=(record(run, now, failure),)
    )


def _logged(run: Run, now: float, failure: Failure | None) -> Run:
    ended = StepLog(
        run.current.name, run.attempt, run.attempt_started_at, now, "failed" if failure else "succeeded",
        failure.cause if failure else "",
    )  # fmt: skip
    return replace(run, log=(*run.log, ended))


def record(run: Run, ended_at: float | None = None, failure: Failure | None = None) -> RunRecord:
    """The run's line in the history, as of now."""
    outcome: Outcome | None = None if ended_at is None else ("failed" if failure else "succeeded")
    return RunRecord(
        run.definition.name, run.id, run.started_at, run.uploads, ended_at, outcome, failure, run.log
    )  # fmt: skip
