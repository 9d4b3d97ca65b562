"""The end of jobs, by the status of their runs."""

from landfall.model.observations import JobStatus, Refused, job_label
from landfall.model.pipelines import JobStep
from landfall.model.state import Failure, Run, State
from landfall.rules import run_start, run_steps
from landfall.rules.transition import Timing, Transition

# Every final state except SUCCEEDED. STARTING, RUNNING, STOPPING and WAITING (for resources) are not final.
_FAILURES = {
    "FAILED": "job failed",
    "TIMEOUT": "job timed out",
    "STOPPED": "job stopped",
    "ERROR": "job error",
    "EXPIRED": "job expired",
}


def concerns(state: State, job: str) -> bool:
    """Whether the run in flight is at a step of this job, so that the end of any run of the job matters."""
    return state.run is not None and isinstance(state.run.current, JobStep) and state.run.current.job == job


def handle_job_run(state: State, seen: JobStatus, now: float, timing: Timing) -> Transition:
    """Decide by the status of a job run: the step's own run ends the step, any other end lets a waiting try start."""
    run = state.run
    if run is None or not concerns(state, seen.job):
        return Transition(state)
    is_over = seen.state == "SUCCEEDED" or seen.state in _FAILURES
    if is_over and _is_ours(run, seen):
        return _end_step(state, run, seen, now)
    if run_start.lease_has_expired(run, now, timing) or (is_over and run.status == "waiting"):
        return run_start.try_again(state, run, now)
    return Transition(state)


def handle_refused_job_run(state: State, job_run_id: str, refused: Refused, now: float, timing: Timing) -> Transition:
    """Fail the step if its job run does not exist, or access is denied: its end will never be known.

    Glue may not show a new job run at once, so this applies only after the lease.
    """
    run = state.run
    if run is None or not job_run_id or run.job_run_id != job_run_id or now <= run.try_started_at + timing.lease:
        return Transition(state)
    failure = Failure(refused.kind, refused.cause, run.current.name, job_run_id=job_run_id)
    return run_steps.fail_step(state, run, failure, now, again=False)


def sweep_job(state: State, run: Run, seen: JobStatus | Refused | None, now: float, timing: Timing) -> Transition:
    """Repair a job step; `seen` is the status of its run, None if no run is known or AWS did not answer."""
    if run.status == "waiting" or run_start.lease_has_expired(run, now, timing):
        return run_start.try_again(state, run, now)
    if isinstance(seen, Refused):
        return handle_refused_job_run(state, run.job_run_id, seen, now, timing)
    return handle_job_run(state, seen, now, timing) if seen else Transition(state)


def _is_ours(run: Run, seen: JobStatus) -> bool:
    """By its id; if no start is recorded (the answer was lost, or is not written yet), by its --RUN_ID."""
    if run.job_run_id:
        return seen.job_run_id == run.job_run_id
    return seen.label == job_label(run.id, run.step, run.attempt)


def _end_step(state: State, run: Run, seen: JobStatus, now: float) -> Transition:
    if seen.state == "SUCCEEDED":
        return run_steps.complete_step(state, run, now)
    cause = seen.cause or f"The job run ended as {seen.state}."
    failure = Failure(_FAILURES[seen.state], cause, run.current.name, job_run_id=seen.job_run_id)
    return run_steps.fail_step(state, run, failure, now)
