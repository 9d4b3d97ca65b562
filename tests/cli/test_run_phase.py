"""What a pipeline is said to be doing."""

from typing import Any

import pytest

from landfall.model.state import Uploads
from landfall_cli.run_phase import find_phase
from verification.examples.builders import NOW, pipeline, run, state, uploads

RESTED = {"last_run_started_at": NOW - 10_000}


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({}, "idle", "idle"),
        ({"version": 0}, "never seen", "never seen: its first run starts with an upload or the next sweep"),
        ({"pending": uploads()}, "due", "about to start"),
        ({"requested": True}, "due", "about to start"),
        ({"paused": True, "paused_at": NOW - 120}, "paused", "paused, 2 min"),
        ({"paused": True, "paused_reason": "backfill"}, "paused", "paused: backfill"),
        (
            {"pending": uploads(), "last_run_started_at": NOW - 60},
            "waiting for its turn",
            "next run at 13:55:40Z, in 9 min",
        ),
    ],
)
def test_without_a_run_it_is_what_keeps_the_next_one_from_starting(
    fields: dict[str, Any], code: str, text: str
) -> None:
    found = find_phase(state(**(RESTED | fields)), pipeline(min_minutes_between_runs=10), (), NOW)

    assert (found.code, found.text) == (code, text)


def test_an_invalid_definition_comes_first_and_a_missing_one_is_told() -> None:
    assert find_phase(state(paused=True), None, ("name is missing",), NOW).code == "definition invalid"
    assert find_phase(state(), None, (), NOW).code == "no definition"


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({}, "running", "crawl person-crawler (1/2), 12 s"),
        ({"status": "starting"}, "starting", "starting crawl person-crawler (1/2), 12 s"),
        ({"status": "waiting"}, "waiting", "crawl person-crawler (1/2) waits: busy with another run, 12 s"),
        ({"step": 1, "attempt": 2}, "running", "checks (2/2), attempt 2, 12 s"),
    ],
)
def test_a_run_is_told_by_its_step(fields: dict[str, Any], code: str, text: str) -> None:
    flying = run(attempt_started_at=NOW - 12, **fields)

    found = find_phase(state(run=flying, pending=Uploads(3)), None, ("invalid by now",), NOW)

    assert (found.code, found.text, found.since) == (code, text, NOW - 12)


def test_a_run_that_goes_on_to_its_end_although_paused_says_so() -> None:
    assert find_phase(state(run=run(), paused=True), pipeline(), (), NOW).text.endswith(", then paused")
