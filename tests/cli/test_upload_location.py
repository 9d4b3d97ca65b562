"""Where an upload is follows from its own time, the runs' start times, and what runs have on record."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from landfall.model.state import NONE, Failure, Uploads
from landfall_cli.upload_location import CLOCK_SKEW_SECONDS, UploadedObject, locate
from tests.cli.conftest import NOW, PREFIX, record
from verification.examples.builders import run, state

KEY = f"{PREFIX}mine.csv"
FAILURE = Failure("crawl failed", "Database person-db not found", "crawl person-crawler")


def uploaded(time: float = NOW, **fields: Any) -> UploadedObject:
    return UploadedObject("landfall-lake", KEY, 10, time, **fields)


def others(count: int = 1, time: float = NOW - 100) -> Uploads:
    return Uploads(count, time, time, (f"{PREFIX}other.csv",))


def test_a_run_that_started_after_it_and_succeeded_has_it() -> None:
    later = record(started_at=NOW + CLOCK_SKEW_SECONDS + 0.1, uploads=others())

    found = locate(uploaded(), state(), [later])

    assert (found.place, found.run, found.certain) == ("in the table", later, True)


def test_a_run_that_started_within_the_margin_may_not_have_listed_it() -> None:
    close = record(started_at=NOW + CLOCK_SKEW_SECONDS - 0.1, uploads=others())

    assert locate(uploaded(), state(), [close]).place == "not heard of"


def test_a_run_within_the_margin_has_it_when_it_is_on_its_record() -> None:
    close = record(started_at=NOW + 1.5, uploads=Uploads(1, NOW, NOW, (KEY,)))

    found = locate(uploaded(), state(), [close])

    assert (found.place, found.run, found.certain) == ("in the table", close, True)


def test_a_run_that_names_a_few_of_many_uploads_of_that_second_likely_has_it() -> None:
    close = record(started_at=NOW + 1.5, uploads=Uploads(500, NOW - 1, NOW, (f"{PREFIX}a.csv",)))

    found = locate(uploaded(), state(), [close])

    assert (found.place, found.certain) == ("in the table", False)


def test_the_same_key_uploaded_again_is_not_the_one_on_record() -> None:
    before = record(started_at=NOW - 50, uploads=Uploads(1, NOW - 60, NOW - 60, (KEY,)))

    assert locate(uploaded(), state(), [before]).place == "not heard of"


def test_a_failed_run_leaves_it_unprocessed_until_one_succeeds() -> None:
    failed = record(started_at=NOW + 10, outcome="failed", failure=FAILURE)
    succeeded = record(2, started_at=NOW + 60)

    assert locate(uploaded(), state(), [failed]).place == "unprocessed"
    assert locate(uploaded(), state(), [failed, succeeded]).run == succeeded


def test_a_run_that_found_nothing_to_crawl_has_nothing() -> None:
    assert locate(uploaded(), state(), [record(started_at=NOW + 10, outcome="empty")]).place == "not heard of"


def test_what_a_run_in_flight_took_over_is_in_it() -> None:
    flying = run(started_at=NOW + 2, uploads=Uploads(1, NOW, NOW, (KEY,)))

    found = locate(uploaded(), state(run=flying), [])

    assert found.place == "in a run"
    assert found.run is not None
    assert found.run.id == flying.id


def test_what_came_during_a_run_is_pending() -> None:
    flying = run(started_at=NOW - 5, uploads=others())

    found = locate(uploaded(), state(run=flying, pending=Uploads(1, NOW, NOW, (KEY,))), [])

    assert (found.place, found.certain) == ("pending", True)


def test_one_of_many_pending_is_told_by_its_time() -> None:
    pending = Uploads(40, NOW - 5, NOW + 5, (f"{PREFIX}a.csv",))

    assert locate(uploaded(), state(pending=pending), []).place == "pending"
    assert locate(uploaded(NOW + 30), state(pending=pending), []).place == "not heard of"


def test_what_runs_forgot_is_told_by_what_is_covered() -> None:
    found = locate(uploaded(), state(covered_until=NOW + 1000), [])

    assert (found.place, found.run) == ("in the table", None)


def test_what_nobody_counted_is_not_heard_of() -> None:
    assert locate(uploaded(), state(pending=NONE, covered_until=NOW - 1), []).place == "not heard of"


# S3 tells of an upload in parts only when it began.
IN_PARTS = uploaded(in_parts=True)


def test_an_upload_in_parts_is_in_the_newest_run_s_table_if_it_was_whole_by_then() -> None:
    first, newest = record(1, started_at=NOW + 10, uploads=others()), record(2, started_at=NOW + 900, uploads=others())

    found = locate(IN_PARTS, state(), [first, newest])

    assert (found.place, found.run, found.certain) == ("in the table", newest, False)


def test_an_upload_in_parts_that_a_run_has_on_record_is_certain() -> None:
    first = record(1, started_at=NOW + 10, uploads=others())
    its_own = record(2, started_at=NOW + 900, uploads=Uploads(1, NOW + 890, NOW + 890, (KEY,)))

    found = locate(IN_PARTS, state(), [first, its_own])

    assert (found.place, found.run, found.certain) == ("in the table", its_own, True)


def test_an_upload_in_parts_that_a_failed_run_had_is_seen_by_every_later_one() -> None:
    failed = record(1, started_at=NOW + 10, outcome="failed", failure=FAILURE, uploads=Uploads(1, NOW, NOW, (KEY,)))
    later = record(2, started_at=NOW + 900, uploads=others())

    found = locate(IN_PARTS, state(), [failed, later])

    assert (found.place, found.run, found.certain) == ("in the table", later, True)


def test_an_upload_in_parts_that_is_on_record_as_pending_is_pending() -> None:
    earlier = record(started_at=NOW + 10, uploads=others())
    pending = Uploads(1, NOW + 890, NOW + 890, (KEY,))

    assert locate(IN_PARTS, state(pending=pending), [earlier]).place == "pending"


def test_the_margin_is_the_template_s() -> None:
    template = Path(__file__).parents[2].joinpath("template.yaml").read_text()

    assert f'CLOCK_SKEW_SECONDS: "{CLOCK_SKEW_SECONDS:g}"' in template


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_run_before_it_says_nothing(outcome: str) -> None:
    earlier = record(started_at=NOW - 10, outcome=outcome, uploads=others())

    assert locate(replace(uploaded()), state(), [earlier]).place == "not heard of"
