"""on_job_state on moto, and what starts a job: the event is a hint, GetJobRun decides."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import HTTPClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.models import FakeJob, glue_backends

from landfall.adapters.clients import Clients
from landfall.model.observations import Busy
from landfall.model.state import Run
from landfall.service.application import application
from tests.functional.account import CRAWLER, JOB, Account, Handler, batch, failed
from verification.examples.builders import CURATE, HAS_ROWS
from verification.examples.payloads import payload

STEPS = [
    {"crawl": CRAWLER, "database": "person-db", "table": "_dataprofile"},
    CURATE,
    {"checks": [HAS_ROWS]},
]
ENDS = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMEOUT": "timeout", "STOPPED": "stopped"}


def end(state: str, job_run_id: str) -> dict[str, Any]:
    """The event of this end, of that run."""
    event = payload(f"on_job_state/{ENDS[state]}")
    event["detail"]["jobRunId"] = job_run_id
    return event


def flight(account: Account) -> Run:
    run = account.state().run
    assert run is not None
    return run


def announced(account: Account) -> dict[str, Any]:
    """The details of what was announced since last asked, by their kinds."""
    return {event["detail-type"]: event["detail"] for event in account.announced()}


def crawled(account: Account, on_upload: Handler, on_crawler_state: Handler, **changes: Any) -> Run:
    """A run whose crawl has succeeded, so that its job is to start."""
    account.define(steps=STEPS, **changes)
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(payload("on_crawler_state/succeeded"))
    account.announced()
    return flight(account)


@pytest.fixture
def running(account: Account, on_upload: Handler, on_crawler_state: Handler) -> Run:
    """A run whose job runs."""
    return crawled(account, on_upload, on_crawler_state)


def stranger(account: Account) -> str:
    """Somebody else's run of the job goes on."""
    boto3.client("glue").start_job_run(JobName=JOB, Arguments={"--RUN_ID": "2026-01-06"})
    return account.job_run("RUNNING")


def unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Glue starts every run that it is asked for, and the answer is lost."""
    real = FakeJob.start_job_run

    def lost(self: FakeJob, **request: Any) -> str:
        real(self, **request)
        raise HTTPClientError(error="no answer in time")

    monkeypatch.setattr(FakeJob, "start_job_run", lost)


def put_back(account: Account, seconds: float) -> None:
    """As if the newest try had begun so much earlier."""
    state = account.state()
    assert state.run is not None
    aged = replace(state.run, try_started_at=state.run.try_started_at - seconds)
    application().transitions.state_table.write(replace(state, run=aged))


def test_a_crawl_that_succeeded_starts_the_job_with_its_arguments(account: Account, running: Run) -> None:
    (job_run,) = account.job_runs()

    assert (running.status, running.job_run_id) == ("running", job_run["Id"])
    assert job_run["Arguments"] == {
        "--RUN_ID": f"{running.id}-1-1",
        "--SOURCE_DB": "person-db",
        "--SOURCE_TABLE": "_dataprofile",
        "--SOURCE_S3": "s3://landfall-lake/data/dataprofile/",
        "--TARGET_S3": "s3://landfall-curated/person/",
    }


def test_a_job_that_succeeded_starts_the_checks(account: Account, running: Run, on_job_state: Handler) -> None:
    job_run = account.job_run("SUCCEEDED")

    assert failed(on_job_state(batch(end("SUCCEEDED", job_run)))) == []

    assert (flight(account).step, flight(account).status, list(flight(account).queries)) == (2, "running", [0])


@pytest.mark.parametrize(
    ("state", "kind"), [("FAILED", "job failed"), ("TIMEOUT", "job timed out"), ("STOPPED", "job stopped")]
)
def test_any_other_end_fails_the_run_with_glue_s_message(
    state: str, kind: str, account: Account, running: Run, on_job_state: Handler
) -> None:
    job_run = account.job_run(state, "AnalysisException: cannot be found")

    assert failed(on_job_state(batch(end(state, job_run)))) == []

    told = announced(account)
    for event in (told["Run Failed"], told["Incident Opened"]):
        assert (event["step"], event["kind"]) == ("job person-curate", kind)
        assert (event["cause"], event["jobRunId"]) == ("AnalysisException: cannot be found", job_run)
    assert (told["Incident Opened"]["stepKind"], told["Incident Opened"]["resource"]) == ("job", JOB)


def test_the_event_alone_ends_nothing(account: Account, running: Run, on_job_state: Handler) -> None:
    job_run = account.job_run("RUNNING")
    before = account.state()

    on_job_state(end("SUCCEEDED", job_run))

    assert account.state() == before


def test_a_stranger_s_run_of_our_job_ends_nothing(account: Account, running: Run, on_job_state: Handler) -> None:
    account.job_run("STOPPING")
    stranger(account)
    before = account.state()

    on_job_state(end("SUCCEEDED", account.job_run("SUCCEEDED")))

    assert account.state() == before


def test_a_job_in_use_waits_until_the_other_run_has_ended(
    account: Account, on_upload: Handler, on_crawler_state: Handler, on_job_state: Handler
) -> None:
    theirs = stranger(account)
    assert crawled(account, on_upload, on_crawler_state).status == "waiting"

    account.job_run("FAILED")
    on_job_state(end("FAILED", theirs))

    run = flight(account)
    assert (run.status, run.try_number) == ("running", 2)
    assert [job_run["Id"] for job_run in account.job_runs()] == [theirs, run.job_run_id]


def test_a_start_without_an_answer_is_not_repeated_by_the_sdk(
    account: Account, on_upload: Handler, on_crawler_state: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    unanswered(monkeypatch)

    run = crawled(account, on_upload, on_crawler_state)

    assert (run.status, run.job_run_id) == ("starting", "")
    assert len(account.job_runs()) == 1
    assert Clients().glue_once.meta.config.retries["total_max_attempts"] == 1  # type: ignore[attr-defined]


def test_a_start_without_an_answer_is_found_after_its_lease_and_not_made_again(
    account: Account,
    on_upload: Handler,
    on_crawler_state: Handler,
    watchdog: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as network:
        unanswered(network)
        crawled(account, on_upload, on_crawler_state)
    job_run = account.job_run("SUCCEEDED")

    put_back(account, 71)
    watchdog({})

    assert (flight(account).status, flight(account).job_run_id) == ("running", job_run)
    watchdog({})
    assert flight(account).step == 2
    assert len(account.job_runs()) == 1


def test_an_end_that_comes_before_its_start_was_recorded_counts(
    account: Account,
    on_upload: Handler,
    on_crawler_state: Handler,
    on_job_state: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unanswered(monkeypatch)
    crawled(account, on_upload, on_crawler_state)

    on_job_state(end("SUCCEEDED", account.job_run("SUCCEEDED")))

    assert flight(account).step == 2


def test_another_attempt_is_another_job_run(
    account: Account, on_upload: Handler, on_crawler_state: Handler, on_job_state: Handler
) -> None:
    crawled(account, on_upload, on_crawler_state, max_attempts=2)

    on_job_state(end("FAILED", account.job_run("FAILED")))

    run = flight(account)
    assert (run.attempt, run.status) == (2, "running")
    assert [job_run["Arguments"]["--RUN_ID"] for job_run in account.job_runs()] == [f"{run.id}-1-1", f"{run.id}-1-2"]


def test_uploads_during_the_job_share_one_follow_up_run(
    account: Account, running: Run, on_upload: Handler, on_job_state: Handler
) -> None:
    for _ in range(3):
        on_upload(payload("on_upload/copy") | {"time": "2099-01-01T00:00:00Z"})

    on_job_state(end("FAILED", account.job_run("FAILED")))

    run = flight(account)
    assert run.uploads.count == 3 + 1  # those, and the one that the failed run had
    assert len(account.history()) == 2


def test_a_job_that_does_not_exist_fails_the_run_with_aws_s_words(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    boto3.client("glue").delete_job(JobName=JOB)
    account.define(steps=STEPS)
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("READY", "SUCCEEDED")

    on_crawler_state(payload("on_crawler_state/succeeded"))

    failure = announced(account)["Run Failed"]
    assert failure["kind"] == "refused"
    assert "EntityNotFoundException" in failure["cause"]


@pytest.mark.parametrize("state", ["ERROR", "EXPIRED"])
def test_the_watchdog_finds_an_end_that_has_no_event(
    state: str, account: Account, running: Run, watchdog: Handler
) -> None:
    account.job_run(state)

    watchdog({})

    failure = announced(account)["Run Failed"]
    assert (failure["kind"], failure["cause"]) == (f"job {state.lower()}", f"The job run ended as {state}.")


def test_the_watchdog_leaves_a_job_that_goes_on_alone(account: Account, running: Run, watchdog: Handler) -> None:
    account.job_run("RUNNING")
    before = account.state()

    watchdog({})

    assert account.state() == before


def test_the_watchdog_finds_a_job_run_that_has_vanished(account: Account, running: Run, watchdog: Handler) -> None:
    glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].jobs[JOB].job_runs.clear()

    watchdog({})
    assert flight(account).status == "running"  # what was started just now may not be shown yet
    put_back(account, 71)
    watchdog({})

    failure = announced(account)["Run Failed"]
    assert failure["kind"] == "refused"
    assert "EntityNotFoundException" in failure["cause"]


def test_a_strange_job_is_none_of_our_business(account: Account, on_job_state: Handler) -> None:
    assert failed(on_job_state(batch(payload("on_job_state/of_a_strange_job")))) == []
    assert account.state().version == 0


def test_a_record_that_cannot_be_parsed_fails_alone(account: Account, running: Run, on_job_state: Handler) -> None:
    job_run = account.job_run("SUCCEEDED")

    assert failed(on_job_state(batch("{", end("SUCCEEDED", job_run)))) == ["1"]

    assert flight(account).step == 2


def test_a_throttled_look_hands_the_event_back(
    account: Account, running: Run, on_job_state: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(application().observe.jobs), "get_run_status", lambda self, job, job_run_id: Busy())
    before = account.state()

    assert failed(on_job_state(batch(end("SUCCEEDED", running.job_run_id)))) == ["1"]

    assert account.state() == before


def test_the_crawl_after_a_job_may_find_its_crawler_busy_and_asks_to_look_again(
    account: Account, on_upload: Handler, on_crawler_state: Handler, on_job_state: Handler
) -> None:
    curated = {"crawl": "curated-crawler", "database": "person-db", "table": "person"}
    glue = boto3.client("glue")
    glue.create_crawler(Name="curated-crawler", Role="r", DatabaseName="person-db", Targets={"S3Targets": []})
    account.define(steps=[STEPS[0], CURATE, curated])
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(payload("on_crawler_state/succeeded"))
    glue.start_crawler(Name="curated-crawler")

    on_job_state(end("SUCCEEDED", account.job_run("SUCCEEDED")))

    assert flight(account).status == "waiting"
    assert [hint["detail"]["crawlerName"] for hint in account.recheck_queue()] == ["curated-crawler"]
