"""Glue's operations on the runs of jobs, as clients call them: requests in, responses out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.errors import ApiError
from local.engine.jobs.job_runner import Jobs
from local.engine.jobs.runs import JobRun
from local.engine.pages import page

_MOST_IDS = 25
_LARGEST_PAGE = 200


class JobApi:
    """The operations; MiniStack keeps the jobs themselves."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def actions(self) -> Mapping[str, ministack_adapter.Handler]:
        """Operation to handler."""
        return {
            "StartJobRun": self.start_job_run,
            "GetJob": self.get_job,
            "GetJobs": self.get_jobs,
            "GetJobRun": self.get_job_run,
            "GetJobRuns": self.get_job_runs,
            "BatchStopJobRun": self.batch_stop_job_run,
        }

    def start_job_run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin a run."""
        if request.get("JobRunId"):
            raise ApiError("InvalidInputException", "The local engine starts new runs only; leave JobRunId out")
        return {"JobRunId": self._jobs.start(request).run_id}

    def get_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """A job's definition."""
        found = ministack_adapter.job(str(request["JobName"]))
        if found is None:
            raise ApiError("EntityNotFoundException", f"Job {request['JobName']} not found")
        return {"Job": _shown(found)}

    def get_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """The definitions of all jobs."""
        return page("Jobs", [_shown(found) for found in ministack_adapter.jobs()], request, _LARGEST_PAGE)

    def get_job_run(self, request: dict[str, Any]) -> dict[str, Any]:
        """One run."""
        run = self._run(request["JobName"], request["RunId"])
        if run is None:
            raise ApiError(
                "EntityNotFoundException", f"Job Run {request['RunId']} of {request['JobName']} is not found"
            )
        return {"JobRun": run.record(time.time())}

    def get_job_runs(self, request: dict[str, Any]) -> dict[str, Any]:
        """A job's runs, newest first."""
        if int(request.get("MaxResults") or 1) > _LARGEST_PAGE:
            raise ApiError("InvalidInputException", f"MaxResults can be at most {_LARGEST_PAGE}")
        now = time.time()
        return page("JobRuns", [run.record(now) for run in self._jobs.runs(request["JobName"])], request, _LARGEST_PAGE)

    def batch_stop_job_run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask runs to end; each that cannot is an error of its own."""
        name, ids = request["JobName"], request.get("JobRunIds") or []
        if not 0 < len(ids) <= _MOST_IDS:
            raise ApiError("InvalidInputException", f"1 to {_MOST_IDS} job run ids can be given, not {len(ids)}")
        stopped, errors = [], []
        for run_id in ids:
            refusal = self._stop(name, run_id)
            named: dict[str, Any] = {"JobName": name, "JobRunId": run_id}
            if refusal is None:
                stopped.append(named)
            else:
                detail = {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
                errors.append(named | {"ErrorDetail": detail})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def _stop(self, name: str, run_id: str) -> ApiError | None:
        try:
            run = self._run(name, run_id)
        except ApiError as error:
            return error
        if run is None:
            return ApiError("EntityNotFoundException", f"Job Run {run_id} of {name} is not found")
        if not self._jobs.stop(run):
            return ApiError("InvalidInputException", f"Job Run {run_id} cannot be stopped: its state is {run.state}")
        return None

    def _run(self, name: str, run_id: str) -> JobRun | None:
        return next((run for run in self._jobs.runs(name) if run.run_id == run_id), None)


def _shown(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition as Glue answers it: what was not given is left out, and tags have an operation of their own."""
    return {name: value for name, value in definition.items() if value is not None and name != "Tags"}
