"""Glue jobs: start each run once, and get its status.

StartJobRun has no client token. So the SDK does not retry it, and before a start is repeated, the job's runs are
searched for one that an earlier try has started.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from landfall.adapters.aws_errors import attempt_call, error_to_result, shorten
from landfall.adapters.clients import Clients
from landfall.model.observations import Attempted, Busy, JobStatus, Refused, Started, StopAsked, StopAttempted
from landfall.model.pipelines import JobStep, Pipeline

if TYPE_CHECKING:
    from botocore.paginate import PageIterator
    from mypy_boto3_glue.type_defs import GetJobRunsResponseTypeDef, JobRunTypeDef

RUN_ID = "--RUN_ID"
_PAGE = 200  # the limit of GetJobRuns
_NOT_ENDED = ("STARTING", "RUNNING", "WAITING", "STOPPING")
_CLOCK_SKEW = 60.0  # seconds; Glue's clock is never further behind than that


class GlueJobs:
    """Job runs. `label` is the --RUN_ID of a job run: the run, step and attempt of a pipeline that it is for."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def start(self, job: str, arguments: Mapping[str, str], repeated_since: float | None) -> Attempted:
        """Start a run of the job, unless one with the same --RUN_ID exists.

        `repeated_since`: the time of the first try (seconds); None if this is the first.
        """

        def call() -> Attempted:
            found = "" if repeated_since is None else self._find(job, arguments[RUN_ID], repeated_since)
            if found:
                return Started(job_run_id=found)
            answer = self._clients.glue_once.start_job_run(JobName=job, Arguments=arguments)
            return Started(job_run_id=answer["JobRunId"])

        return attempt_call(call)

    def _find(self, job: str, label: str, since: float) -> str:
        """The id of the job run with this label, or empty. Newest come first, and none is older than the first try."""
        for page in self._pages(job):
            runs = page["JobRuns"]
            found = next((run["Id"] for run in runs if run.get("Arguments", {}).get(RUN_ID) == label), "")
            if found or any(run["StartedOn"].timestamp() < since - _CLOCK_SKEW for run in runs):
                return found
        return ""

    def start_stream(self, job: str, label: str, since: float) -> Attempted:
        """Start a run of the streaming job, unless one with this label exists or any is under way.

        `since`: the time of the first try of this start (seconds). A run that is still STOPPING makes it Busy.
        """

        def call() -> Attempted:
            found = self._find_stream_run(job, label, since)
            if found:
                return Busy() if found["JobRunState"] == "STOPPING" else Started(job_run_id=found["Id"])
            answer = self._clients.glue_once.start_job_run(JobName=job, Arguments={RUN_ID: label})
            return Started(job_run_id=answer["JobRunId"])

        return attempt_call(call)

    def stop_stream(self, job: str, label: str, job_run_id: str, since: float) -> StopAttempted:
        """Stop this run of the streaming job; without an id, the one that `start_stream` would find."""

        def call() -> StopAttempted:
            found = job_run_id or (self._find_stream_run(job, label, since) or {"Id": ""})["Id"]
            if found:
                # Errors of this run (for example that it has ended) show in its status, which is checked later.
                self._clients.glue.batch_stop_job_run(JobName=job, JobRunIds=[found])
            return StopAsked(found)

        return attempt_call(call)

    def _find_stream_run(self, job: str, label: str, since: float) -> "JobRunTypeDef | None":
        """The job run with this label in any state, else one that has not ended."""
        for page in self._pages(job):
            runs = page["JobRuns"]
            ours = (run for run in runs if run.get("Arguments", {}).get(RUN_ID) == label)
            others = (run for run in runs if run["JobRunState"] in _NOT_ENDED)
            found = next(ours, None) or next(others, None)
            if found or any(run["StartedOn"].timestamp() < since - _CLOCK_SKEW for run in runs):
                return found
        return None

    def _pages(self, job: str) -> "PageIterator[GetJobRunsResponseTypeDef]":
        """The job's runs, newest first."""
        paginator = self._clients.glue.get_paginator("get_job_runs")
        return paginator.paginate(JobName=job, PaginationConfig={"PageSize": _PAGE})

    def get_run_status(self, job: str, job_run_id: str) -> JobStatus | Busy | Refused:
        """The status of a job run; Busy when AWS throttles the call. Raises botocore's error when AWS itself fails."""
        try:
            found = self._clients.glue.get_job_run(JobName=job, RunId=job_run_id)["JobRun"]
        except ClientError as error:
            return error_to_result(error)
        ended = found.get("CompletedOn")
        return JobStatus(
            job=job,
            job_run_id=job_run_id,
            label=found.get("Arguments", {}).get(RUN_ID, ""),
            state=found["JobRunState"],
            cause=shorten(found.get("ErrorMessage", "")),
            ended_at=ended.timestamp() if ended else 0.0,
        )


def arguments_of(pipeline: Pipeline, step: int, label: str) -> dict[str, str]:
    """The arguments of a job step's run; the default arguments of the job apply in addition."""
    job, source = pipeline.steps[step], pipeline.crawl_before(step)
    assert isinstance(job, JobStep)  # noqa: S101  # only a job is started with arguments
    # The first crawl lists the uploads; where the table of a later crawl is stored, only the definition can say.
    uploads = {"--SOURCE_S3": f"s3://{pipeline.bucket}/{pipeline.prefix}"} if source is pipeline.first_crawl else {}
    return {
        **uploads,
        **dict(job.arguments),
        "--SOURCE_DB": source.database,
        "--SOURCE_TABLE": source.table,
        RUN_ID: label,
    }
