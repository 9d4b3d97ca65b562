"""A campaign stops at a broken promise or goes on, and takes up what was interrupted."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.simulation import many
from tests.simulation.campaign import Result
from tests.simulation.world import Broken

BROKEN = {3, 7}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that were played; those of BROKEN break a promise."""
    seeds: list[int] = []

    def play_all(wanted: Iterable[int], workers: int) -> Iterator[Result]:
        for seed in wanted:
            seeds.append(seed)
            yield Result(seed, Broken("P1", "lost") if seed in BROKEN else None, {"runs": 1})

    monkeypatch.setattr(many, "play_all", play_all)
    monkeypatch.setattr(many, "_SAVE_EVERY", 5)
    return seeds


def test_the_first_broken_promise_ends_it(played: list[int]) -> None:
    assert run(10, None)[0] == [3]
    assert played == [0, 1, 2, 3]


def test_it_goes_on_when_asked_to(played: list[int]) -> None:
    broken, text = run(10, None, keep_going=True)

    assert broken == [3, 7]
    assert played == list(range(10))
    assert "Seed 7 broke a promise" in text
    assert "10 schedules, 2 broke a promise" in text
    assert "10 runs" in text


def test_it_takes_up_what_was_interrupted(played: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.test_many.BROKEN", {8})
    assert run(10, tmp_path / "resume")[0] == [8]

    monkeypatch.setattr("tests.simulation.test_many.BROKEN", set())
    broken, text = run(10, tmp_path / "resume")

    assert broken == []
    assert played == [*range(9), *range(5, 10)]  # from the last save
    assert "10 schedules, no broken promise" in text
    assert not (tmp_path / "resume").exists()


def test_what_other_code_has_passed_counts_for_nothing(
    played: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.simulation.test_many.BROKEN", {8})
    run(10, tmp_path / "resume")
    monkeypatch.setattr(many, "_digest", lambda: "another")

    run(10, tmp_path / "resume")

    assert played == [*range(9), *range(9)]


def run(schedules: int, resume: Path | None, *, keep_going: bool = False) -> tuple[list[int], str]:
    text = io.StringIO()
    console = Console(file=text, width=200)
    return many.run(0, schedules, 1, resume, console, keep_going=keep_going), text.getvalue()
