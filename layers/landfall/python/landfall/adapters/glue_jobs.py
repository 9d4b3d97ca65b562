"""Glue jobs: each run started once, and how it goes.

StartJobRun has no client token. So the SDK does not retry it, and before a start is repeated the job's runs are
searched for the one that an earlier try may have left behind.
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
_PAGE = 200  # GetJobRuns gives no more at a time
_NOT_ENDED = ("STARTING", "RUNNING", "WAITING", "STOPPING")
_CLOCKS = 60.0  # by so many seconds Glue's clock is never behind ours


class GlueJobs:
    """Job runs. `label` is a run's --RUN_ID: which run, step and attempt of a pipeline it is for."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def start(self, job: str, arguments: Mapping[str, str], repeated_since: float | None) -> Attempted:
        """Start a run of the job, or find the one that has these arguments' --RUN_ID already.

        `repeated_since`: when the first try was made (seconds); None when this is the first.
        """

        def call() -> Attempted:
            found = "" if repeated_since is None else self._find(job, arguments[RUN_ID], repeated_since)
            if found:
                return Started(job_run_id=found)
            answer = self._clients.glue_once.start_job_run(JobName=job, Arguments=arguments)
            return Started(job_run_id=answer["JobRunId"])

        return attempt_call(call)

    def _find(self, job: str, label: str, since: float) -> str:
        """The job run with this label, or nothing. Newest come first; older than the first try none can be."""
        for page in self._pages(job):
            runs = page["JobRuns"]
            found = next((run["Id"] for run in runs if run.get("Arguments", {}).get(RUN_ID) == label), "")
            if found or any(run["StartedOn"].timestamp() < since - _CLOCKS for run in runs):
                return found
        return ""

    def start_stream(self, job: str, label: str, since: float) -> Attempted:
        """Start a run of the streaming job, unless one is there: one with this label, or any that is under way.

        `since`: when the first try of this start was made (seconds). One that is still STOPPING is in the way.
        """

        def call() -> Attempted:
            found = self._find_stream_run(job, label, since)
            if found:
                return Busy() if found["JobRunState"] == "STOPPING" else Started(job_run_id=found["Id"])
            answer = self._clients.glue_once.start_job_run(JobName=job, Arguments={RUN_ID: label})
            return Started(job_run_id=answer["JobRunId"])

        return attempt_call(call)

    def stop_stream(self, job: str, label: str, job_run_id: str, since: float) -> StopAttempted:
        """Stop this run of the streaming job; without an id, the one that is there, as `start_stream` would find it."""

        def call() -> StopAttempted:
            found = job_run_id or (self._find_stream_run(job, label, since) or {"Id": ""})["Id"]
            if found:
                # What is wrong with this one run (such as: it has ended) is seen when it is looked at.
                self._clients.glue.batch_stop_job_run(JobName=job, JobRunIds=[found])
            return StopAsked(found)

        return attempt_call(call)

    def _find_stream_run(self, job: str, label: str, since: float) -> "JobRunTypeDef | None":
        """The job's run with this label, however it goes, else one that has not ended."""
        for page in self._pages(job):
            runs = page["JobRuns"]
            ours = (run for run in runs if run.get("Arguments", {}).get(RUN_ID) == label)
            others = (run for run in runs if run["JobRunState"] in _NOT_ENDED)
            found = next(ours, None) or next(others, None)
            if found or any(run["StartedOn"].timestamp() < since - _CLOCKS for run in runs):
                return found
        return None

    def _pages(self, job: str) -> "PageIterator[GetJobRunsResponseTypeDef]":
        """The job's runs, newest first."""
        paginator = self._clients.glue.get_paginator("get_job_runs")
        return paginator.paginate(JobName=job, PaginationConfig={"PageSize": _PAGE})

    def get_run_status(self, job: str, job_run_id: str) -> JobStatus | Busy | Refused:
        """How a job run goes; Busy when AWS throttles us. Raises botocore's error when AWS itself fails."""
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
    """What a run of a job step is started with; the job's own default arguments fill in what is not here."""
    job, source = pipeline.steps[step], pipeline.crawl_before(step)
    assert isinstance(job, JobStep)  # noqa: S101  # only a job is started with arguments
    # What was uploaded is what the first crawl lists; where a later crawl's table lies, only the definition can tell.
    uploads = {"--SOURCE_S3": f"s3://{pipeline.bucket}/{pipeline.prefix}"} if source is pipeline.first_crawl else {}
    return {
        **uploads,
        **dict(job.arguments),
        "--SOURCE_DB": source.database,
        "--SOURCE_TABLE": source.table,
        RUN_ID: label,
    }
