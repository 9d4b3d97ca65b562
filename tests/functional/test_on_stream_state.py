"""on_stream_state on moto, and what keeps a stream running: requests, its job's endings, alarms and DMS."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import HTTPClientError
from moto.glue.models import FakeJob
from moto.glue.responses import GlueResponse

from landfall.model.errors import NoPipelineError
from landfall.model.state import StreamState
from landfall.service.application import application
from tests.functional.account import CRAWLER, STREAM_JOB, Account, Handler, batch, failed
from verification.examples.payloads import payload

NAME = "person-stream"
STREAM = {"job": STREAM_JOB, "replication": "person-source", "restart_minutes": 1, "healthy_minutes": 0}


@pytest.fixture(autouse=True)
def stops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """moto has no BatchStopJobRun: these runs were stopped, and go on to be so."""
    stopped: list[str] = []

    def batch_stop_job_run(self: GlueResponse) -> str:
        known = {run["Id"] for run in boto3.client("glue").get_job_runs(JobName=STREAM_JOB)["JobRuns"]}
        stopped.extend(job_run for job_run in self.parameters["JobRunIds"] if job_run in known)
        return "{}"

    monkeypatch.setattr(GlueResponse, "batch_stop_job_run", batch_stop_job_run, raising=False)
    return stopped


@pytest.fixture
def defined(account: Account) -> Account:
    """One pipeline, which has a stream and nothing else to do."""
    boto3.client("ssm").delete_parameter(Name="/landfall/dev/pipelines/person")
    account.define(NAME, stream=STREAM, prefix="stream-data/", steps=_steps("stream-crawler"))
    state = account.state(NAME)
    application().transitions.state_table.write(replace(state, first_seen_at=1.0))
    return account


def _steps(crawler: str) -> list[dict[str, Any]]:
    return [{"crawl": crawler, "database": "person-db", "table": "stream_data"}]


def stream(account: Account) -> StreamState:
    found = account.state(NAME).stream
    assert found is not None
    return found


def start(on_stream_state: Handler, time: str = "2026-11-20T12:00:00Z") -> None:
    assert failed(on_stream_state(batch(payload("on_stream_state/start_requested") | {"time": time}))) == []


def stop(on_stream_state: Handler) -> None:
    assert failed(on_stream_state(batch(payload("on_stream_state/stop_requested")))) == []


def runs(account: Account) -> list[dict[str, Any]]:
    return account.job_runs(STREAM_JOB)


def ended(account: Account, on_job_state: Handler, state: str, error: str = "") -> None:
    """The newest run of the stream's job ends, and Glue says so."""
    event = payload("on_job_state/failed")
    event["detail"] |= {"jobName": STREAM_JOB, "jobRunId": account.job_run(state, error, STREAM_JOB)}
    assert failed(on_job_state(batch(event))) == []


def age(account: Account, seconds: float) -> None:
    """As if the newest try and what is due had been so much earlier."""
    state = account.state(NAME)
    assert state.stream is not None
    aged = replace(
        state.stream,
        try_started_at=state.stream.try_started_at - seconds,
        next_try_at=state.stream.next_try_at - seconds if state.stream.next_try_at else 0.0,
    )
    application().transitions.state_table.write(replace(state, stream=aged))


def kinds(account: Account) -> list[str]:
    return [incident.kind for incident in account.state(NAME).incidents]


def told(account: Account) -> list[tuple[str, str]]:
    return [(event["detail-type"], event["detail"].get("kind", "")) for event in account.announced()]


def by_hand() -> str:
    """Somebody starts the job in the console."""
    return str(boto3.client("glue").start_job_run(JobName=STREAM_JOB)["JobRunId"])


class TestRequests:
    def test_a_start_is_a_run_of_the_job_with_its_label(self, defined: Account, on_stream_state: Handler) -> None:
        start(on_stream_state)

        (run,) = runs(defined)
        known = stream(defined)
        assert (known.status, known.wanted, known.job_run_id) == ("running", True, run["Id"])
        assert run["Arguments"] == {"--RUN_ID": known.label}
        assert kinds(defined) == []

    def test_a_repeated_start_makes_no_second_run(self, defined: Account, on_stream_state: Handler) -> None:
        start(on_stream_state)
        start(on_stream_state)
        start(on_stream_state, "2026-11-20T12:00:09Z")

        assert len(runs(defined)) == 1

    def test_a_stop_stops_the_run_and_its_end_is_no_incident(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler, stops: list[str]
    ) -> None:
        start(on_stream_state)
        stop(on_stream_state)
        assert (stream(defined).status, stops) == ("stopping", [runs(defined)[0]["Id"]])

        ended(defined, on_job_state, "STOPPED")

        assert (stream(defined).status, stream(defined).wanted) == ("stopped", False)
        assert len(runs(defined)) == 1
        assert told(defined) == []

    def test_a_run_that_somebody_started_by_hand_is_adopted(self, defined: Account, on_stream_state: Handler) -> None:
        theirs = by_hand()

        start(on_stream_state)

        assert (stream(defined).status, stream(defined).job_run_id) == ("running", theirs)
        assert len(runs(defined)) == 1

    def test_a_run_that_still_stops_is_waited_for(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler
    ) -> None:
        by_hand()
        defined.job_run("STOPPING", job=STREAM_JOB)
        start(on_stream_state)
        assert stream(defined).status == "waiting"

        ended(defined, on_job_state, "STOPPED")

        assert (stream(defined).status, len(runs(defined))) == ("running", 2)

    def test_a_job_that_is_not_there_gives_up_at_once(self, defined: Account, on_stream_state: Handler) -> None:
        boto3.client("glue").delete_job(JobName=STREAM_JOB)

        start(on_stream_state)

        assert stream(defined).status == "given up"
        (incident,) = defined.state(NAME).incidents
        assert incident.kind == "stream down"
        assert "EntityNotFoundException" in incident.cause
        assert f"landfall stream start {NAME}" in incident.cause

    def test_a_start_without_an_answer_is_found_after_its_lease_and_not_made_again(
        self, defined: Account, on_stream_state: Handler, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = FakeJob.start_job_run

        def lost(self: FakeJob, **request: Any) -> str:
            real(self, **request)
            raise HTTPClientError(error="no answer in time")

        with monkeypatch.context() as network:
            network.setattr(FakeJob, "start_job_run", lost)
            start(on_stream_state)
        assert stream(defined).status == "starting"
        age(defined, 71)
        watchdog({})

        assert (stream(defined).status, len(runs(defined))) == ("running", 1)

    @pytest.mark.parametrize("name", ["start_requested", "stop_requested", "alarm_stream_behind"])
    def test_what_names_a_pipeline_that_is_not_there_is_an_error(
        self, name: str, account: Account, on_stream_state: Handler
    ) -> None:
        with pytest.raises(NoPipelineError, match="person-stream is no pipeline with a stream"):
            on_stream_state(payload(f"on_stream_state/{name}"))

    def test_a_definition_without_a_stream_cannot_be_started(self, account: Account, on_stream_state: Handler) -> None:
        with pytest.raises(NoPipelineError, match="Add the field stream"):
            on_stream_state(payload("on_stream_state/start_requested") | {"detail": {"pipeline": "person"}})

    def test_it_stops_though_its_definition_is_gone(
        self, defined: Account, on_stream_state: Handler, stops: list[str]
    ) -> None:
        start(on_stream_state)
        boto3.client("ssm").delete_parameter(Name=f"/landfall/dev/pipelines/{NAME}")
        application.cache_clear()

        stop(on_stream_state)

        assert (stream(defined).status, len(stops)) == ("stopping", 1)

    def test_a_pipeline_that_was_never_seen_starts_its_first_run_as_well(
        self, account: Account, on_stream_state: Handler
    ) -> None:
        account.define(stream=STREAM)

        on_stream_state(payload("on_stream_state/start_requested") | {"detail": {"pipeline": "person"}})

        state = account.state()
        assert state.run is not None
        assert state.stream is not None
        assert (state.run.status, state.stream.status) == ("running", "running")

    def test_that_run_may_find_its_crawler_busy_and_asks_to_look_again(
        self, account: Account, on_stream_state: Handler
    ) -> None:
        account.define(stream=STREAM)
        boto3.client("glue").start_crawler(Name=CRAWLER)

        on_stream_state(payload("on_stream_state/start_requested") | {"detail": {"pipeline": "person"}})

        assert [hint["detail"]["crawlerName"] for hint in account.recheck_queue()] == [CRAWLER]

    def test_a_record_that_cannot_be_parsed_fails_alone(self, defined: Account, on_stream_state: Handler) -> None:
        answer = on_stream_state(batch("{", payload("on_stream_state/start_requested")))

        assert (failed(answer), stream(defined).status) == (["1"], "running")


class TestSupervision:
    def test_an_end_that_nobody_asked_for_opens_one_incident_and_starts_it_again(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler
    ) -> None:
        start(on_stream_state)

        ended(defined, on_job_state, "FAILED", "OutOfMemoryError")

        assert (stream(defined).status, stream(defined).restarts, len(runs(defined))) == ("running", 1, 2)
        assert runs(defined)[1]["Arguments"]["--RUN_ID"] == stream(defined).label
        (incident,) = defined.state(NAME).incidents
        assert incident.cause == "OutOfMemoryError. Restart 1: it is started again now."
        assert (incident.step, incident.job_run_id) == (f"job {STREAM_JOB}", runs(defined)[0]["Id"])
        assert told(defined) == [("Incident Opened", "stream down")]

    def test_each_restart_is_counted_once(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler, capsys: pytest.CaptureFixture[str]
    ) -> None:
        start(on_stream_state)
        assert "StreamRestarts" not in capsys.readouterr().out
        ended(defined, on_job_state, "FAILED")

        assert capsys.readouterr().out.count('"StreamRestarts": 1') == 1

    def test_the_second_time_it_waits_for_the_sweep_that_is_due(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler, watchdog: Handler
    ) -> None:
        start(on_stream_state)
        ended(defined, on_job_state, "FAILED")
        ended(defined, on_job_state, "FAILED")
        watchdog({})
        assert (stream(defined).status, len(runs(defined))) == ("waiting", 2)

        age(defined, 61)
        watchdog({})

        assert (stream(defined).status, len(runs(defined))) == ("running", 3)
        assert [incident.count for incident in defined.state(NAME).incidents] == [2]

    def test_the_watchdog_finds_an_end_that_had_no_event_and_health(
        self, defined: Account, on_stream_state: Handler, watchdog: Handler
    ) -> None:
        start(on_stream_state)
        defined.job_run("ERROR", job=STREAM_JOB)
        watchdog({})
        assert (kinds(defined), len(runs(defined))) == (["stream down"], 2)

        defined.job_run("RUNNING", job=STREAM_JOB)
        watchdog({})

        assert (kinds(defined), stream(defined).restarts) == ([], 0)
        assert told(defined) == [("Incident Opened", "stream down"), ("Incident Resolved", "stream down")]

    def test_glue_s_own_restart_is_adopted_without_an_incident(
        self, defined: Account, on_stream_state: Handler, watchdog: Handler
    ) -> None:
        start(on_stream_state)
        defined.job_run("RUNNING", job=STREAM_JOB)
        watchdog({})
        defined.job_run("EXPIRED", job=STREAM_JOB)
        successor = by_hand()
        watchdog({})
        age(defined, 61)
        watchdog({})

        assert (stream(defined).status, stream(defined).job_run_id) == ("running", successor)
        assert told(defined) == []

    def test_a_stop_that_got_lost_is_repeated(
        self, defined: Account, on_stream_state: Handler, watchdog: Handler, stops: list[str]
    ) -> None:
        start(on_stream_state)
        stop(on_stream_state)
        defined.job_run("RUNNING", job=STREAM_JOB)
        watchdog({})
        assert len(stops) == 1

        age(defined, 71)
        watchdog({})

        assert len(stops) == 2

    def test_a_stop_that_meets_the_restart_is_made_by_who_restarts_it(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler, stops: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        start(on_stream_state)
        real = FakeJob.start_job_run

        def meanwhile(self: FakeJob, **request: Any) -> Any:
            stop(on_stream_state)
            return real(self, **request)

        monkeypatch.setattr(FakeJob, "start_job_run", meanwhile)
        ended(defined, on_job_state, "FAILED")

        assert stream(defined).status == "stopping"
        assert stops == [runs(defined)[1]["Id"]]
        assert kinds(defined) == []

    def test_a_job_that_runs_by_hand_while_it_is_not_wanted_is_left_alone(
        self, defined: Account, on_stream_state: Handler, on_job_state: Handler, watchdog: Handler, stops: list[str]
    ) -> None:
        start(on_stream_state)
        stop(on_stream_state)
        ended(defined, on_job_state, "STOPPED")
        by_hand()
        watchdog({})
        ended(defined, on_job_state, "FAILED")

        assert (stream(defined).status, len(runs(defined)), len(stops), kinds(defined)) == ("stopped", 2, 1, [])


class TestSignals:
    def test_an_alarm_opens_and_its_end_resolves(self, defined: Account, on_stream_state: Handler) -> None:
        on_stream_state(payload("on_stream_state/alarm_stream_behind"))
        on_stream_state(payload("on_stream_state/alarm_source_behind"))
        assert kinds(defined) == ["stream behind", "source behind"]
        assert defined.state(NAME).incidents[0].cause.startswith("Threshold Crossed: 5 out of the last 5 datapoints")

        on_stream_state(payload("on_stream_state/alarm_ok"))

        assert kinds(defined) == ["source behind"]

    def test_no_data_is_neither(self, defined: Account, on_stream_state: Handler) -> None:
        on_stream_state(payload("on_stream_state/alarm_insufficient_data"))
        assert kinds(defined) == []
        on_stream_state(payload("on_stream_state/alarm_stream_behind"))
        on_stream_state(payload("on_stream_state/alarm_insufficient_data"))

        assert kinds(defined) == ["stream behind"]

    def test_an_alarm_that_comes_late_or_twice_changes_nothing(
        self, defined: Account, on_stream_state: Handler
    ) -> None:
        on_stream_state(payload("on_stream_state/alarm_ok"))
        on_stream_state(payload("on_stream_state/alarm_stream_behind"))
        assert kinds(defined) == []
        on_stream_state(payload("on_stream_state/alarm_source_behind"))
        on_stream_state(payload("on_stream_state/alarm_source_behind"))

        assert [incident.count for incident in defined.state(NAME).incidents] == [1]

    @pytest.mark.parametrize(
        ("bad", "good"), [("replication_failed", "replication_running"), ("task_failed", "task_started")]
    )
    def test_a_replication_that_fails_opens_and_one_that_runs_again_resolves(
        self, bad: str, good: str, defined: Account, on_stream_state: Handler
    ) -> None:
        on_stream_state(payload(f"on_stream_state/{bad}"))
        (incident,) = defined.state(NAME).incidents
        assert (incident.kind, incident.step) == ("source failed", "replication person-source")
        assert incident.cause == payload(f"on_stream_state/{bad}")["detail"]["detailMessage"]

        on_stream_state(payload(f"on_stream_state/{good}"))

        assert kinds(defined) == []

    def test_a_strange_replication_is_none_of_our_business(self, defined: Account, on_stream_state: Handler) -> None:
        before = defined.state(NAME)

        assert failed(on_stream_state(batch(payload("on_stream_state/of_a_strange_replication")))) == []

        assert defined.state(NAME) == before

    def test_they_are_not_resolved_by_a_start_or_a_stop(self, defined: Account, on_stream_state: Handler) -> None:
        for name in ("alarm_stream_behind", "replication_failed", "start_requested", "stop_requested"):
            on_stream_state(payload(f"on_stream_state/{name}"))

        assert kinds(defined) == ["stream behind", "source failed"]
