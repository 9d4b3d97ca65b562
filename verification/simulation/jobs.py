"""Glue's jobs: runs that are started, found, stopped and lost, and endings with and without an event."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from verification.simulation import errors
from verification.simulation.scheduler import Entry

if TYPE_CHECKING:
    from verification.simulation.world import World

TOLD = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")  # the ends that have an event
UNTOLD = ("ERROR", "EXPIRED")
_PAGE = 1  # Glue may give fewer than it was asked for
# For so long Glue may not show a run: our lease, less the life of the function that started it and the skew.
_LAG = 70.0 - 60.0 - 2.0
LIST_LAG = _LAG  # of GetJobRuns


def label_of(run: str, step: int, attempt: int) -> str:
    """What the run of a job for this attempt must carry as --RUN_ID."""
    return f"{run}-{step}-{attempt}"


@dataclass(slots=True, eq=False)
class JobRun:
    """One run of a job, with what only the model knows: who started it, and how it will end."""

    id: str
    job: str
    arguments: dict[str, str]
    by: str
    began: float
    stamp: float  # the same moment by Glue's clock
    outcome: str
    shown_from: float  # by GetJobRun
    listed_from: float  # by GetJobRuns
    state: str = "STARTING"
    ended_at: float | None = None
    gone: bool = False  # deleted with its job
    ends: Entry | None = None
    past: tuple[float, str] = (0.0, "STARTING")  # until when, and what was shown then

    @property
    def label(self) -> str:
        return self.arguments.get("--RUN_ID", "")

    @property
    def goes_on(self) -> bool:
        return self.ended_at is None and not self.gone


@dataclass(slots=True, eq=False)
class Job:
    """A job; `away` is the code it answers with while it is deleted or forbidden."""

    name: str
    most: int  # MaxConcurrentRuns
    runs: list[JobRun] = field(default_factory=list)
    away: str = ""


class GlueJobs:
    """The jobs of one schedule: as boto3's client, and as what strangers and the schedule do to them."""

    def __init__(self, world: "World", quick: bool) -> None:
        self._world, self._quick = world, quick
        self._random = Random(f"{world.seed}/jobs")
        self.jobs: dict[str, Job] = {}
        self._count = 0

    def add(self, name: str, most: int) -> None:
        self.jobs[name] = Job(name, most)

    @property
    def runs(self) -> list[JobRun]:
        """Every run that is not deleted, oldest first within its job."""
        return [run for job in self.jobs.values() for run in job.runs if not run.gone]

    def labelled(self, label: str) -> JobRun | None:
        """Our run with this label."""
        return next((run for run in self.runs if run.by == "us" and run.label == label), None)

    def succeeded(self, label: str) -> bool:
        """Whether our run with this label has; its job may have been deleted since, and the run with it."""
        made = (run for job in self.jobs.values() for run in job.runs if run.by == "us" and run.label == label)
        return any(run.state == "SUCCEEDED" for run in made)

    # The client's methods, as the application calls them

    def start_job_run(self, *, JobName: str, Arguments: dict[str, str]) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            if self._world.faults.hit("stranger before job"):
                self.stranger_starts(JobName)
            return {"JobRunId": self._start(JobName, "us", dict(Arguments)).id}

        return self._world.fault_injection.call("glue", "StartJobRun", f"{JobName} {Arguments['--RUN_ID']}", effect)

    def get_job_run(self, *, JobName: str, RunId: str) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            job = self._found(JobName, "GetJobRun")
            run = next((run for run in job.runs if run.id == RunId and not run.gone), None)
            if run is None:
                self._world.oracle.refused()
            if run is None or self._world.scheduler.now < run.shown_from:
                raise errors.refused("GetJobRun", "EntityNotFoundException", f"Job run {RunId} not found")
            return {"JobRun": self._shown(run)}

        return self._world.fault_injection.call("glue", "GetJobRun", RunId, effect)

    def get_paginator(self, operation: str) -> "GlueJobs":
        assert operation == "get_job_runs"
        return self

    def paginate(self, *, JobName: str, PaginationConfig: dict[str, int]) -> Iterator[dict[str, Any]]:
        start, more = 0, True
        while more:
            page, more = self._world.fault_injection.call(
                "glue", "GetJobRuns", JobName, partial(self._page, JobName, start)
            )
            start += _PAGE
            yield page

    def _page(self, name: str, start: int) -> tuple[dict[str, Any], bool]:
        """Runs newest first, and whether there are more."""
        job, now = self._found(name, "GetJobRuns"), self._world.scheduler.now
        shown = [run for run in reversed(job.runs) if not run.gone and now >= run.listed_from]
        page = [self._shown(run) for run in shown[start : start + _PAGE]]
        return {"JobRuns": page}, start + _PAGE < len(shown)

    # The model

    def _found(self, name: str, operation: str) -> Job:
        job = self.jobs[name]
        if job.away:
            raise self._away(job, operation)
        return job

    def _away(self, job: Job, operation: str) -> ClientError:
        self._world.oracle.refused()
        return errors.refused(operation, job.away, f"{job.name} cannot be used")

    def _shown(self, run: JobRun) -> dict[str, Any]:
        state = run.state
        if self._world.scheduler.now < run.past[0] and self._world.faults.hit("stale look"):
            state = run.past[1]
        self._world.say("glue", "shows", run.id, run.job, run.label, state)
        started = datetime.fromtimestamp(round(run.stamp, 3), timezone.utc)
        shown: dict[str, Any] = {"Id": run.id, "JobName": run.job, "StartedOn": started, "JobRunState": state}
        if run.arguments:
            shown["Arguments"] = run.arguments
        if state == "FAILED":
            shown["ErrorMessage"] = "AnalysisException: cannot be found"
        return shown

    def _start(self, name: str, by: str, arguments: dict[str, str]) -> JobRun:
        job, world = self._found(name, "StartJobRun"), self._world
        if sum(run.goes_on for run in job.runs) >= job.most:
            raise errors.refused(
                "StartJobRun", "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}"
            )
        now = world.scheduler.now
        late = self._random.random() if world.faults.hit("job run not shown yet") else 0.0
        self._count += 1
        run = JobRun(
            id=f"jr_{self._count}",
            job=name,
            arguments=arguments,
            by=by,
            began=now,
            stamp=now + world.glue.skew,
            outcome=self._outcome(),
            shown_from=now + late * _LAG,
            listed_from=now + late * LIST_LAG,
        )
        job.runs.append(run)
        run.ends = world.scheduler.after(self._lasting(), lambda: self._end(run))
        world.say("glue", f"{run.id} of {name} begins, started by {by}", run.label)
        world.oracle.job_began(run)
        world.workload.job_began(name, by)
        return run

    def _outcome(self) -> str:
        if self._world.faults.hit("job ends untold"):
            return self._random.choice(UNTOLD)
        return self._random.choice(TOLD[1:]) if self._world.faults.hit("job fails") else "SUCCEEDED"

    def _lasting(self) -> float:
        """How long a run goes on: some are over before anybody has looked, one in thirty outlasts all else."""
        if self._quick:
            return self._random.uniform(0.1, 3)
        seconds = self._random.choice((5, 60, 180)) * self._random.random()
        return 1 + seconds * (10 if self._random.random() < 1 / 30 else 1)

    def _end(self, run: JobRun) -> None:
        now = self._world.scheduler.now
        run.past, run.state, run.ended_at, run.ends = (now + 0.4, "RUNNING"), run.outcome, now, None
        self._world.say("glue", f"{run.id} of {run.job} has ended: {run.outcome}")
        if run.outcome in TOLD:
            detail = {"jobName": run.job, "state": run.outcome, "jobRunId": run.id}
            event = {"source": "aws.glue", "detail-type": "Glue Job State Change", "detail": detail}
            self._world.delivery.best_effort("job-state", event, f"end of {run.id}")
        self._world.workload.job_ended(run.job)

    # Strangers and the schedule

    def stranger_starts(self, name: str) -> None:
        """Somebody else starts the job, if it is free; by hand, without a label, or with one of their own."""
        job = self.jobs[name]
        if not job.away and sum(run.goes_on for run in job.runs) < job.most:
            self._start(name, "a stranger", self._random.choice(({}, {"--RUN_ID": "2026-01-06"})))

    def stranger_stops(self, name: str) -> None:
        """Somebody else stops the newest run of the job: it is STOPPING for a while."""
        run = next((run for run in reversed(self.jobs[name].runs) if run.goes_on), None)
        if run is None or run.ends is None or run.state == "STOPPING":
            return
        run.ends.cancel()
        run.state, run.outcome = "STOPPING", "STOPPED"
        run.ends = self._world.scheduler.after(self._random.uniform(0.1, 30), lambda: self._end(run))
        self._world.say("glue", f"{run.id} of {name} is stopping")

    def leave(self, name: str, code: str) -> None:
        """The job is deleted with all its runs, or may no longer be used."""
        job = self.jobs[name]
        job.away = code
        self._world.say("schedule", f"{name} is away: {code}")
        if code == "EntityNotFoundException":
            for run in job.runs:
                run.gone = True
                if run.ends:
                    run.ends.cancel()

    def come_back(self, name: str) -> None:
        """It exists again, without the runs that it had, or may be used again."""
        if self.jobs[name].away:
            self.jobs[name].away = ""
            self._world.oracle.disturbed()
            self._world.say("schedule", f"{name} is back")

    def all_come_back(self) -> None:
        for name in self.jobs:
            self.come_back(name)
