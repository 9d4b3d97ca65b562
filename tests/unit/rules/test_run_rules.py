"""The rules of a pipeline, one test per rule; the names say the rule."""

from dataclasses import replace
from typing import Any

import pytest

from landfall.model.observations import Busy, CrawlStatus, QueryOf, QueryStatus, Refused, Started, Unknown
from landfall.model.pipelines import Pipeline
from landfall.model.state import NONE, State
from landfall.rules import checks, crawls, run_start
from landfall.rules.transition import StartTry, Transition
from landfall.rules.uploads import record_uploads
from verification.examples.builders import CURATE, NOW, TIMING, document, pipeline, run, state, upload, uploads

NEW_RUN = "run-2"
CRAWLER = "person-crawler"
CHECKS_ONLY_RUN: dict[str, Any] = {"step": 1, "queries": {0: "query-0", 1: "query-1"}}


def start(known: State, now: float = NOW, definition: Pipeline | None = None) -> Transition:
    return run_start.start_if_due(Transition(known), definition or pipeline(), NEW_RUN, now)


def ended(
    status: str = "SUCCEEDED", started_at: float = NOW + 1, error: str = "", crawler: str = CRAWLER
) -> CrawlStatus:
    return CrawlStatus(crawler, "READY", status, started_at, error)


def look(known: State, seen: CrawlStatus, now: float = NOW + 60) -> Transition:
    return crawls.handle_crawl(known, seen, pipeline(), NEW_RUN, now, TIMING)


def announced(known: State) -> list[str]:
    return [item.type for item in known.outbox]


class TestArrivals:
    def test_an_upload_is_pending(self) -> None:
        after = record_uploads(
            state(), pipeline(), [upload(time=NOW), upload("data/dataprofile/b.csv", NOW + 5)], NOW, TIMING
        )

        assert (after.pending.count, after.pending.oldest, after.pending.newest) == (2, NOW, NOW + 5)
        assert after.pending.keys == ("data/dataprofile/a.csv", "data/dataprofile/b.csv")

    def test_what_is_no_data_changes_nothing(self) -> None:
        marker, text = upload("data/dataprofile/", size=0), upload("data/dataprofile/a.txt")

        assert record_uploads(state(), pipeline(), [marker, text, upload(deleted=True)], NOW, TIMING) == state()

    def test_an_upload_provably_seen_already_changes_nothing(self) -> None:
        before = state(covered_until=NOW, last_upload_at=NOW)

        assert record_uploads(before, pipeline(), [upload(time=NOW - 3.001)], NOW, TIMING) == before

    def test_within_the_margin_nothing_is_proven(self) -> None:
        before = state(covered_until=NOW)

        assert record_uploads(before, pipeline(), [upload(time=NOW - 3)], NOW, TIMING).pending.count == 1

    def test_an_upload_that_the_run_in_flight_will_see_is_counted_into_it(self) -> None:
        after = record_uploads(state(run=run()), pipeline(), [upload(time=NOW - 10)], NOW, TIMING)

        assert after.run is not None
        assert (after.run.uploads.count, after.pending.count) == (2, 0)

    def test_an_upload_during_a_run_waits_for_the_next(self) -> None:
        after = record_uploads(state(run=run()), pipeline(), [upload(time=NOW + 1)], NOW, TIMING)

        assert after.run == run()
        assert after.pending.count == 1

    def test_a_thousand_uploads_keep_a_few_keys(self) -> None:
        many = [upload(f"data/dataprofile/{number}.csv") for number in range(1000)]

        after = record_uploads(state(), pipeline(), many, NOW, TIMING)

        assert (after.pending.count, len(after.pending.keys)) == (1000, 5)


class TestStarting:
    def test_a_run_takes_over_what_is_pending_and_what_failed_in_one_change(self) -> None:
        change = start(state(pending=uploads(2), unprocessed=uploads(3), requested=True))

        assert change.state.run is not None
        assert change.state.run.uploads.count == 5
        assert (change.state.pending, change.state.unprocessed, change.state.requested) == (NONE, NONE, False)
        assert change.command == StartTry(pipeline(), NEW_RUN, step=0, attempt=1, try_number=1)
        assert announced(change.state) == ["Run Started"]
        assert [record.outcome for record in change.records] == [None]

    def test_nothing_pending_starts_nothing(self) -> None:
        assert start(state(unprocessed=uploads())) == Transition(state(unprocessed=uploads()))

    def test_one_run_at_a_time(self) -> None:
        before = state(pending=uploads(), run=run())

        assert start(before) == Transition(before)

    def test_a_paused_pipeline_starts_nothing(self) -> None:
        before = state(pending=uploads(), requested=True, paused=True)

        assert start(before) == Transition(before)

    def test_a_pipeline_without_a_definition_starts_nothing(self) -> None:
        before = state(pending=uploads())

        assert run_start.start_if_due(Transition(before), None, NEW_RUN, NOW) == Transition(before)

    def test_runs_keep_their_distance(self) -> None:
        before, rested = state(pending=uploads(), last_run_started_at=NOW), pipeline(min_minutes_between_runs=10)

        assert start(before, NOW + 599, rested).command is None
        assert start(before, NOW + 600, rested).command is not None

    def test_no_distance_is_kept_from_a_run_that_found_nothing(self) -> None:
        before = state(pending=uploads(), last_run_started_at=NOW, last_run_was_empty=True)

        change = start(before, NOW + 1, pipeline(min_minutes_between_runs=10))

        assert change.command is not None
        assert not change.state.last_run_was_empty

    def test_a_request_waits_for_no_distance(self) -> None:
        before = state(requested=True, last_run_started_at=NOW)

        assert start(before, NOW + 1, pipeline(min_minutes_between_runs=10)).command is not None

    def test_a_pipeline_seen_for_the_first_time_counts_as_one_arrival(self) -> None:
        assert start(run_start.request_first_run(state(first_seen_at=0.0), NOW)).command is not None
        assert run_start.request_first_run(state(), NOW) == state()


class TestTries:
    known = state(run=run(status="starting"))
    command = StartTry.of(run())

    def test_a_start_is_recorded(self) -> None:
        after = run_start.record_attempt(self.known, self.command, Started({}), NOW + 1).state

        assert after.run == run(status="running")

    def test_busy_waits_and_looks_again(self) -> None:
        change = run_start.record_attempt(self.known, self.command, Busy(), NOW + 1)

        assert change.state.run == run(status="waiting")
        assert change.needs_recheck
        assert change.command is None

    def test_a_crawl_whose_start_had_no_answer_is_waited_for(self) -> None:
        change = run_start.record_attempt(self.known, self.command, Unknown("timeout"), NOW + 1)

        assert change == Transition(state(run=run(status="running")))

    @pytest.mark.parametrize("step", [1, 2])
    def test_checks_and_a_job_whose_start_had_no_answer_stay_in_starting(self, step: int) -> None:
        definition = pipeline(steps=[*document()["steps"], CURATE])
        known = state(run=replace(run(definition, status="starting"), step=step))
        command = StartTry.of(known.run)  # type: ignore[arg-type]

        assert run_start.record_attempt(known, command, Unknown("timeout"), NOW + 1) == Transition(known)

    def test_a_refusal_fails_at_once_with_aws_s_words_however_many_attempts_are_left(self) -> None:
        known = state(run=run(pipeline(max_attempts=3), status="starting"))
        assert known.run is not None
        refused = Refused("access denied", "StartCrawler: AccessDeniedException: not authorized")

        change = run_start.record_attempt(known, StartTry.of(known.run), refused, NOW + 1)

        assert change.state.run is None
        assert announced(change.state) == ["Run Failed"]
        assert change.records[0].failure is not None
        assert change.records[0].failure.cause == refused.cause

    @pytest.mark.parametrize(
        "other", [{"id": "run-0"}, {"attempt": 2}, {"try_number": 2}, {"step": 1}, {"status": "running"}]
    )
    def test_the_result_of_another_try_changes_nothing(self, other: dict[str, Any]) -> None:
        known = state(run=run(**({"status": "starting"} | other)))

        assert run_start.record_attempt(known, self.command, Busy(), NOW + 1) == Transition(known)

    def test_a_try_left_in_starting_is_repeated_only_after_its_lease(self) -> None:
        assert run_start.repeat_crawl(self.known, NOW + 70, TIMING) == Transition(self.known)

        change = run_start.repeat_crawl(self.known, NOW + 70.1, TIMING)

        assert change.command == replace(self.command, try_number=2)

    def test_a_try_that_is_running_is_not_repeated(self) -> None:
        assert run_start.repeat_crawl(state(run=run()), NOW + 999, TIMING) == Transition(state(run=run()))


class TestCrawlEndings:
    def test_success_starts_the_next_step(self) -> None:
        change = look(state(run=run()), ended())

        assert change.state.run is not None
        assert (change.state.run.step, change.state.run.status) == (1, "starting")
        assert change.state.last_handled_crawl_start == NOW + 1
        assert change.command is not None
        assert change.command.step == 1

    def test_failure_fails_the_run_with_glue_s_message_and_keeps_its_uploads(self) -> None:
        change = look(state(run=run(), pending=uploads(2)), ended("FAILED", error="Database person-db not found"))

        assert change.state.run is None
        assert (change.state.unprocessed.count, change.state.pending.count) == (1, 2)
        assert announced(change.state) == ["Run Failed"]
        assert '"cause": "Database person-db not found"' in change.state.outbox[0].detail
        assert [record.outcome for record in change.records] == ["failed"]

    def test_a_failed_run_is_not_repeated_by_itself(self) -> None:
        failed = look(state(run=run()), ended("FAILED")).state

        assert start(failed, NOW + 999).command is None
        assert start(replace(failed, pending=uploads()), NOW + 999).state.run is not None

    def test_a_stopped_crawl_is_a_failure_of_its_own_kind(self) -> None:
        assert '"kind": "crawl stopped"' in look(state(run=run()), ended("CANCELLED")).state.outbox[0].detail

    def test_a_failed_step_is_tried_again_while_attempts_are_left(self) -> None:
        change = look(state(run=run(pipeline(max_attempts=2))), ended("FAILED"))

        assert change.state.run is not None
        assert (change.state.run.attempt, change.state.run.try_number) == (2, 1)
        assert change.command is not None
        assert change.state.outbox == ()

    def test_an_ending_is_used_once(self) -> None:
        known = state(run=run(), last_handled_crawl_start=NOW + 1)

        assert look(known, ended()).state == known

    def test_a_crawl_from_before_this_try_does_not_end_it(self) -> None:
        known = state(run=run(try_started_at=NOW))

        assert look(known, ended(started_at=NOW - 3.1)).state == known
        assert look(known, ended(started_at=NOW - 3)).state != known

    @pytest.mark.parametrize("status", ["starting", "waiting"])
    def test_only_a_step_that_runs_can_end(self, status: str) -> None:
        change = look(state(run=run(status=status)), ended(), NOW + 10)

        assert change.state.run is not None
        assert change.state.run.step == 0

    def test_a_crawler_that_is_stopping_is_looked_at_again(self) -> None:
        known = state(run=run())

        assert look(known, CrawlStatus(CRAWLER, "STOPPING")) == Transition(known, needs_recheck=True)
        assert look(known, CrawlStatus(CRAWLER, "RUNNING")) == Transition(known)

    def test_the_end_of_the_other_run_makes_the_next_try(self) -> None:
        change = look(state(run=run(status="waiting")), ended())

        assert change.command is not None
        assert change.command.try_number == 2
        assert change.state.run is not None
        assert change.state.run.status == "starting"

    def test_the_end_of_another_crawler_changes_nothing(self) -> None:
        known = state(run=run())

        assert look(known, ended(crawler="someone-elses")) == Transition(known)

    def test_a_crawler_that_is_gone_fails_the_run_at_once(self) -> None:
        gone = Refused("refused", "GetCrawler: EntityNotFoundException: Crawler not found")

        change = crawls.handle_refused_crawler(state(run=run(pipeline(max_attempts=5))), CRAWLER, gone, NOW + 1)

        assert change.state.run is None
        assert announced(change.state) == ["Run Failed"]

    def test_a_crawler_that_is_gone_troubles_no_pipeline_that_does_not_wait_for_it(self) -> None:
        gone = Refused("refused", "gone")

        assert crawls.handle_refused_crawler(state(), CRAWLER, gone, NOW) == Transition(state())


class TestStrangers:
    def test_a_crawl_that_someone_else_started_stands_for_the_first_step(self) -> None:
        change = look(state(pending=uploads(2), covered_until=NOW - 50), ended(started_at=NOW))

        assert change.state.run is not None
        assert (change.state.run.step, change.state.run.started_at, change.state.run.uploads) == (1, NOW, NONE)
        assert change.state.pending.count == 2
        assert announced(change.state) == ["Run Started"]

    @pytest.mark.parametrize("seen", [ended("FAILED"), ended("CANCELLED"), CrawlStatus(CRAWLER, "RUNNING")])
    def test_only_its_success_counts(self, seen: CrawlStatus) -> None:
        assert look(state(), seen) == Transition(state())

    def test_our_own_crawl_is_no_stranger_when_its_event_comes_twice(self) -> None:
        known = state(last_handled_crawl_start=NOW + 1)

        assert look(known, ended(started_at=NOW + 1)) == Transition(known)

    def test_a_crawl_from_before_the_newest_run_does_not_hide_that_it_failed(self) -> None:
        known = state(unprocessed=uploads(), last_run_started_at=NOW)

        assert look(known, ended(started_at=NOW - 20)) == Transition(known)
        assert look(known, ended(started_at=NOW + TIMING.clock_skew)) == Transition(known)
        assert look(known, ended(started_at=NOW + TIMING.clock_skew + 1)).state.run is not None

    def test_a_paused_pipeline_adopts_nothing(self) -> None:
        assert look(state(paused=True), ended()) == Transition(state(paused=True))

    def test_covered_until_never_goes_back(self) -> None:
        only_crawl = pipeline(steps=[{"crawl": CRAWLER, "database": "d", "table": "t"}])

        change = crawls.handle_crawl(
            state(covered_until=NOW + 9), ended(started_at=NOW), only_crawl, NEW_RUN, NOW + 10, TIMING
        )

        assert change.state.covered_until == NOW + 9
        assert announced(change.state) == ["Run Started", "Dataset Ready"]


class TestChecks:
    known = state(run=run(**CHECKS_ONLY_RUN))

    def see(self, check: int, seen: QueryStatus, known: State | None = None) -> Transition:
        return checks.handle_query(known or self.known, QueryOf("person", "run-1", 1, 1, check), seen, NOW + 90)

    def has_rows(self, known: State | None = None) -> Transition:
        return self.see(0, QueryStatus("query-0", "SUCCEEDED", rows=(("1",),)), known)

    def test_the_run_has_succeeded_when_every_check_holds(self) -> None:
        change = self.see(1, QueryStatus("query-1", "SUCCEEDED"), self.has_rows().state)

        assert change.state.run is None
        assert change.state.covered_until == NOW
        assert announced(change.state) == ["Dataset Ready"]
        assert [record.outcome for record in change.records] == ["succeeded"]

    def test_the_step_waits_for_all_its_checks(self) -> None:
        change = self.has_rows()

        assert change.state.run is not None
        assert change.command is None

    def test_offending_rows_fail_the_check_and_are_shown(self) -> None:
        change = self.see(1, QueryStatus("query-1", "SUCCEEDED", rows=(("", "30"),)), self.has_rows().state)

        assert change.records[0].failure is not None
        assert change.records[0].failure.kind == "check failed"
        assert change.records[0].failure.check == "no empty names"
        assert change.records[0].failure.rows == (("", "30"),)

    def test_no_rows_fail_a_check_that_expects_some(self) -> None:
        known = self.see(1, QueryStatus("query-1", "SUCCEEDED")).state

        change = self.see(0, QueryStatus("query-0", "SUCCEEDED"), known)

        assert '"kind": "check failed"' in change.state.outbox[-1].detail

    @pytest.mark.parametrize(
        "reason",
        [
            "TABLE_NOT_FOUND: line 1:15: Table does not exist",
            "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. "
            "The types are incompatible and cannot be coerced. The column 'n' in table 'db.t' is declared as type "
            "'string', but partition 'y=2024/m=01' declared column 'n' as type 'double'.",
        ],
    )
    def test_a_query_that_fails_gives_athena_s_reason(self, reason: str) -> None:
        change = self.see(1, QueryStatus("query-1", "FAILED", reason), self.has_rows().state)

        assert change.records[0].failure is not None
        assert (change.records[0].failure.kind, change.records[0].failure.cause) == ("query failed", reason)

    def test_the_same_ending_twice_counts_once(self) -> None:
        once = self.has_rows().state

        assert self.has_rows(once) == Transition(once)

    @pytest.mark.parametrize("other", [{"id": "run-0"}, {"step": 0}, {"attempt": 2}])
    def test_the_query_of_another_run_step_or_attempt_changes_nothing(self, other: dict[str, Any]) -> None:
        known = state(run=run(**(CHECKS_ONLY_RUN | other)))

        assert self.has_rows(known) == Transition(known)

    def test_an_ending_that_comes_before_its_start_was_recorded_counts(self) -> None:
        known = state(run=run(step=1, status="starting"))

        assert self.has_rows(known).state != known

    def test_a_query_that_ends_makes_room_for_those_that_were_throttled(self) -> None:
        change = self.has_rows(state(run=run(step=1, status="waiting")))

        assert change.command is not None
        assert change.command.try_number == 2
