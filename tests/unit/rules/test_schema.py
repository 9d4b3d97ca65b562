"""The catalog after a crawl: no table, other columns, and what `on_schema_change` makes of them."""

from dataclasses import replace
from typing import Any

import pytest

from landfall.model import table_columns
from landfall.model.observations import Busy, CrawlStatus, Refused, TableStatus
from landfall.model.state import NONE, Run, State
from landfall.rules import crawls
from landfall.rules.transition import Transition
from verification.examples.builders import NOW, TIMING, pipeline, run, state

KEY = "person-db._dataprofile"
OLD = (("name", "string"), ("age", "bigint"))
NEW = (("name", "string"), ("age", "double"), ("city", "string"))
CHANGES = ("added: city string", "type: age bigint -> double")


def text(found: tuple[tuple[str, str], ...]) -> str:
    return table_columns.text_of(found, (), 1)


def crawled(table: Any, known: State | None = None, in_flight: Run | None = None, **definition: Any) -> Transition:
    asked = pipeline(
        steps=[{"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}], **definition
    )
    known = replace(known or state(), run=in_flight or run(asked), last_handled_crawl_start=0.0)
    seen = CrawlStatus("person-crawler", "READY", "SUCCEEDED", NOW + 1, table=table)
    return crawls.handle_crawl(known, seen, asked, "run-2", NOW + 60, TIMING).settle(NOW + 60)


def kinds(change: Transition) -> list[str]:
    return [one.kind for one in change.state.incidents]


class TestNoTable:
    def test_uploads_without_a_table_fail_the_run(self) -> None:
        change = crawled(TableStatus())

        assert kinds(change) == ["no table"]
        assert change.state.incidents[0].cause == f"The crawl succeeded, but left no table {KEY} that has columns."
        assert change.state.unprocessed.count == 1

    def test_a_run_that_took_over_nothing_found_nothing(self) -> None:
        change = crawled(TableStatus(), in_flight=run(pipeline(), uploads=NONE))

        assert [record.outcome for record in change.records] == ["empty"]
        assert (change.state.run, change.state.incidents, change.state.outbox) == (None, (), ())
        assert change.state.last_run_was_empty
        assert change.state.covered_until == 0.0

    def test_but_a_table_that_was_there_is_missed(self) -> None:
        change = crawled(TableStatus(), state(columns={KEY: text(OLD)}), run(pipeline(), uploads=NONE))

        assert kinds(change) == ["no table"]

    def test_nothing_found_resolves_failures(self) -> None:
        broken = crawled(Refused("access denied", "no")).state

        assert crawled(TableStatus(), broken, run(pipeline(), uploads=NONE)).state.incidents == ()

    def test_the_table_of_a_later_crawl_must_be_there(self) -> None:
        step = {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}
        asked = pipeline(steps=[step, {"crawl": "b-crawler", "database": "person-db", "table": "b"}])
        seen = CrawlStatus("b-crawler", "READY", "SUCCEEDED", NOW + 1, table=TableStatus())

        change = crawls.handle_crawl(state(run=run(asked, step=1, uploads=NONE)), seen, asked, "", NOW + 60, TIMING)

        assert kinds(change) == ["no table"]


class TestLooking:
    def test_a_table_that_may_not_be_seen_fails_the_run_at_once(self) -> None:
        change = crawled(Refused("access denied", "GetTable: AccessDeniedException: no"), max_attempts=3)

        assert (kinds(change), change.command) == (["access denied"], None)

    def test_a_throttled_look_uses_nothing_and_looks_again(self) -> None:
        change = crawled(Busy())

        assert change.needs_recheck
        assert change.state.last_handled_crawl_start == 0.0
        assert change.state.run is not None

    def test_without_a_role_to_ask_by_the_crawl_is_enough(self) -> None:
        assert [record.outcome for record in crawled(None).records] == ["succeeded"]

    def test_a_stranger_s_crawl_waits_for_a_look_as_well(self) -> None:
        seen = CrawlStatus("person-crawler", "READY", "SUCCEEDED", NOW + 1, table=Busy())

        assert crawls.handle_crawl(state(), seen, pipeline(), "run-2", NOW + 60, TIMING) == Transition(state())

    def test_only_a_crawl_that_ends_a_step_well_is_looked_behind(self) -> None:
        good = CrawlStatus("person-crawler", "READY", "SUCCEEDED", NOW + 1)
        flying, asked = state(run=run()), pipeline()

        assert crawls.find_table_to_check(flying, good, asked, TIMING) == (asked, asked.first_crawl)
        assert crawls.find_table_to_check(state(), good, asked, TIMING) == (asked, asked.first_crawl)
        for other in (
            replace(good, state="STOPPING"), replace(good, last_status="FAILED"),
            replace(good, last_started_at=NOW - 99), replace(good, crawler="another"),
        ):  # fmt: skip
            assert crawls.find_table_to_check(flying, other, asked, TIMING) is None
        assert crawls.find_table_to_check(state(paused=True), good, asked, TIMING) is None
        assert crawls.find_table_to_check(state(run=run(status="waiting")), good, asked, TIMING) is None


class TestColumns:
    def test_a_first_crawl_has_nothing_to_compare_with(self) -> None:
        change = crawled(TableStatus(OLD))

        assert kinds(change) == []
        assert change.state.columns == {KEY: text(OLD)}

    @pytest.mark.parametrize("policy", ["allow", "alert", "halt"])
    def test_the_same_columns_are_no_change(self, policy: str) -> None:
        before = state(columns={KEY: text(OLD)})

        assert kinds(crawled(TableStatus(OLD), before, on_schema_change=policy)) == []

    def test_allow_takes_them_over(self) -> None:
        change = crawled(TableStatus(NEW), state(columns={KEY: text(OLD)}), on_schema_change="allow")

        assert (kinds(change), change.state.columns) == ([], {KEY: text(NEW)})

    def test_alert_tells_the_difference_and_goes_on(self) -> None:
        change = crawled(TableStatus(NEW), state(columns={KEY: text(OLD)}), on_schema_change="alert")

        (one,) = change.state.incidents
        assert (one.kind, one.changes, one.run_id, one.step) == (
            "schema changed", CHANGES, "run-1", "crawl person-crawler",
        )  # fmt: skip
        assert change.state.columns == {KEY: text(NEW)}
        assert [record.outcome for record in change.records] == ["succeeded"]

    def test_halt_fails_the_run_and_takes_nothing_over(self) -> None:
        change = crawled(TableStatus(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt", max_attempts=3)

        (one,) = change.state.incidents
        assert (one.kind, one.changes) == ("schema changed", CHANGES)
        assert (change.state.columns, change.state.columns_halted) == ({KEY: text(OLD)}, {KEY: text(NEW)})
        assert (change.state.unprocessed.count, change.command) == (1, None)
        assert [record.outcome for record in change.records] == ["failed"]

    def test_halted_again_it_is_counted(self) -> None:
        once = crawled(TableStatus(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt").state

        (one,) = crawled(TableStatus(NEW), once, on_schema_change="halt").state.incidents
        assert one.count == 2

    def test_columns_that_are_as_before_again_need_no_take_over(self) -> None:
        halted = crawled(TableStatus(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt").state

        change = crawled(TableStatus(OLD), halted, on_schema_change="halt")

        assert change.state.columns_halted == {}
        assert kinds(change) == ["schema changed"]

    def test_tables_that_the_definition_no_longer_names_are_forgotten(self) -> None:
        assert crawled(TableStatus(OLD), state(columns={"a.b": text(OLD)})).state.columns == {KEY: text(OLD)}


class TestDifferences:
    @pytest.mark.parametrize(
        ("after", "lines"),
        [
            (OLD, ()),
            (NEW, CHANGES),
            ((("name", "string"),), ("removed: age bigint",)),
            (tuple(reversed(OLD)), ("order: name, age -> age, name",)),
        ],
    )
    def test_a_line_for_each(self, after: Any, lines: Any) -> None:
        assert table_columns.compare(text(OLD), text(after)) == lines

    def test_a_partition_key_is_another_column(self) -> None:
        after = table_columns.text_of(OLD, [("dt", "string")], 1)

        assert table_columns.compare(text(OLD), after) == ("added: dt string (partition key)",)

    def test_a_table_too_wide_to_be_kept_is_kept_as_a_hash(self) -> None:
        wide = [(f"column_{number}", "string") for number in range(4_000)]
        one, other = table_columns.text_of(wide, [], 1), table_columns.text_of(wide[1:], [], 1)

        assert len(one) < 100
        assert table_columns.compare(one, one) == ()
        assert table_columns.compare(one, other) == (
            "The table is too wide for its columns to be kept; some of them have changed.",
        )

    def test_a_hundred_changes_are_fifty_lines_and_a_count(self) -> None:
        many = tuple((f"c{number}", "string") for number in range(100))

        lines = table_columns.compare(text(OLD), text((*OLD, *many)))

        assert (len(lines), lines[-1]) == (51, "and 50 more")
