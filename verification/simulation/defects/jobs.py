"""Defects of jobs: of their starts, which have no client token, and of their endings, some of which have no event."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError, HTTPClientError

from landfall.adapters.glue_jobs import GlueJobs
from landfall.model.observations import JobStatus, job_label
from landfall.rules import jobs, run_steps, sweep
from landfall.rules.transition import StartTry, Timing, Transition
from verification.simulation import jobs as model
from verification.simulation.defects.seeding import Replacement, defect


@defect
def job_is_started_again_without_a_search() -> list[Replacement]:
    """A repeated start does not look whether an earlier try has started the job."""
    return [(GlueJobs, "_find", lambda self, job, label, since: "")]


@defect
def job_is_searched_without_the_attempt() -> list[Replacement]:
    """The search takes the job run of an earlier attempt of the same step."""
    real = GlueJobs._find

    def careless(self: Any, job: str, label: str, since: float) -> str:
        earlier = label.rpartition("-")[0] + "-1"
        return real(self, job, label, since) or real(self, job, earlier, since)

    return [(GlueJobs, "_find", careless)]


@defect
def sdk_retries_the_start_of_a_job() -> list[Replacement]:
    """A start without an answer is repeated at once, as the SDK does with every other call."""
    real = GlueJobs.start

    class Retrying:
        def __init__(self, glue: Any) -> None:
            self.glue = glue

        def start_job_run(self, **request: Any) -> Any:
            try:
                return self.glue.start_job_run(**request)
            except (HTTPClientError, ClientError):
                return self.glue.start_job_run(**request)

    def retried(self: Any, job: str, arguments: Any, since: Any) -> Any:
        with patch.object(self._clients, "glue_once", Retrying(self._clients.glue)):
            return real(self, job, arguments, since)

    return [(GlueJobs, "start", retried)]


@defect
def lease_is_shorter_than_the_lag_of_get_job_runs() -> list[Replacement]:
    """What P2 rests on: here GetJobRuns may show a run when the lease is long over, up to fifty minutes late."""
    return [(model, "LIST_LAG", 3_000.0)]


@defect
def any_run_of_the_job_is_ours() -> list[Replacement]:
    """The end of a job run is counted by the job's name, not by the run's id."""
    return [(jobs, "_is_ours", lambda run, seen: True)]


@defect
def end_of_a_job_run_in_the_way_ends_the_step() -> list[Replacement]:
    """While a try waits for somebody else's job run, that run's end is taken for ours."""
    real = jobs.handle_job_run

    def careless(state: Any, seen: JobStatus, *rest: Any) -> Transition:
        run = state.run
        if run and run.status == "waiting":
            seen = replace(seen, label=job_label(run.id, run.step, run.attempt))
        return real(state, seen, *rest)

    return [(jobs, "handle_job_run", careless)]


@defect
def job_run_of_an_older_attempt_counts() -> list[Replacement]:
    """The next attempt of a step keeps the job run id of the one that failed."""
    real = run_steps.fail_step

    def keeping(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Transition:
        change = real(state, run, failure, now, again=again)
        retried = change.state.run
        if retried is None:
            return change
        kept = replace(retried, job_run_id=run.job_run_id)
        return replace(change, state=replace(change.state, run=kept), command=change.command and StartTry.of(kept))

    return [(run_steps, "fail_step", keeping)]


@defect
def failed_job_taken_for_success() -> list[Replacement]:
    """A job run that has ended has succeeded."""
    real = jobs._end_step
    return [(jobs, "_end_step", lambda state, run, seen, now: real(state, run, replace(seen, state="SUCCEEDED"), now))]


@defect
def ends_without_an_event_are_overlooked() -> list[Replacement]:
    """Only the ends that have an event are known: ERROR and EXPIRED are none."""
    told = {state: kind for state, kind in jobs._FAILURES.items() if state not in ("ERROR", "EXPIRED")}
    return [(jobs, "_FAILURES", told)]


@defect
def watchdog_ignores_job_runs() -> list[Replacement]:
    """The sweep does not ask how the job run in flight goes."""
    return [(sweep, "find_job_run", lambda state: None)]


@defect
def vanished_job_run_is_waited_for() -> list[Replacement]:
    """A job run that Glue no longer knows is taken to go on."""
    return [(jobs, "handle_refused_job_run", lambda state, *rest: Transition(state))]


@defect
def job_run_not_shown_yet_is_taken_for_gone() -> list[Replacement]:
    """A job run that Glue does not know fails its run, also one that was started just now."""
    real = jobs.handle_refused_job_run

    def hasty(state: Any, job_run_id: str, refused: Any, now: float, timing: Timing) -> Transition:
        return real(state, job_run_id, refused, now, Timing(timing.clock_skew, 0.0))

    return [(jobs, "handle_refused_job_run", hasty)]
