"""A job is started once: before a start is repeated, the job's runs are searched for the one with the same label."""

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from landfall.adapters.glue_jobs import GlueJobs
from landfall.model.observations import Attempted, Busy, JobStatus, Refused, Started, Unknown
from verification.examples.builders import NOW

LABEL = "run-1-1-1"


def job_run(number: int, started_at: float, label: str = "") -> dict[str, Any]:
    arguments = {"Arguments": {"--RUN_ID": label}} if label else {}  # a stranger's may have none at all
    return {"Id": f"jr_{number}", "StartedOn": datetime.fromtimestamp(started_at, timezone.utc), **arguments}


def refused(operation: str, code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class Glue:
    """Glue with these pages of job runs, newest first, that answers like boto3."""

    def __init__(self, *pages: list[dict[str, Any]], error: ClientError | None = None) -> None:
        self.pages, self.error = pages, error
        self.read, self.started = 0, 0

    def get_paginator(self, operation: str) -> "Glue":
        assert operation == "get_job_runs"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        for page in self.pages:
            self.read += 1
            yield {"JobRuns": page}

    def start_job_run(self, **request: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        self.started += 1
        return {"JobRunId": "jr_new"}

    def get_job_run(self, **request: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"JobRun": job_run(1, NOW) | {"JobRunState": "FAILED", "ErrorMessage": "x" * 3_000}}


def jobs(glue: Glue) -> GlueJobs:
    clients: Any = SimpleNamespace(glue=glue, glue_once=glue)
    return GlueJobs(clients)


def start(glue: Glue, repeated_since: float | None = NOW) -> Attempted:
    return jobs(glue).start("person-curate", {"--RUN_ID": LABEL}, repeated_since)


def test_a_first_try_starts_without_a_search() -> None:
    glue = Glue([job_run(1, NOW, LABEL)])

    assert start(glue, repeated_since=None) == Started(job_run_id="jr_new")
    assert (glue.read, glue.started) == (0, 1)


def test_a_repeat_takes_the_run_that_an_earlier_try_has_started() -> None:
    glue = Glue([job_run(3, NOW + 9), job_run(2, NOW + 5, "run-1-1-2")], [job_run(1, NOW + 1, LABEL)])

    assert start(glue) == Started(job_run_id="jr_1")
    assert glue.started == 0


def test_a_repeat_starts_what_no_try_has_started() -> None:
    glue = Glue([job_run(2, NOW + 9), job_run(1, NOW + 5, "run-1-1-2")])

    assert start(glue) == Started(job_run_id="jr_new")


def test_the_search_ends_with_runs_that_are_older_than_the_first_try() -> None:
    glue = Glue([job_run(3, NOW + 9), job_run(2, NOW - 3_600)], [job_run(1, NOW - 7_200, LABEL)])

    assert start(glue) == Started(job_run_id="jr_new")
    assert glue.read == 1


@pytest.mark.parametrize(
    "code", ["ConcurrentRunsExceededException", "ResourceNumberLimitExceededException", "ThrottlingException"]
)
def test_what_others_will_free_again_is_busy(code: str) -> None:
    assert start(Glue([], error=refused("StartJobRun", code))) == Busy()


@pytest.mark.parametrize(("code", "status"), [("OperationTimeoutException", 400), ("InternalServiceException", 500)])
def test_an_error_that_leaves_it_open_is_unknown(code: str, status: int) -> None:
    assert isinstance(start(Glue([], error=refused("StartJobRun", code, status))), Unknown)


@pytest.mark.parametrize(
    ("code", "kind"), [("EntityNotFoundException", "refused"), ("AccessDeniedException", "access denied")]
)
def test_what_aws_refuses_for_good_is_told_in_its_words(code: str, kind: str) -> None:
    error = refused("StartJobRun", code)
    asked: list[Callable[[], object]] = [
        lambda: start(Glue([], error=error)),
        lambda: jobs(Glue(error=error)).get_run_status("person-curate", "jr_1"),
    ]

    assert [ask() for ask in asked] == [Refused(kind, f"StartJobRun: {code}: m")] * 2


def test_a_look_tells_the_state_and_glue_s_message_cut_short() -> None:
    seen = jobs(Glue()).get_run_status("person-curate", "jr_1")

    assert isinstance(seen, JobStatus)
    assert (seen.state, seen.label, len(seen.cause)) == ("FAILED", "", 2_000)


def test_a_throttled_look_is_busy() -> None:
    assert (
        jobs(Glue(error=refused("GetJobRun", "ThrottlingException"))).get_run_status("person-curate", "jr_1") == Busy()
    )
