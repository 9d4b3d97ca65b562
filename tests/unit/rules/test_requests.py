"""What people ask for: pauses, their ends, acknowledgements; late, twice and in any order."""

from typing import Any

import pytest

from landfall.model.events import AcknowledgementRequest, PauseRequest, Request, ResumeRequest, RunRequest
from landfall.model.state import State
from landfall.rules import incidents, requests
from landfall.rules.transition import Transition
from verification.examples.builders import NOW, TIMING, pipeline, state, uploads

PAUSE = PauseRequest("person", NOW, "the supplier sends test data")
RESUME = ResumeRequest("person", NOW + 60)


def ask(known: State, *asked: Request, now: float = NOW + 99) -> State:
    return requests.apply_requests(known, asked, now, TIMING)


def with_open(kind: str, **fields: Any) -> State:
    known = incidents.record(state(**fields), incidents.create("person", pipeline(), kind, "why", NOW))
    return Transition(known).settle(NOW).state


class TestPauses:
    def test_a_pause_is_shown_with_its_reason(self) -> None:
        after = ask(state(), PAUSE)

        assert (after.paused, after.paused_at, after.paused_reason) == (True, NOW, "the supplier sends test data")

    def test_a_second_pause_changes_nothing(self) -> None:
        paused = ask(state(), PAUSE)

        assert ask(paused, PauseRequest("person", NOW + 5, "another reason")) == paused

    def test_resume_ends_it_and_time_paused_makes_nothing_late(self) -> None:
        after = ask(ask(state(pending=uploads(), pending_since=NOW - 9_999), PAUSE), RESUME)

        assert (after.paused, after.paused_at, after.paused_reason, after.pending_since) == (False, 0.0, "", NOW + 99)

    def test_a_pause_that_comes_again_after_its_end_changes_nothing(self) -> None:
        resumed = ask(ask(state(), PAUSE), RESUME)

        assert ask(resumed, PAUSE) == resumed

    def test_an_end_that_comes_again_after_a_later_pause_changes_nothing(self) -> None:
        paused = ask(ask(state(), PAUSE), RESUME, PauseRequest("person", NOW + 70))

        assert paused.paused
        assert ask(paused, RESUME) == paused

    def test_an_end_that_overtakes_its_pause_ends_it(self) -> None:
        assert not ask(ask(state(), RESUME), PAUSE).paused

    def test_what_comes_together_goes_by_its_time(self) -> None:
        assert not ask(state(), RESUME, PAUSE).paused

    @pytest.mark.parametrize(("kind", "left"), [("late", 0), ("stale", 0), ("stuck", 1), ("crawl failed", 1)])
    def test_a_pause_resolves_what_it_explains(self, kind: str, left: int) -> None:
        assert len(Transition(ask(with_open(kind), PAUSE)).settle(NOW).state.incidents) == left


class TestAcknowledgements:
    def test_it_ends_reminders_and_resolves_nothing(self) -> None:
        after = ask(with_open("crawl failed"), AcknowledgementRequest("person", NOW + 5, "crawl failed", "amara"))

        (one,) = after.incidents
        assert (one.acknowledged_at, one.acknowledged_by, one.resolved_at) == (NOW + 99, "amara", 0.0)
        assert not after.requested

    def test_a_changed_schema_is_resolved_by_it(self) -> None:
        known = with_open("schema changed", columns={"d.t": "new"})

        change = Transition(ask(known, AcknowledgementRequest("person", NOW + 5, "schema changed", "amara"))).settle(
            NOW + 99
        )

        assert (change.state.incidents, change.state.requested) == ((), False)
        assert change.resolved[0].incident.resolved_by == "acknowledged by amara"

    def test_what_was_halted_is_taken_over_and_a_run_asked_for(self) -> None:
        known = with_open("schema changed", columns={"d.t": "old", "d.u": "other"}, columns_halted={"d.t": "new"})

        after = ask(known, AcknowledgementRequest("person", NOW + 5, "schema changed"))

        assert (after.columns, after.columns_halted) == ({"d.t": "new", "d.u": "other"}, {})
        assert after.requested

    def test_what_is_not_open_cannot_be_acknowledged(self) -> None:
        assert ask(state(), AcknowledgementRequest("person", NOW, "schema changed")) == state()

    @pytest.mark.parametrize("kind", ["schema changed", "crawl failed"])
    def test_one_from_before_the_incident_says_nothing_of_it(self, kind: str) -> None:
        known = with_open(kind)

        assert ask(known, AcknowledgementRequest("person", NOW - 3.1, kind)) == known


def test_a_run_is_asked_for() -> None:
    assert ask(state(), RunRequest("person")).requested
