"""Whatever the rules believe survives the state table, to the last digit."""

import json
from decimal import Decimal
from typing import Any

from landfall import codec
from landfall.state import Announcement, Run, State, StepLog, Verdict
from tests.builders import NOW, run, state, uploads


def through_the_table(before: State) -> State:
    """As store.py does: numbers become decimals on the way."""
    plain: dict[str, Any] = json.loads(json.dumps(codec.state_to_plain(before)), parse_float=Decimal)
    return codec.state_from_plain(before.pipeline, before.version, plain)


def test_an_empty_state_survives() -> None:
    assert through_the_table(state()) == state()


def test_a_full_state_survives() -> None:
    in_flight: Run = run(
        queries={0: "query-0", 1: "query-1"},
        job_run_id="jr_1",
        verdicts=(Verdict(0, "query-0", "check failed", "why", (("", "30"),)),),
        log=(StepLog("crawl person-crawler", 1, NOW, NOW + 0.123, "failed", "why"),),
    )
    full = state(
        pending=uploads(3, NOW + 0.5),
        unprocessed=uploads(2),
        requested=True,
        paused=True,
        covered_until=NOW - 0.001,
        crawl_consumed=NOW + 1 / 3,
        last_run_started_at=NOW,
        outbox=(Announcement("run-1/run-started", "Run Started", '{"a": 1}'),),
        run=in_flight,
    )

    assert through_the_table(full) == full


def test_fields_that_an_older_version_did_not_write_take_their_defaults() -> None:
    assert codec.state_from_plain("person", 7, {}) == state()
