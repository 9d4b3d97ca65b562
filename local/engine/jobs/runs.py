"""A run of a job: what it was started with, how it stands, and how Glue shows it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LOG_GROUP = "/aws-glue/jobs"
ACTIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
_OVERRIDES = (
    "ExecutionClass", "MaxCapacity", "NotificationProperty", "NumberOfWorkers", "SecurityConfiguration", "Timeout",
    "WorkerType",
)  # fmt: skip
_WORKER_UNITS = {"G.025X": 0.25, "Standard": 1.0, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0}
_PYTHON_SHELL_UNITS = 0.0625


@dataclass(eq=False)
class JobRun:
    """One run. The job's definition is that of its start, so a change meanwhile is the next run's."""

    run_id: str
    job: str
    definition: Mapping[str, Any]
    arguments: Mapping[str, str]
    """Those of this run only; the job's own are in the definition."""

    started: float
    attempt: int = 0
    previous: str | None = None
    state: str = "STARTING"
    running_since: float | None = None
    ended: float | None = None
    changed: float = 0.0
    error: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def command(self) -> Mapping[str, str]:
        """Name, ScriptLocation and PythonVersion."""
        return self.definition.get("Command") or {}

    @property
    def timeout_minutes(self) -> float | None:
        """After how many minutes of running it ends as TIMEOUT; None for a streaming job that has no limit."""
        given = self.definition.get("Timeout")
        return float(given) if given else None

    @property
    def delay_minutes(self) -> float | None:
        """After how many minutes of running its owner wants to hear that it still runs."""
        delay = (self.definition.get("NotificationProperty") or {}).get("NotifyDelayAfter")
        return float(delay) if delay else None

    def all_arguments(self) -> dict[str, str]:
        """The job's arguments, with the run's in their place, and the job's last word over both."""
        job = self.definition
        fixed = job.get("NonOverridableArguments") or {}
        merged = {**(job.get("DefaultArguments") or {}), **self.arguments, **fixed}
        return {str(name): str(value) for name, value in merged.items()}

    def record(self, now: float) -> dict[str, Any]:
        """The JobRun of GetJobRun."""
        capacity = _capacity(self.definition)
        record: dict[str, Any] = {
            "Id": self.run_id,
            "Attempt": self.attempt,
            "JobName": self.job,
            "JobMode": self.definition.get("JobMode") or "SCRIPT",
            "JobRunQueuingEnabled": False,
            "StartedOn": self.started,
            "LastModifiedOn": self.changed or self.started,
            "JobRunState": self.state,
            "Arguments": dict(self.arguments),
            "PredecessorRuns": [],
            "AllocatedCapacity": int(capacity),
            "ExecutionTime": int((self.ended or now) - self.running_since) if self.running_since else 0,
            "MaxCapacity": capacity,
            "LogGroupName": LOG_GROUP,
            "GlueVersion": str(self.definition.get("GlueVersion")),
            "ExecutionClass": self.definition.get("ExecutionClass") or "STANDARD",
        }
        if self.command.get("Name") != "pythonshell":
            record["WorkerType"] = self.definition.get("WorkerType") or "G.1X"
            record["NumberOfWorkers"] = int(self.definition.get("NumberOfWorkers") or 2)
        if self.timeout_minutes:
            record["Timeout"] = int(self.timeout_minutes)
        for name in ("MaintenanceWindow", "NotificationProperty", "SecurityConfiguration"):
            if self.definition.get(name):
                record[name] = self.definition[name]
        later = {"PreviousRunId": self.previous, "CompletedOn": self.ended, "ErrorMessage": self.error}
        return record | {name: value for name, value in later.items() if value is not None}


def first_run(job: Mapping[str, Any], request: Mapping[str, Any], now: float) -> JobRun:
    """The run that StartJobRun asks for."""
    overrides = {name: request[name] for name in _OVERRIDES if request.get(name) is not None}
    return JobRun(
        run_id=f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
        job=job["Name"],
        definition={**job, **overrides},
        arguments=request.get("Arguments") or {},
        started=now,
    )


def next_attempt(run: JobRun, now: float) -> JobRun | None:
    """The run that follows one that has failed; None if the job allows no more retries."""
    if run.state != "FAILED" or run.attempt >= int(run.definition.get("MaxRetries") or 0):
        return None
    first = run.run_id.partition("_attempt_")[0]
    attempt = run.attempt + 1
    return JobRun(
        run_id=f"{first}_attempt_{attempt}",
        job=run.job,
        definition=run.definition,
        arguments=run.arguments,
        started=now,
        attempt=attempt,
        previous=run.run_id,
    )


def _capacity(definition: Mapping[str, Any]) -> float:
    if definition.get("MaxCapacity"):
        return float(definition["MaxCapacity"])
    if (definition.get("Command") or {}).get("Name") == "pythonshell":
        return _PYTHON_SHELL_UNITS
    units = _WORKER_UNITS.get(str(definition.get("WorkerType")), 1.0)
    return units * int(definition.get("NumberOfWorkers") or 2)
