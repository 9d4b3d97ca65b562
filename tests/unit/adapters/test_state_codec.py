"""Whatever the rules believe survives the state table, to the last digit."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from landfall.adapters import state_codec
from landfall.model.pipelines import Stream
from landfall.model.state import Announcement, Incident, IncidentRecord, Run, State, StepAttempt, StreamState, Verdict
from verification.examples.builders import NOW, pipeline, run, state, uploads


def through_the_table(before: State) -> State:
    """As store.py does: numbers become decimals on the way."""
    plain: dict[str, Any] = json.loads(json.dumps(state_codec.state_to_plain(before)), parse_float=Decimal)
    return state_codec.state_from_plain(before.pipeline, before.version, plain)


def test_an_empty_state_survives() -> None:
    assert through_the_table(state()) == state()


def test_a_full_state_survives() -> None:
    in_flight: Run = run(
        queries={0: "query-0", 1: "query-1"},
        job_run_id="jr_1",
        verdicts=(Verdict(0, "query-0", "check failed", "why", (("", "30"),)),),
        log=(StepAttempt("crawl person-crawler", 1, NOW, NOW + 0.123, "failed", "why"),),
    )
    full = state(
        pending=uploads(3, NOW + 0.5),
        unprocessed=uploads(2),
        requested=True,
        paused=True,
        paused_at=NOW - 5.25,
        paused_reason="the supplier sends test data",
        resumed_at=NOW - 99,
        last_upload_at=NOW - 1,
        last_ready_at=NOW - 2.5,
        pending_since=NOW - 3.125,
        incidents=(
            Incident(
                "person/check-failed/20261121T120000.000Z",
                "check failed",
                NOW,
                NOW + 1.5,
                3,
                "critical",
                "data team",
                "https://wiki/person",
                "lake",
                "why",
                "run-1",
                "checks",
                "has rows",
                "query-0",
                "jr_1",
                (("", "30"),),
                ("added: city string",),
                uploads(),
                2,
                NOW + 0.5,
                1,
                NOW + 2.5,
                "amara",
            ),
            Incident("person/late/20261121T120000.000Z", "late", NOW, NOW),
        ),
        columns={"person-db._dataprofile": '[["name","string"]]'},
        columns_halted={"person-db._dataprofile": "sha256:0"},
        covered_until=NOW - 0.001,
        last_handled_crawl_start=NOW + 1 / 3,
        last_run_started_at=NOW,
        last_run_was_empty=True,
        outbox=(Announcement("run-1/run-started", "Run Started", '{"a": 1}'),),
        run=in_flight,
        stream=StreamState(
            Stream("stream-job", "person-source", 3, 1, 0), wanted=False, status="waiting", since=NOW - 0.5,
            asked_at=NOW - 1, number=4, started_at=NOW - 2.25, try_number=0, try_started_at=NOW - 3,
            next_try_at=NOW + 60.5, job_run_id="jr_2", running_since=NOW - 4, successor_until=NOW + 9,
            restarts=2,
        ),
        signals={"stream behind": NOW - 0.125},
    )  # fmt: skip

    assert through_the_table(full) == full


def test_an_item_has_only_what_differs_from_the_default() -> None:
    resting = State("person", 7, covered_until=NOW, incidents=(Incident("i", "late", NOW, NOW),))

    assert state_codec.state_to_plain(resting) == {
        "covered_until": NOW,
        "incidents": [{"id": "i", "kind": "late", "opened_at": NOW, "last_at": NOW}],
        "first_seen_at": 0.0,
        "pending_since": 0.0,
    }


def test_what_a_person_looks_for_in_the_table_is_always_there() -> None:
    plain = state_codec.state_to_plain(state(run=run(), stream=StreamState(Stream("s"))))

    assert plain["run"].keys() >= {"step", "attempt", "try_number", "status"}
    assert plain["stream"].keys() >= {"wanted", "status"}


def test_what_an_item_does_not_have_is_what_it_has_always_been() -> None:
    """These defaults are in every state table: a field whose default changes needs another name."""
    item = {
        "run": {"id": "r", "started_at": 1, "uploads": {}, "definition": pipeline().document},
        "incidents": [{"id": "i", "kind": "late", "opened_at": 1, "last_at": 1}],
        "stream": {"definition": {"job": "s"}},
    }
    nothing: Any = {"count": 0, "oldest": None, "newest": None, "keys": ()}

    read = state_codec.state_from_plain("person", 7, item)

    assert asdict(read) == {
        "pipeline": "person", "version": 7, "pending": nothing, "unprocessed": nothing, "requested": False,
        "paused": False, "paused_at": 0.0, "paused_reason": "", "resumed_at": 0.0, "first_seen_at": 0.0,
        "last_upload_at": 0.0, "last_ready_at": 0.0, "pending_since": 0.0, "covered_until": 0.0,
        "last_handled_crawl_start": 0.0, "last_run_started_at": 0.0, "last_run_was_empty": False, "outbox": (),
        "columns": {}, "columns_halted": {},
        "signals": {},
        "run": {
            "id": "r", "started_at": 1.0, "uploads": nothing, "definition": asdict(pipeline()), "step": 0, "attempt": 1,
            "attempt_started_at": 0.0, "try_number": 1, "try_started_at": 0.0, "status": "starting", "queries": {},
            "job_run_id": "", "verdicts": (), "log": (),
        },
        "incidents": (
            {
                "id": "i", "kind": "late", "opened_at": 1.0, "last_at": 1.0, "count": 1, "severity": "error",
                "owner": "", "runbook": "", "bucket": "", "cause": "", "run_id": "", "step": "", "check": "",
                "query_id": "", "job_run_id": "", "rows": (), "changes": (), "uploads": nothing, "attempts": 0,
                "announced_at": 0.0, "reminders": 0, "acknowledged_at": 0.0, "acknowledged_by": "", "resolved_at": 0.0,
                "resolved_by": "",
            },
        ),
        "stream": {
            "definition": {
                "job": "s", "replication": "", "max_restarts": 5, "restart_minutes": 5, "healthy_minutes": 10,
            },
            "wanted": True, "status": "stopped", "since": 0.0, "asked_at": 0.0, "number": 1, "started_at": 0.0,
            "try_number": 1, "try_started_at": 0.0, "next_try_at": 0.0, "job_run_id": "", "running_since": 0.0,
            "successor_until": 0.0, "restarts": 0,
        },
    }  # fmt: skip


def test_a_field_of_a_stream_that_this_version_does_not_know_is_passed_over() -> None:
    item = {"definition": {"job": "s", "colour": "red"}, "number": Decimal(1), "shape": "round"}

    assert state_codec.state_from_plain("person", 7, {"stream": item}).stream == StreamState(Stream("s"))


def test_fields_that_an_older_version_did_not_write_take_their_defaults() -> None:
    assert state_codec.state_from_plain("person", 7, {}) == State("person", 7)


def test_an_item_from_before_incidents_is_not_seen_for_the_first_time_again() -> None:
    old = state_codec.state_from_plain(
        "person", 7, {"last_run_started_at": Decimal("1000.5"), "pending": {"count": 1, "newest": 999}}
    )

    assert (old.first_seen_at, old.pending_since) == (1000.5, 999.0)


def test_a_field_of_an_incident_that_this_version_does_not_know_is_passed_over() -> None:
    item = {"id": "i", "kind": "late", "opened_at": Decimal(1), "last_at": Decimal(1), "colour": "red"}

    assert state_codec.state_from_plain("person", 7, {"incidents": [item]}).incidents == (
        Incident("i", "late", 1.0, 1.0),
    )


def test_a_resolved_incident_is_a_history_item_without_its_key() -> None:
    resolved = Incident("i", "late", NOW, NOW, 2, resolved_at=NOW + 9, resolved_by="run-2 started")

    plain = state_codec.record_to_plain(IncidentRecord("person", resolved))

    assert "id" not in plain
    assert (plain["kind"], plain["count"], plain["resolved_at"], plain["resolved_by"]) == (
        "late",
        2,
        NOW + 9,
        "run-2 started",
    )
