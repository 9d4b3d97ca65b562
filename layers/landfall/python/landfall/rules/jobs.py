"""Endings of jobs, by what GetJobRun says."""

from landfall.outcomes import JobSeen, Refused, job_label
from landfall.pipelines import JobStep
from landfall.rules import starts, steps
from landfall.rules.change import Change, Timing
from landfall.state import Failure, Run, State

# Every end but SUCCEEDED. STARTING, RUNNING, STOPPING and WAITING (for resources) are none.
_FAILURES = {
    "FAILED": "job failed",
    "TIMEOUT": "job timed out",
    "STOPPED": "job stopped",
    "ERROR": "job error",
    "EXPIRED": "job expired",
}


def concerns(state: State, job: str) -> bool:
    """Whether the run in flight is at a step of this job, so that an end of one of the job's runs matters."""
    return state.run is not None and isinstance(state.run.current, JobStep) and state.run.current.job == job


def job_seen(state: State, seen: JobSeen, now: float, timing: Timing) -> Change:
    """Decide by how one run of the job goes: ours ends the step, a stranger's end makes room for a try that waits."""
    run = state.run
    if run is None or not concerns(state, seen.job):
        return Change(state)
    is_over = seen.state == "SUCCEEDED" or seen.state in _FAILURES
    if is_over and _is_ours(run, seen):
        return _ended(state, run, seen, now)
    if starts.lease_over(run, now, timing) or (is_over and run.status == "waiting"):
        return starts.next_try(state, run, now)
    return Change(state)


def job_refused(state: State, job_run_id: str, refused: Refused, now: float, timing: Timing) -> Change:
    """Our job run has vanished, or we may not look at it: nobody will ever tell how it ended.

    Glue may not show at once what it has just started, so this counts from the lease on only.
    """
    run = state.run
    if run is None or not job_run_id or run.job_run_id != job_run_id or now <= run.try_started_at + timing.lease:
        return Change(state)
    failure = Failure(refused.kind, refused.cause, run.current.name, job_run_id=job_run_id)
    return steps.failed(state, run, failure, now, again=False)


def swept(state: State, run: Run, seen: JobSeen | Refused | None, now: float, timing: Timing) -> Change:
    """What the watchdog does about a job; `seen` is its run, where one is known and AWS said something."""
    if run.status == "waiting" or starts.lease_over(run, now, timing):
        return starts.next_try(state, run, now)
    if isinstance(seen, Refused):
        return job_refused(state, run.job_run_id, seen, now, timing)
    return job_seen(state, seen, now, timing) if seen else Change(state)


def _is_ours(run: Run, seen: JobSeen) -> bool:
    """By its id; where no start was recorded (its answer was lost, or is on its way), by its --RUN_ID."""
    if run.job_run_id:
        return seen.job_run_id == run.job_run_id
    return seen.label == job_label(run.id, run.step, run.attempt)


def _ended(state: State, run: Run, seen: JobSeen, now: float) -> Change:
    if seen.state == "SUCCEEDED":
        return steps.succeeded(state, run, now)
    cause = seen.cause or f"The job run ended as {seen.state}."
    failure = Failure(_FAILURES[seen.state], cause, run.current.name, job_run_id=seen.job_run_id)
    return steps.failed(state, run, failure, now)
