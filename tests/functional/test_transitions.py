"""The shell around the rules: whatever is interrupted is taken up by the next invocation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest

from landfall.adapters.clients import Clients
from landfall.adapters.glue import Glue
from landfall.adapters.state_table import StateTable
from landfall.model.errors import DeliveryError, VersionConflictError
from landfall.model.observations import Attempted
from landfall.model.pipelines import CrawlStep
from landfall.model.state import State
from landfall.service.application import application
from landfall.service.transitions import new_run_id
from tests.functional.account import CRAWLER, Account, Handler, batch, failed
from verification.examples.payloads import payload

UPLOAD = payload("on_upload/put_versioned")


@pytest.fixture
def deaf_bus(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A bus that takes nothing, until the returned function is called."""
    bus = type(application().transitions.bus)
    real = bus.announce
    monkeypatch.setattr(bus, "announce", lambda self, announcements: frozenset())
    return lambda: monkeypatch.setattr(bus, "announce", real)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pipelines whose states are read, in their order."""
    names: list[str] = []
    real = StateTable.load

    def load(self: StateTable, pipeline: str) -> State:
        names.append(pipeline)
        return real(self, pipeline)

    monkeypatch.setattr(StateTable, "load", load)
    return names


def test_the_crawler_starts_even_when_the_bus_is_deaf_and_the_news_is_told_later(
    account: Account, on_upload: Handler, deaf_bus: Callable[[], None]
) -> None:
    assert failed(on_upload(batch(UPLOAD))) == ["1"]
    assert boto3.client("glue").get_crawler(Name=CRAWLER)["Crawler"]["State"] == "RUNNING"
    assert [item.type for item in account.state().outbox] == ["Run Started"]

    deaf_bus()
    on_upload(batch(UPLOAD))

    assert account.state().outbox == ()
    assert [event["detail-type"] for event in account.announced()] == ["Run Started"]


def test_by_hand_a_deaf_bus_is_an_error(account: Account, on_upload: Handler, deaf_bus: Callable[[], None]) -> None:
    with pytest.raises(DeliveryError):
        on_upload(UPLOAD)


def test_who_loses_a_write_reads_again_and_decides_again(
    account: Account, on_upload: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StateTable.write
    beaten: list[State] = []

    def beaten_once(self: StateTable, state: State, *records: Any) -> State:
        if not beaten:
            beaten.append(real(self, account.state()))  # another invocation is quicker
        return real(self, state, *records)

    monkeypatch.setattr(StateTable, "write", beaten_once)
    on_upload(UPLOAD)

    run = account.state().run
    assert run is not None
    assert run.uploads.count == 1


def test_a_state_that_was_just_written_is_not_read_again(
    account: Account, on_upload: Handler, reads: list[str]
) -> None:
    on_upload(UPLOAD)

    assert reads == ["person"]
    assert account.state().version == 3  # the run, what came of its start, and what was delivered


def test_what_others_wrote_during_the_start_is_kept(
    account: Account, on_upload: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Glue.start_crawler

    def slow(self: Glue, step: CrawlStep) -> Attempted:
        StateTable(Clients(), "state", 90).write(replace(account.state(), paused_reason="written meanwhile"))
        return real(self, step)

    monkeypatch.setattr(Glue, "start_crawler", slow)
    on_upload(UPLOAD)

    found = account.state()
    assert found.run is not None
    assert (found.run.status, found.paused_reason, found.outbox) == ("running", "written meanwhile", ())


def test_who_loses_every_write_hands_its_records_back(
    account: Account, on_upload: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_beaten(self: StateTable, state: State, *records: Any) -> State:
        raise VersionConflictError("another was first")

    monkeypatch.setattr(StateTable, "write", always_beaten)

    assert failed(on_upload(batch(UPLOAD))) == ["1"]
    assert account.history() == []


def test_a_conditional_write_has_one_winner(account: Account) -> None:
    state_table = StateTable(Clients(), "state", 90)
    first = state_table.write(State("person"))

    with pytest.raises(VersionConflictError):
        state_table.write(State("person"))

    assert state_table.write(first).version == 2


def test_a_start_that_died_before_it_was_recorded_is_repeated_after_its_lease(
    account: Account, on_upload: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    transitions = application().transitions
    with monkeypatch.context() as dying:
        dying.setattr(type(transitions.glue), "start_crawler", lambda self, step: 1 / 0)
        assert failed(on_upload(batch(UPLOAD))) == ["1"]
    run = account.state().run
    assert run is not None
    assert (run.status, run.try_number) == ("starting", 1)

    on_upload(batch(UPLOAD))
    still = account.state().run
    assert still is not None
    assert (still.status, still.try_number) == ("starting", 1)  # its lease is not over

    aged = replace(still, try_started_at=still.try_started_at - 71)
    transitions.state_table.write(replace(account.state(), run=aged))
    on_upload(batch(UPLOAD))

    again = account.state().run
    assert again is not None
    assert (again.status, again.try_number) == ("running", 2)


def test_run_ids_sort_by_their_start_to_the_millisecond() -> None:
    starts = (1795176000.001, 1795176000.002, 1795176000.9, 1795176001.0)

    ids = [new_run_id(start) for start in starts]

    assert ids == sorted(ids)
    assert ids[0].startswith("20261120T120000.001Z-")
