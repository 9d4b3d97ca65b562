"""Defects of the outbox, of writes and of the sweep."""

from dataclasses import replace
from typing import Any

from functions.watchdog import app as watchdog
from landfall.adapters import state_table
from landfall.adapters.event_bus import EventBus
from landfall.model.errors import VersionConflictError
from landfall.model.state import State
from landfall.rules import sweep
from landfall.rules.transition import Transition
from verification.simulation.defects.seeding import Replacement, defect


@defect
def outbox_is_never_emptied() -> list[Replacement]:
    """What the bus has taken stays in the outbox."""
    return [(State, "drop_announcements", lambda self, ids: self)]


@defect
def refused_announcements_are_dropped() -> list[Replacement]:
    """What the bus did not take is removed from the outbox as well."""
    real = EventBus.announce

    def deaf(self: Any, announcements: Any) -> frozenset[str]:
        real(self, announcements)
        return frozenset(item.id for item in announcements)

    return [(EventBus, "announce", deaf)]


@defect
def announced_before_the_write() -> list[Replacement]:
    """The bus hears of a transition that may never be written."""
    real = state_table.StateTable.write

    def eager(self: Any, state: Any, records: Any = ()) -> Any:
        if records and state.outbox:
            EventBus(self._clients, "landfall-dev", "landfall").announce(state.outbox)
        return real(self, state, records)

    return [(state_table.StateTable, "write", eager)]


@defect
def watchdog_ignores_what_waits() -> list[Replacement]:
    """The sweep leaves a try that was busy to the events of others."""
    real = sweep.repair_run

    def idle(state: Any, *rest: Any) -> Transition:
        return Transition(state) if state.run and state.run.status == "waiting" else real(state, *rest)

    return [(sweep, "repair_run", idle)]


@defect
def watchdog_ignores_ended_queries() -> list[Replacement]:
    """The sweep does not ask how the checks in flight went."""
    return [(sweep, "find_open_queries", lambda state: {})]


@defect
def watchdog_ignores_crawls() -> list[Replacement]:
    """The sweep does not ask how the crawl in flight went."""
    real = sweep.repair_run

    def blind(state: Any, seen: Any, *rest: Any) -> Transition:
        return real(state, replace(seen, crawl=None) if state.run else seen, *rest)

    return [(sweep, "repair_run", blind)]


@defect
def sweep_gives_way() -> list[Replacement]:
    """A sweep that loses a write to an upload leaves the pipeline to the next sweep."""
    return [(watchdog, "_TRIES", 1)]


@defect
def conflict_is_ignored() -> list[Replacement]:
    """Who loses a write goes on as if it had won."""
    real = state_table.StateTable.write

    def stubborn(self: Any, state: Any, records: Any = ()) -> Any:
        try:
            return real(self, state, records)
        except VersionConflictError:
            return state

    return [(state_table.StateTable, "write", stubborn)]
