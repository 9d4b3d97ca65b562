"""Incidents: they open once, count, remind, are acknowledged, and are resolved by their own condition."""

import json
from dataclasses import replace
from typing import Any

import pytest

from landfall.model import incident_kinds
from landfall.model.observations import CrawlStatus
from landfall.model.state import Failure, Incident, State
from landfall.rules import crawls, incidents, overdue, run_start, run_steps
from landfall.rules.transition import Timing, Transition
from landfall.rules.uploads import record_uploads
from verification.examples.builders import NOW, TIMING, pipeline, run, state, upload, uploads

DAY = 86_400.0
REMIND_DAILY = Timing(clock_skew=3, lease=70, reminder=DAY)
CRAWL_ONLY = [{"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}]


def open_one(known: State, kind: str = "crawl failed", cause: str = "why", now: float = NOW) -> State:
    return incidents.record(known, incidents.create("person", pipeline(), kind, cause, now))


def fail(known: State, kind: str = "crawl failed", now: float = NOW) -> State:
    """A run fails, and the transition is settled."""
    in_flight = run(pipeline(steps=CRAWL_ONLY))
    failure = Failure(kind, "why", "crawl person-crawler")
    return run_steps.fail_step(replace(known, run=in_flight), in_flight, failure, now).settle(now).state


def told(known: State) -> list[str]:
    return [item.type for item in known.outbox if item.type.startswith("Incident")]


def detail(known: State, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(item.detail for item in known.outbox if item.type == kind))
    return found


class TestOpening:
    def test_a_failed_run_opens_one_in_the_same_transition(self) -> None:
        after = fail(state())

        assert [(one.kind, one.count, one.announced_at) for one in after.incidents] == [("crawl failed", 1, NOW)]
        assert told(after) == ["Incident Opened"]

    def test_its_id_is_made_of_pipeline_kind_and_time(self) -> None:
        assert fail(state()).incidents[0].id == "person/crawl-failed/19700112T134640.000Z"

    def test_a_name_too_long_for_a_dedup_key_is_cut(self) -> None:
        assert len(incidents.create("p" * 900, None, "definition invalid", "why", NOW).id) <= 200

    def test_a_repeat_is_counted_and_not_told(self) -> None:
        once = replace(fail(state()), outbox=())

        twice = fail(once, now=NOW + 60)

        (one,) = twice.incidents
        assert (one.id, one.count, one.opened_at, one.last_at) == (once.incidents[0].id, 2, NOW, NOW + 60)
        assert told(twice) == []

    def test_each_kind_is_its_own(self) -> None:
        after = fail(fail(state()), "crawl stopped", NOW + 1)

        assert [one.kind for one in after.incidents] == ["crawl failed", "crawl stopped"]

    def test_an_attempt_that_is_repeated_opens_none(self) -> None:
        in_flight = run(pipeline(steps=CRAWL_ONLY, max_attempts=2))

        change = run_steps.fail_step(state(run=in_flight), in_flight, Failure("crawl failed", "why", "crawl x"), NOW)

        assert change.state.incidents == ()

    def test_what_it_tells(self) -> None:
        asked = pipeline(steps=CRAWL_ONLY, severity="critical", owner="data team", runbook="https://wiki/person")
        in_flight = run(asked, uploads=uploads(3))
        failure = Failure("check failed", "rows", "crawl person-crawler", "has rows", "query-0", (("a", "b"),))

        after = run_steps.fail_step(state(run=in_flight), in_flight, failure, NOW + 1).settle(NOW + 1).state

        assert detail(after, "Incident Opened") == {
            "schema": "1",
            "id": "person/check-failed/19700112T134641.000Z/opened",
            "incident": "person/check-failed/19700112T134641.000Z",
            "pipeline": "person",
            "kind": "check failed",
            "severity": "critical",
            "owner": "data team",
            "runbook": "https://wiki/person",
            "openedAt": "1970-01-12T13:46:41.000Z",
            "lastAt": "1970-01-12T13:46:41.000Z",
            "count": 1,
            "run": "run-1",
            "step": "crawl person-crawler",
            "stepKind": "crawl",
            "resource": "person-crawler",
            "attempts": 1,
            "cause": "rows",
            "check": "has rows",
            "queryExecutionId": "query-0",
            "jobRunId": "",
            "rows": [["a", "b"]],
            "changes": [],
            "uploads": {
                "count": 3,
                "oldest": "1970-01-12T13:46:40.000Z",
                "newest": "1970-01-12T13:46:40.000Z",
                "keys": ["data/dataprofile/a.csv"],
            },
            "bucket": "landfall-lake",
            "retry": True,
        }

    def test_what_there_is_not_is_an_empty_text(self) -> None:
        opened = detail(Transition(open_one(state(), "stale")).settle(NOW).state, "Incident Opened")

        assert opened["uploads"] == {"count": 0, "oldest": "", "newest": "", "keys": []}
        assert (opened["stepKind"], opened["resource"], opened["retry"]) == ("", "", False)


class TestResolving:
    @pytest.mark.parametrize("kind", incident_kinds.FAILURES)
    def test_the_next_success_resolves_a_failure(self, kind: str) -> None:
        in_flight = run(pipeline(steps=CRAWL_ONLY))
        broken = replace(fail(fail(state(), kind), kind), run=in_flight, outbox=())

        change = run_steps.complete_step(broken, in_flight, NOW + 90.5).settle(NOW + 90.5)

        assert change.state.incidents == ()
        resolved = detail(change.state, "Incident Resolved")
        assert resolved["id"] == f"{broken.incidents[0].id}/resolved"
        assert (resolved["durationSeconds"], resolved["count"], resolved["resolvedBy"]) == (
            90.5,
            2,
            "run run-1 succeeded",
        )
        assert [(record.incident.kind, record.incident.count) for record in change.resolved] == [(kind, 2)]

    @pytest.mark.parametrize(
        "kind",
        [incident_kinds.SCHEMA_CHANGED, incident_kinds.DEFINITION_INVALID, incident_kinds.STALE, incident_kinds.LATE],
    )
    def test_a_success_resolves_nothing_else(self, kind: str) -> None:
        in_flight = run(pipeline(steps=CRAWL_ONLY))
        known = Transition(open_one(state(run=in_flight), kind)).settle(NOW).state

        assert len(run_steps.complete_step(known, in_flight, NOW + 9).settle(NOW + 9).state.incidents) == 1

    def test_a_step_that_succeeded_resolves_no_failure_yet(self) -> None:
        known = replace(fail(state()), run=run())

        assert run_steps.complete_step(known, run(), NOW + 9).settle(NOW + 9).state.incidents == known.incidents

    def test_a_failure_resolves_none(self) -> None:
        assert [one.kind for one in fail(fail(state(), "crawl stopped")).incidents] == ["crawl stopped", "crawl failed"]

    def test_one_that_opens_and_is_resolved_at_once_was_never_there(self) -> None:
        known = incidents.resolve(open_one(state(), "late"), ("late",), NOW, "a run started")

        change = Transition(known).settle(NOW)

        assert (change.state, change.opened, change.resolved) == (state(), (), ())

    def test_one_opened_anew_has_a_new_id(self) -> None:
        first = fail(state())
        again = incidents.resolve(first, incident_kinds.FAILURES, NOW + 5, "")
        again = fail(Transition(again).settle(NOW + 5).state, now=NOW + 9)

        assert again.incidents[0].id != first.incidents[0].id
        assert again.incidents[0].count == 1


class TestStuck:
    asked = pipeline(crawl_timeout_minutes=30)

    def watch(self, now: float, **fields: Any) -> State:
        known = state(run=run(self.asked), **fields)
        return overdue.report_overdue(known, self.asked, "", now, TIMING)

    def test_an_attempt_that_takes_longer_than_its_bound(self) -> None:
        assert self.watch(NOW + 1_800).incidents == ()
        (one,) = self.watch(NOW + 1_800.1).incidents
        assert (one.kind, one.step, one.run_id) == ("stuck", "crawl person-crawler", "run-1")
        assert one.cause == "The step has been running for more than 30 minutes; this is its try 1."

    def test_a_job_that_runs_is_bounded_by_glue_and_one_that_waits_by_us(self) -> None:
        run_steps = [*CRAWL_ONLY, {"job": "person-curate"}]
        asked = pipeline(crawl_timeout_minutes=30, steps=run_steps)
        running, waiting = (state(run=run(asked, step=1, status=status)) for status in ("running", "waiting"))

        assert overdue.report_overdue(running, asked, "", NOW + 9_999, TIMING) == running
        assert overdue.report_overdue(waiting, asked, "", NOW + 9_999, TIMING).incidents[0].kind == "stuck"

    def test_it_opens_once(self) -> None:
        stuck = self.watch(NOW + 1_801)

        assert overdue.report_overdue(stuck, self.asked, "", NOW + 3_000, TIMING) == stuck

    def test_it_is_resolved_when_the_run_moves_on_and_when_it_fails(self) -> None:
        stuck = Transition(self.watch(NOW + 1_801)).settle(NOW + 1_801).state
        assert stuck.run is not None

        moved = run_steps.complete_step(stuck, stuck.run, NOW + 2_000).settle(NOW + 2_000)
        failed = run_steps.fail_step(stuck, stuck.run, Failure("crawl failed", "why", "s"), NOW + 2_000).settle(
            NOW + 2_000
        )

        assert moved.state.incidents == ()
        assert [one.kind for one in failed.state.incidents] == ["crawl failed"]
        assert moved.resolved[0].incident.resolved_by == "the run moved on"

    def test_not_while_paused(self) -> None:
        assert self.watch(NOW + 9_999, paused=True).incidents == ()


class TestLate:
    asked = pipeline(min_minutes_between_runs=10, crawl_timeout_minutes=20)
    waiting = state(pending=uploads(2), pending_since=NOW)

    def test_uploads_that_wait_longer_than_can_be_explained(self) -> None:
        assert overdue.report_overdue(self.waiting, self.asked, "", NOW + 1_800, TIMING) == self.waiting
        (one,) = overdue.report_overdue(self.waiting, self.asked, "", NOW + 1_800.1, TIMING).incidents
        assert (one.kind, one.uploads.count) == ("late", 2)

    def test_a_run_in_flight_explains_its_steps(self) -> None:
        known = replace(self.waiting, run=run(self.asked, attempt_started_at=NOW + 3_000))

        assert overdue.report_overdue(known, self.asked, "", NOW + 3_000, TIMING) == known
        assert overdue.report_overdue(known, self.asked, "", NOW + 3_000.1, TIMING).incidents[0].kind == "late"

    def test_without_a_definition_they_wait_for_it(self) -> None:
        late = overdue.report_overdue(self.waiting, None, "", NOW + 4_200.1, TIMING)

        assert late.incidents[0].cause.endswith("The pipeline has no valid definition.")

    def test_the_start_of_a_run_resolves_it(self) -> None:
        late = Transition(overdue.report_overdue(self.waiting, None, "", NOW + 5_000, TIMING)).settle(NOW + 5_000).state

        change = run_start.start_if_due(Transition(late), self.asked, "run-2", NOW + 5_001).settle(NOW + 5_001)

        assert (change.state.incidents, change.state.pending_since) == ((), 0.0)
        assert change.resolved[0].incident.resolved_by == "run run-2 started"

    def test_not_while_paused(self) -> None:
        known = replace(self.waiting, paused=True)

        assert overdue.report_overdue(known, self.asked, "", NOW + 9_999, TIMING) == known

    def test_the_first_of_the_pending_counts(self) -> None:
        first = record_uploads(state(), pipeline(), [upload()], NOW + 1, TIMING)
        second = record_uploads(first, pipeline(), [upload("data/dataprofile/b.csv")], NOW + 50, TIMING)

        assert (first.pending_since, second.pending_since) == (NOW + 1, NOW + 1)


class TestStale:
    asked = pipeline(fresh_within_minutes=60)

    def test_no_upload_in_time(self) -> None:
        known = state(last_upload_at=NOW)

        assert overdue.report_overdue(known, self.asked, "", NOW + 3_600, TIMING) == known
        (one,) = overdue.report_overdue(known, self.asked, "", NOW + 3_600.1, TIMING).incidents
        assert one.kind == "stale"
        assert one.cause == "No upload has come within 60 minutes; the newest came at 1970-01-12T13:46:40.000Z."

    def test_a_new_pipeline_has_its_time(self) -> None:
        known = state(first_seen_at=NOW)

        assert overdue.report_overdue(known, self.asked, "", NOW + 3_600, TIMING) == known
        stale = overdue.report_overdue(known, self.asked, "", NOW + 3_601, TIMING)
        assert "the pipeline was first seen at" in stale.incidents[0].cause

    def test_an_upload_resolves_it(self) -> None:
        stale = (
            Transition(overdue.report_overdue(state(last_upload_at=NOW), self.asked, "", NOW + 4_000, TIMING))
            .settle(NOW)
            .state
        )

        change = Transition(record_uploads(stale, self.asked, [upload(time=NOW + 4_001)], NOW + 4_002, TIMING))

        assert change.settle(NOW + 4_002).state.incidents == ()
        assert change.state.last_upload_at == NOW + 4_001

    def test_an_event_that_comes_so_late_that_nothing_is_fresher_does_not(self) -> None:
        stale = (
            Transition(overdue.report_overdue(state(last_upload_at=NOW), self.asked, "", NOW + 4_000, TIMING))
            .settle(NOW)
            .state
        )

        after = record_uploads(stale, self.asked, [upload(time=NOW + 1)], NOW + 4_002, TIMING)

        assert not after.incidents[0].resolved_at

    def test_what_is_no_data_does_not(self) -> None:
        stale = (
            Transition(overdue.report_overdue(state(last_upload_at=NOW), self.asked, "", NOW + 4_000, TIMING))
            .settle(NOW)
            .state
        )

        assert (
            record_uploads(stale, self.asked, [upload("data/dataprofile/", NOW + 4_001, 0)], NOW + 4_002, TIMING)
            == stale
        )

    def test_a_clock_that_is_ahead_keeps_nothing_fresh(self) -> None:
        assert record_uploads(state(), self.asked, [upload(time=NOW * 9)], NOW, TIMING).last_upload_at == NOW

    def test_a_definition_that_no_longer_asks_for_it_resolves_it(self) -> None:
        stale = Transition(overdue.report_overdue(state(), self.asked, "", NOW + 9_000, TIMING)).settle(NOW).state

        assert (
            Transition(overdue.report_overdue(stale, pipeline(), "", NOW + 9_001, TIMING)).settle(NOW).state.incidents
            == ()
        )

    def test_not_while_paused(self) -> None:
        assert overdue.report_overdue(state(paused=True), self.asked, "", NOW * 2, TIMING) == state(paused=True)


class TestDefinitions:
    def test_an_invalid_one_is_an_incident_of_its_pipeline(self) -> None:
        after = overdue.report_overdue(
            State("Person!"), None, "/landfall/dev/pipelines/Person!: is not JSON", NOW, TIMING
        )

        (one,) = after.incidents
        assert (one.kind, one.severity, one.cause) == (
            "definition invalid", "error", "/landfall/dev/pipelines/Person!: is not JSON",
        )  # fmt: skip

    def test_it_stays_as_it_is_until_it_is_wrong_in_another_way(self) -> None:
        known = Transition(overdue.report_overdue(state(), None, "a", NOW, TIMING)).settle(NOW).state

        assert overdue.report_overdue(known, None, "a", NOW + 300, TIMING) == known
        assert overdue.report_overdue(known, None, "b", NOW + 300, TIMING).incidents[0].count == 2

    def test_a_valid_one_resolves_it(self) -> None:
        known = Transition(overdue.report_overdue(state(), None, "a", NOW, TIMING)).settle(NOW).state

        assert (
            Transition(overdue.report_overdue(known, pipeline(), "", NOW + 300, TIMING))
            .settle(NOW + 300)
            .state.incidents
            == ()
        )

    def test_a_pipeline_that_was_only_ever_invalid_is_then_seen_for_the_first_time(self) -> None:
        invalid = Transition(overdue.report_overdue(State("person"), None, "a", NOW, TIMING)).settle(NOW).state

        seen = run_start.request_first_run(replace(invalid, version=1), NOW + 300)

        assert (seen.requested, seen.first_seen_at) == (True, NOW + 300)


class TestReminders:
    def remind(self, known: State, now: float) -> State:
        return overdue.report_overdue(known, pipeline(), "", now, REMIND_DAILY)

    def test_one_is_told_again_after_its_time_and_not_at_every_sweep(self) -> None:
        known = replace(fail(state()), outbox=())

        assert self.remind(known, NOW + DAY - 1) == known
        first = self.remind(known, NOW + DAY)
        second = self.remind(self.remind(first, NOW + DAY + 300), NOW + 2 * DAY)

        assert [item.id.rsplit("/", 1)[-1] for item in second.outbox] == ["reminder-1", "reminder-2"]
        assert told(second) == ["Incident Reminder"] * 2

    def test_not_when_it_is_acknowledged(self) -> None:
        known = incidents.acknowledge(replace(fail(state()), outbox=()), "crawl failed", NOW + 5, "amara")

        assert self.remind(known, NOW + 9 * DAY) == known
        assert (known.incidents[0].acknowledged_at, known.incidents[0].acknowledged_by) == (NOW + 5, "amara")

    def test_never_when_it_is_set_to_zero(self) -> None:
        known = fail(state())

        assert overdue.report_overdue(known, pipeline(), "", NOW + 9 * DAY, TIMING) == known


def test_rows_are_kept_as_far_as_an_alert_shows_them() -> None:
    wide = Incident("i", "check failed", NOW, NOW, rows=(("x" * 200,) * 20,) * 10)

    assert len(incidents.record(state(), wide).incidents[0].rows) == 2


def test_an_adopted_crawl_takes_over_what_failed_runs_left_so_that_nothing_is_shown_as_unprocessed() -> None:
    broken = replace(fail(state()), unprocessed=uploads(4), last_run_started_at=NOW)
    seen = CrawlStatus("person-crawler", "READY", "SUCCEEDED", NOW + 60)

    change = crawls.handle_crawl(broken, seen, pipeline(steps=CRAWL_ONLY), "run-2", NOW + 90, TIMING).settle(NOW + 90)

    assert (change.state.unprocessed.count, change.state.incidents) == (0, ())
    assert change.records[0].uploads.count == 4
