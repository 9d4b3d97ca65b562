"""Glue jobs: each run started once, and how it goes.

StartJobRun has no client token. So the SDK does not retry it, and before a start is repeated the job's runs are
searched for the one that an earlier try may have left behind.
"""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from landfall.aws import attempt, no_answer, short
from landfall.clients import Clients
from landfall.outcomes import Attempted, Busy, JobSeen, Refused, Started
from landfall.pipelines import JobStep, Pipeline

RUN_ID = "--RUN_ID"
_PAGE = 200  # GetJobRuns gives no more at a time
_CLOCKS = 60.0  # by so many seconds Glue's clock is never behind ours


class Jobs:
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

        return attempt(call)

    def _find(self, job: str, label: str, since: float) -> str:
        """The job run with this label, or nothing. Newest come first; older than the first try none can be."""
        pages = self._clients.glue.get_paginator("get_job_runs").paginate(
            JobName=job, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            runs = page["JobRuns"]
            found = next((run["Id"] for run in runs if run.get("Arguments", {}).get(RUN_ID) == label), "")
            if found or any(run["StartedOn"].timestamp() < since - _CLOCKS for run in runs):
                return found
        return ""

    def look_at(self, job: str, job_run_id: str) -> JobSeen | Busy | Refused:
        """How a job run goes; Busy when AWS throttles us. Raises botocore's error when AWS itself fails."""
        try:
            found = self._clients.glue.get_job_run(JobName=job, RunId=job_run_id)["JobRun"]
        except ClientError as error:
            return no_answer(error)
        return JobSeen(
            job=job,
            job_run_id=job_run_id,
            label=found.get("Arguments", {}).get(RUN_ID, ""),
            state=found["JobRunState"],
            cause=short(found.get("ErrorMessage", "")),
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
