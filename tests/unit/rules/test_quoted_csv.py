"""Quoted CSV that its table splits: when it counts as such, and the incident's life."""

from dataclasses import replace
from typing import Any

import pytest

from landfall.model.observations import CrawlStatus, TableStatus, UnquotedCsv
from landfall.model.state import State
from landfall.rules import crawls, quoted_csv
from landfall.rules.transition import Transition
from verification.examples.builders import NOW, TIMING, pipeline, run, state

COLUMNS = (("id", "bigint"), ("name", "string"))
FIRST = {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}
SECOND = {"crawl": "other-crawler", "database": "person-db", "table": "other"}
SPLIT, PLAIN, UNREAD = 'id,name\n1,"Núñez, Ana"\n', "id,name\n1,Ana\n", None
QUOTING = TableStatus(COLUMNS)


def table(head: str | None, delimiter: str = ",") -> TableStatus:
    return TableStatus(COLUMNS, unquoted=UnquotedCsv(delimiter, "s3://lake/data/", head))


def crawled(seen: TableStatus | None, known: State | None = None, step: int = 0, **definition: Any) -> Transition:
    """One crawl of a run with two of them."""
    asked = pipeline(**{"steps": [FIRST, SECOND], **definition})
    in_flight = run(asked, step=step)
    known = replace(known or state(), run=in_flight, last_handled_crawl_start=0.0)
    crawler = asked.steps[step].name.removeprefix("crawl ")
    status = CrawlStatus(crawler, "READY", "SUCCEEDED", NOW + 1, table=seen)
    return crawls.handle_crawl(known, status, asked, "run-2", NOW + 60, TIMING).settle(NOW + 60)


def open_of(change: Transition) -> list[tuple[str, str, int, str]]:
    return [(one.kind, one.severity, one.count, one.step) for one in change.state.incidents]


@pytest.mark.parametrize(
    ("head", "delimiter", "expected"),
    [
        ('1,"Núñez, Ana",Lima\n', ",", True),
        ('1;"a;b"\n', ";", True),
        ('1\t"a\tb"\n', "\t", True),
        ('1|"a|b"\r\n', "|", True),
        ('"a,b",1\n', ",", True),
        ('1,"say ""hi, you"""\n', ",", True),
        ('1, "Ulm, Donau", 5\n', ",", True),
        ('1,"Ana",Lima\n', ",", False),  # quotes stay in the value, but nothing shifts
        ('1,"a;b"\n', ",", False),
        ('1,5" pipe, steel\n2,6" pipe, brass\n', ",", False),  # inches
        ('1,"unterminated, and so text\n2,b\n', ",", False),
        ('1,"a"b, c\n', ",", False),
        ("", ",", False),
        ("1,Ana\n", ",", False),
    ],
)
def test_what_counts_as_split(head: str, delimiter: str, expected: bool) -> None:
    assert quoted_csv.splits(table(head, delimiter)) is expected


def test_a_table_that_knows_quotes_splits_nothing_and_an_unread_one_is_not_known() -> None:
    assert quoted_csv.splits(QUOTING) is False
    assert quoted_csv.splits(table(UNREAD)) is None


def test_it_warns_and_the_run_goes_on() -> None:
    change = crawled(table(SPLIT), severity="critical")

    assert open_of(change) == [("quoted csv", "warning", 1, "crawl person-crawler")]
    assert "person-db._dataprofile" in change.state.incidents[0].cause
    assert change.state.run is not None
    assert change.state.run.step == 1


def test_found_again_it_is_counted_and_unread_files_change_nothing() -> None:
    again = crawled(table(SPLIT), crawled(table(SPLIT)).state)

    assert open_of(again) == [("quoted csv", "warning", 2, "crawl person-crawler")]
    assert open_of(crawled(table(UNREAD), again.state)) == open_of(again)


@pytest.mark.parametrize("good", [QUOTING, table(PLAIN)])
def test_a_table_that_splits_nothing_resolves_it(good: TableStatus) -> None:
    change = crawled(good, crawled(table(SPLIT)).state)

    assert open_of(change) == []
    assert [one.incident.resolved_by for one in change.resolved] == ["person-db._dataprofile splits no quoted values"]


def test_another_table_of_the_pipeline_does_not_resolve_it() -> None:
    first = crawled(table(SPLIT)).state

    assert open_of(crawled(QUOTING, first, step=1)) == [("quoted csv", "warning", 1, "crawl person-crawler")]


def test_but_it_does_once_the_definition_names_that_crawl_no_longer() -> None:
    first = crawled(table(SPLIT)).state

    assert open_of(crawled(QUOTING, first, steps=[SECOND])) == []


def test_without_a_query_role_nothing_is_known_so_nothing_stays_open() -> None:
    first = crawled(table(SPLIT)).state

    assert open_of(crawled(None, first)) == []


def test_a_run_that_is_halted_by_its_columns_says_nothing_of_quotes() -> None:
    first = crawled(QUOTING).state
    changed = replace(table(SPLIT), columns=(("id", "string"),))

    change = crawled(changed, first, on_schema_change="halt")

    assert [one.kind for one in change.state.incidents] == ["schema changed"]
