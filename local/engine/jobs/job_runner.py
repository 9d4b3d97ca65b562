"""The life of a job's runs: STARTING, RUNNING, STOPPING and the ends; their events, retries and log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from local.engine import events, ministack_adapter
from local.engine.errors import ApiError, JobError
from local.engine.jobs import spark
from local.engine.jobs.launch import Launch, check, launch
from local.engine.jobs.logs import ERRORS, Logs
from local.engine.jobs.runs import ACTIVE, JobRun, first_run, next_attempt
from local.engine.settings import Settings

log = logging.getLogger("landfall.engine")
_LOOK = 0.05
"""Seconds between two looks at a running process."""


class Jobs:
    """The runs of all jobs."""

    def __init__(self, settings: Settings, endpoint: str) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._history = ministack_adapter.scoped_dict()
        self._active: list[JobRun] = []

    def runs(self, name: str) -> list[JobRun]:
        """The runs of a job that exists, newest first."""
        self._definition(name)
        return list(reversed(self._history.get(name, [])))

    def start(self, request: Mapping[str, Any]) -> JobRun:
        """Begin a run; it goes on in a thread of its own."""
        job = self._definition(str(request.get("JobName")))
        limit = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        with self._lock:
            if sum(run.state in ACTIVE for run in self._history.get(job["Name"], [])) >= limit:
                raise ApiError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}")
            run = first_run(job, request, time.time())
            self._begin(run)
        return run

    def stop(self, run: JobRun) -> bool:
        """Ask a run to end; false if it has ended."""
        with self._lock:
            if run.state not in ACTIVE:
                return False
            self._become(run, "STOPPING")
            run.stop.set()
        return True

    def forget_deleted(self, name: str) -> None:
        """Drop a deleted job's history; its runs end."""
        for run in self._history.pop(name, []):
            run.stop.set()

    def end_all(self) -> None:
        """End whatever runs, and forget everything."""
        self._history.clear()
        for run in list(self._active):
            run.stop.set()

    def wait(self, seconds: float) -> None:
        """Return when nothing runs any more, or after so many seconds."""
        deadline = time.monotonic() + seconds
        while self._active and time.monotonic() < deadline:
            time.sleep(_LOOK)

    def _definition(self, name: str) -> dict[str, Any]:
        job = ministack_adapter.job(name)
        if job is None:
            raise ApiError("EntityNotFoundException", f"Job {name} is not found")
        return job

    def _begin(self, run: JobRun) -> None:
        self._history.setdefault(run.job, []).append(run)
        self._active.append(run)
        log.info("job %s: started (%s)", run.job, run.run_id)
        ministack_adapter.run_in_context(lambda: self._live(run), f"job-{run.job}")

    def _live(self, run: JobRun) -> None:
        """All of a run. Whatever goes wrong in it, it ends."""
        logs = Logs(run)
        ending = "FAILED"
        try:
            ending = self._run(run, logs)
        except JobError as error:
            run.error = str(error)
            logs.write(ERRORS, [run.error])
        except Exception:
            log.exception("job %s: failed inside the engine", run.job)
            run.error = "Internal Service Exception"
        logs.wait()
        if run.state == "STOPPING":
            threading.Event().wait(self._settings.stopping_seconds)
        self._end(run, ending)

    def _run(self, run: JobRun, logs: Logs) -> str:
        """How the run ends."""
        with self._lock:
            ending, self._settings.job_ending = self._settings.job_ending, ""
        if ending:
            run.error = f"The setting job_ending of the local engine asked for {ending}"
            return ending
        check(run)
        with spark.slot(run, logs) as may_run:
            if not may_run:
                return "STOPPED"
            with launch(run, logs, self._endpoint) as launched:
                with self._lock:
                    if run.state == "STARTING":
                        self._become(run, "RUNNING")
                        run.running_since = run.changed
                return self._watch(run, launched, logs)

    def _watch(self, run: JobRun, launched: Launch, logs: Logs) -> str:
        begun, told = time.monotonic(), False
        while launched.is_running():
            minutes = (time.monotonic() - begun) / max(self._settings.job_minute_seconds, 1e-9)
            if run.stop.wait(_LOOK):
                return "STOPPED"
            if run.timeout_minutes is not None and minutes > run.timeout_minutes:
                logs.write(ERRORS, [f"Job run timed out after {run.timeout_minutes:g} minutes"])
                return "TIMEOUT"
            if run.delay_minutes is not None and minutes > run.delay_minutes and not told:
                self._announce_delay(run, run.delay_minutes)
                told = True
        run.error = launched.failure()
        return "SUCCEEDED" if run.error is None else "FAILED"

    def _become(self, run: JobRun, state: str) -> None:
        run.state, run.changed = state, time.time()

    def _end(self, run: JobRun, ending: str) -> None:
        with self._lock:
            self._become(run, ending)
            run.ended = run.changed
            self._active.remove(run)
            is_forgotten = run not in self._history.get(run.job, ())
            following = None if is_forgotten else next_attempt(run, run.changed)
            if following:
                # in one step with the end: the retry has the place of the run that failed
                self._begin(following)
        log.info("job %s: %s %s", run.job, ending, run.error or "")
        if ending in ("ERROR", "EXPIRED") or is_forgotten:
            return  # Glue documents no event for them
        detail = events.job_ended(job=run.job, run_id=run.run_id, state=ending, error=run.error)
        self._announce(events.JOB_STATE_CHANGE, detail, run)

    def _announce_delay(self, run: JobRun, delay: float) -> None:
        detail = events.job_delayed(
            job=run.job, run_id=run.run_id, state=run.state, started=run.started, delay=delay
        )  # fmt: skip
        self._announce(events.JOB_RUN_STATUS, detail, run)

    def _announce(self, detail_type: str, detail: dict[str, Any], run: JobRun) -> None:
        try:
            ministack_adapter.put_event(events.GLUE, detail_type, detail)
        except Exception:
            log.exception("job %s: could not tell its state", run.job)
