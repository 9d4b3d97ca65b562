"""The story between two looks, in the order and at the times in which it was."""

from dataclasses import replace
from typing import Any

from landfall.model.pipelines import Stream
from landfall.model.state import Failure, State, StepAttempt, StreamState, Uploads
from landfall_cli.run_events import Past, RunEvent, find_events
from tests.cli.conftest import NOW, incident, record
from verification.examples.builders import pipeline, run, state, uploads

CRAWLED = StepAttempt("crawl person-crawler", 1, NOW, NOW + 3, "succeeded")
CHECKED = StepAttempt("checks", 1, NOW + 3, NOW + 4, "succeeded")


def told(before: State, after: State, *runs: Any) -> list[tuple[float, str]]:
    return [(round(moment.at - NOW, 1), moment.text) for moment in moments(before, after, *runs)]


def moments(before: State, after: State, *runs: Any) -> list[RunEvent]:
    resolved = [replace(one, resolved_at=NOW + 30, resolved_by="run") for one in before.incidents]
    return find_events(before, after, Past(runs, resolved), pipeline(), NOW + 60)


def flying(**fields: Any) -> Any:
    return run(id=record().id, started_at=NOW, try_started_at=NOW, **fields)


def test_uploads_that_wait_are_told_once() -> None:
    two = state(pending=Uploads(2, NOW, NOW, ("a.csv", "b.csv")))

    assert told(state(), state(pending=Uploads(1, NOW, NOW, ("a.csv",)))) == [(60, "1 upload landed: a.csv")]
    assert told(state(pending=Uploads(1, NOW, NOW, ("a.csv",))), two) == [(60, "1 upload landed: b.csv (2 pending)")]
    assert told(two, two) == []


def test_a_run_that_started_and_is_at_its_first_step() -> None:
    after = state(run=flying(), last_run_started_at=NOW)

    assert told(state(pending=uploads()), after, record(ended_at=None, outcome=None, log=())) == [
        (0, "run started: 1 upload, data/dataprofile/a.csv"),
        (0, "crawl person-crawler (1/2) running"),
    ]


def test_a_run_that_came_and_went_between_two_looks_is_told_in_full() -> None:
    whole = record(log=(CRAWLED, CHECKED))

    assert told(state(), state(last_run_started_at=NOW), whole) == [
        (0, "run started: 1 upload, data/dataprofile/a.csv"),
        (3, "crawl person-crawler succeeded after 3.0 s"),
        (4, "checks succeeded after 1.0 s"),
        (4, "dataset ready after 4.0 s: person-db._dataprofile"),
    ]


def test_of_a_run_in_flight_only_what_is_new_is_told() -> None:
    before = state(run=flying(log=(CRAWLED,), step=1))

    assert told(before, state(), record(log=(CRAWLED, CHECKED))) == [
        (4, "checks succeeded after 1.0 s"),
        (4, "dataset ready after 4.0 s: person-db._dataprofile"),
    ]


def test_a_step_that_goes_on_running_is_not_told_again() -> None:
    before = state(run=flying())

    assert told(before, state(run=flying(), pending=uploads()), record(ended_at=None, outcome=None, log=())) == [
        (60, "1 upload landed: data/dataprofile/a.csv")
    ]


def test_a_step_that_waits_for_somebody_else_s_crawl() -> None:
    before, after = state(run=flying(status="starting")), state(run=flying(status="waiting"))

    assert told(before, after, record(ended_at=None, outcome=None, log=())) == [
        (0, "crawl person-crawler (1/2) waits: busy with another run")
    ]


def test_a_run_that_failed_and_the_incident_that_it_opened() -> None:
    bad = replace(CRAWLED, outcome="failed", cause="Database person-db not found")
    failed = record(outcome="failed", failure=Failure("crawl failed", bad.cause, bad.step), log=(bad,))
    after = state(incidents=(incident(opened_at=NOW + 4),))

    assert told(state(run=flying()), after, failed) == [
        (3, "crawl person-crawler failed after 3.0 s: Database person-db not found"),
        (4, "run failed after 4.0 s: crawl failed at crawl person-crawler"),
        (4, "incident opened: crawl failed (error)"),
    ]


def test_a_failed_check_is_told_with_its_first_rows() -> None:
    check = incident("check failed", check="no empty names", rows=(("", "31"), ("", "47"), ("", "5")))

    assert told(state(), state(incidents=(check,))) == [
        (0, "incident opened: check failed (error): no empty names:  | 31;  | 47")
    ]


def test_what_becomes_of_an_incident() -> None:
    one = incident()
    again = replace(one, count=2, last_at=NOW + 9)
    in_hand = replace(again, acknowledged_at=NOW + 20, acknowledged_by="amara")

    assert told(state(incidents=(one,)), state(incidents=(again,))) == [
        (9, "incident repeated: crawl failed, 2 times: Database person-db not found")
    ]
    assert told(state(incidents=(again,)), state(incidents=(in_hand,))) == [
        (20, "incident acknowledged by amara: crawl failed")
    ]
    assert told(state(incidents=(in_hand,)), state()) == [(30, "incident resolved after 30 s: crawl failed")]


def test_pause_and_resume() -> None:
    paused = state(paused=True, paused_at=NOW + 5, paused_reason="backfill")

    assert told(state(), paused) == [(5, "paused: backfill")]
    assert told(paused, state(resumed_at=NOW + 7)) == [(7, "resumed")]


def test_a_moment_has_what_a_program_needs() -> None:
    [opened] = moments(state(), state(incidents=(incident(),)))

    assert (opened.event, opened.detail["kind"]) == ("incident opened", "crawl failed")
    assert opened.detail["command"] == "landfall run person"


def test_a_stream_is_told_when_it_comes_to_something_else() -> None:
    def of(status: Any, **fields: Any) -> State:
        base: dict[str, Any] = {"definition": Stream("stream-job"), "status": status, "since": NOW + 5}
        return state(stream=StreamState(**(base | fields)))

    assert told(state(), of("starting")) == [(5, "stream starting: job stream-job")]
    assert told(of("starting"), of("running")) == [(5, "stream running: job stream-job")]
    assert told(of("running"), of("running", restarts=1, number=2)) == [
        (5, "stream running, restart 1: job stream-job")
    ]
    assert told(of("running"), of("running", running_since=NOW)) == []
    assert told(of("stopping"), of("stopped", restarts=1)) == [(5, "stream stopped: job stream-job")]
