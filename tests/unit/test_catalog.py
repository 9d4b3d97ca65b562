"""The catalog after a crawl: no table, other columns, and what `on_schema_change` makes of them."""

from dataclasses import replace
from typing import Any

import pytest

from landfall import columns
from landfall.outcomes import Busy, CrawlSeen, Refused, TableSeen
from landfall.rules import crawls
from landfall.rules.change import Change
from landfall.state import NONE, Run, State
from verification.examples.builders import NOW, TIMING, pipeline, run, state

KEY = "person-db._dataprofile"
OLD = (("name", "string"), ("age", "bigint"))
NEW = (("name", "string"), ("age", "double"), ("city", "string"))
CHANGES = ("added: city string", "type: age bigint -> double")


def text(found: tuple[tuple[str, str], ...]) -> str:
    return columns.text_of(found, (), 1)


def crawled(table: Any, known: State | None = None, in_flight: Run | None = None, **definition: Any) -> Change:
    asked = pipeline(
        steps=[{"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}], **definition
    )
    known = replace(known or state(), run=in_flight or run(asked), crawl_consumed=0.0)
    seen = CrawlSeen("person-crawler", "READY", "SUCCEEDED", NOW + 1, table=table)
    return crawls.crawl_seen(known, seen, asked, "run-2", NOW + 60, TIMING).settled(NOW + 60)


def kinds(change: Change) -> list[str]:
    return [one.kind for one in change.state.incidents]


class TestNoTable:
    def test_uploads_without_a_table_fail_the_run(self) -> None:
        change = crawled(TableSeen())

        assert kinds(change) == ["no table"]
        assert change.state.incidents[0].cause == f"The crawl succeeded, but left no table {KEY} that has columns."
        assert change.state.unprocessed.count == 1

    def test_a_run_that_took_over_nothing_found_nothing(self) -> None:
        change = crawled(TableSeen(), in_flight=run(pipeline(), uploads=NONE))

        assert [record.outcome for record in change.records] == ["empty"]
        assert (change.state.run, change.state.incidents, change.state.outbox) == (None, (), ())
        assert change.state.found_nothing
        assert change.state.covered_until == 0.0

    def test_but_a_table_that_was_there_is_missed(self) -> None:
        change = crawled(TableSeen(), state(columns={KEY: text(OLD)}), run(pipeline(), uploads=NONE))

        assert kinds(change) == ["no table"]

    def test_nothing_found_resolves_failures(self) -> None:
        broken = crawled(Refused("access denied", "no")).state

        assert crawled(TableSeen(), broken, run(pipeline(), uploads=NONE)).state.incidents == ()

    def test_the_table_of_a_later_crawl_must_be_there(self) -> None:
        step = {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}
        asked = pipeline(steps=[step, {"crawl": "b-crawler", "database": "person-db", "table": "b"}])
        seen = CrawlSeen("b-crawler", "READY", "SUCCEEDED", NOW + 1, table=TableSeen())

        change = crawls.crawl_seen(state(run=run(asked, step=1, uploads=NONE)), seen, asked, "", NOW + 60, TIMING)

        assert kinds(change) == ["no table"]


class TestLooking:
    def test_a_table_that_may_not_be_seen_fails_the_run_at_once(self) -> None:
        change = crawled(Refused("access denied", "GetTable: AccessDeniedException: no"), max_attempts=3)

        assert (kinds(change), change.act) == (["access denied"], None)

    def test_a_throttled_look_uses_nothing_and_looks_again(self) -> None:
        change = crawled(Busy())

        assert change.look_again
        assert change.state.crawl_consumed == 0.0
        assert change.state.run is not None

    def test_without_a_role_to_ask_by_the_crawl_is_enough(self) -> None:
        assert [record.outcome for record in crawled(None).records] == ["succeeded"]

    def test_a_stranger_s_crawl_waits_for_a_look_as_well(self) -> None:
        seen = CrawlSeen("person-crawler", "READY", "SUCCEEDED", NOW + 1, table=Busy())

        assert crawls.crawl_seen(state(), seen, pipeline(), "run-2", NOW + 60, TIMING) == Change(state())

    def test_only_a_crawl_that_ends_a_step_well_is_looked_behind(self) -> None:
        good = CrawlSeen("person-crawler", "READY", "SUCCEEDED", NOW + 1)
        flying, asked = state(run=run()), pipeline()

        assert crawls.leaves_table(flying, good, asked, TIMING) == (asked, asked.first_crawl)
        assert crawls.leaves_table(state(), good, asked, TIMING) == (asked, asked.first_crawl)
        for other in (
            replace(good, state="STOPPING"), replace(good, last_status="FAILED"),
            replace(good, last_started_at=NOW - 99), replace(good, crawler="another"),
        ):  # fmt: skip
            assert crawls.leaves_table(flying, other, asked, TIMING) is None
        assert crawls.leaves_table(state(paused=True), good, asked, TIMING) is None
        assert crawls.leaves_table(state(run=run(status="waiting")), good, asked, TIMING) is None


class TestColumns:
    def test_a_first_crawl_has_nothing_to_compare_with(self) -> None:
        change = crawled(TableSeen(OLD))

        assert kinds(change) == []
        assert change.state.columns == {KEY: text(OLD)}

    @pytest.mark.parametrize("policy", ["allow", "alert", "halt"])
    def test_the_same_columns_are_no_change(self, policy: str) -> None:
        before = state(columns={KEY: text(OLD)})

        assert kinds(crawled(TableSeen(OLD), before, on_schema_change=policy)) == []

    def test_allow_takes_them_over(self) -> None:
        change = crawled(TableSeen(NEW), state(columns={KEY: text(OLD)}), on_schema_change="allow")

        assert (kinds(change), change.state.columns) == ([], {KEY: text(NEW)})

    def test_alert_tells_the_difference_and_goes_on(self) -> None:
        change = crawled(TableSeen(NEW), state(columns={KEY: text(OLD)}), on_schema_change="alert")

        (one,) = change.state.incidents
        assert (one.kind, one.changes, one.run_id, one.step) == (
            "schema changed", CHANGES, "run-1", "crawl person-crawler",
        )  # fmt: skip
        assert change.state.columns == {KEY: text(NEW)}
        assert [record.outcome for record in change.records] == ["succeeded"]

    def test_halt_fails_the_run_and_takes_nothing_over(self) -> None:
        change = crawled(TableSeen(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt", max_attempts=3)

        (one,) = change.state.incidents
        assert (one.kind, one.changes) == ("schema changed", CHANGES)
        assert (change.state.columns, change.state.columns_halted) == ({KEY: text(OLD)}, {KEY: text(NEW)})
        assert (change.state.unprocessed.count, change.act) == (1, None)
        assert [record.outcome for record in change.records] == ["failed"]

    def test_halted_again_it_is_counted(self) -> None:
        once = crawled(TableSeen(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt").state

        (one,) = crawled(TableSeen(NEW), once, on_schema_change="halt").state.incidents
        assert one.count == 2

    def test_columns_that_are_as_before_again_need_no_take_over(self) -> None:
        halted = crawled(TableSeen(NEW), state(columns={KEY: text(OLD)}), on_schema_change="halt").state

        change = crawled(TableSeen(OLD), halted, on_schema_change="halt")

        assert change.state.columns_halted == {}
        assert kinds(change) == ["schema changed"]

    def test_tables_that_the_definition_no_longer_names_are_forgotten(self) -> None:
        assert crawled(TableSeen(OLD), state(columns={"a.b": text(OLD)})).state.columns == {KEY: text(OLD)}


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
        assert columns.changes(text(OLD), text(after)) == lines

    def test_a_partition_key_is_another_column(self) -> None:
        after = columns.text_of(OLD, [("dt", "string")], 1)

        assert columns.changes(text(OLD), after) == ("added: dt string (partition key)",)

    def test_a_table_too_wide_to_be_kept_is_kept_as_a_hash(self) -> None:
        wide = [(f"column_{number}", "string") for number in range(4_000)]
        one, other = columns.text_of(wide, [], 1), columns.text_of(wide[1:], [], 1)

        assert len(one) < 100
        assert columns.changes(one, one) == ()
        assert columns.changes(one, other) == (
            "The table is too wide for its columns to be kept; some of them have changed.",
        )

    def test_a_hundred_changes_are_fifty_lines_and_a_count(self) -> None:
        many = tuple((f"c{number}", "string") for number in range(100))

        lines = columns.changes(text(OLD), text((*OLD, *many)))

        assert (len(lines), lines[-1]) == (51, "and 50 more")
