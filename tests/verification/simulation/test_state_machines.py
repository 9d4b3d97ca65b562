"""The tables of states are the truth: random schedules make each of their moves, and no other."""

from collections.abc import Iterator
from itertools import count, islice

import pytest

from landfall.rules import crawls, run_start, run_steps, state_machines
from landfall.rules.state_machines import RUN, STREAM, IllegalMoveError, Table
from verification.simulation.campaign import play
from verification.simulation.seams import installed
from verification.simulation.streams import played

MOST = 2_000  # schedules; a few hundred are enough for nearly all moves
Moves = set[tuple[str, str]]


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> dict[int, Moves]:
    """What is moved, by the table that allows it."""
    seen: dict[int, Moves] = {id(RUN): set(), id(STREAM): set()}
    real = state_machines.require_move

    def require_move(table: Table, before: str, after: str) -> None:
        seen[id(table)].add((before, after))
        real(table, before, after)

    for module in (state_machines, crawls, run_start, run_steps):
        monkeypatch.setattr(module, "require_move", require_move)
    return seen


def rows(table: Table) -> Moves:
    return {(before, after) for before, moves in table.items() for after in moves}


def seeds(seen: Moves, wanted: Moves) -> Iterator[int]:
    """Seed after seed until all is seen that is wanted."""
    return (seed for seed in islice(count(), MOST) if seen < wanted)


def test_every_move_of_a_run_happens(moves: dict[int, Moves]) -> None:
    with installed():
        for seed in seeds(moves[id(RUN)], rows(RUN)):
            play(seed, frozenset())

    assert moves[id(RUN)] == rows(RUN)


def test_every_move_of_a_stream_happens(moves: dict[int, Moves]) -> None:
    for seed in seeds(moves[id(STREAM)], rows(STREAM)):
        played(seed)

    assert moves[id(STREAM)] == rows(STREAM)


@pytest.mark.parametrize("table", [RUN, STREAM], ids=["run", "stream"])
def test_every_status_can_be_reached_and_left(table: Table) -> None:
    assert {after for moves in table.values() for after in moves} == set(table)
    assert all(table.values())


def test_another_move_is_an_error_of_ours() -> None:
    with pytest.raises(IllegalMoveError, match="from waiting to running; allowed: starting, no run"):
        state_machines.require_move(RUN, "waiting", "running")
