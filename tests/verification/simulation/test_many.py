"""A campaign stops at a broken promise or goes on, and takes up what was interrupted."""

import io
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from verification.simulation import many
from verification.simulation.campaign import Result
from verification.simulation.world import Broken

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Schedules:
    """What is played instead of real ones; `digests` is what made and what judges them."""

    broken: set[int] = field(default_factory=set)
    interrupted_at: int = -1
    digests: tuple[str, str] = ("code", "oracle")
    played: list[int] = field(default_factory=list)

    def play_all(self, seeds: Iterable[int], workers: int = 1) -> Iterator[Result]:
        for seed in seeds:
            if seed == self.interrupted_at:
                raise KeyboardInterrupt
            self.played.append(seed)
            yield Result(seed, Broken("P1", "lost") if seed in self.broken else None, {"runs": 1})


@pytest.fixture
def schedules(monkeypatch: pytest.MonkeyPatch) -> Schedules:
    made = Schedules()
    monkeypatch.setattr(many, "play_all", made.play_all)
    monkeypatch.setattr(many, "digests", lambda: made.digests)
    monkeypatch.setattr(many, "_SAVE_EVERY", 5)
    return made


@pytest.fixture
def resume(tmp_path: Path) -> Path:
    return tmp_path / "resume"


def test_the_first_broken_promise_ends_it(schedules: Schedules) -> None:
    schedules.broken = {3, 7}

    assert run(None)[0] == [3]
    assert schedules.played == [0, 1, 2, 3]


def test_it_goes_on_when_asked_to(schedules: Schedules) -> None:
    schedules.broken = {3, 7}

    broken, text = run(None, keep_going=True)

    assert broken == [3, 7]
    assert schedules.played == [*range(10)]
    assert "Seed 7 broke a promise" in text
    assert "10 schedules, 2 broke a promise" in text
    assert "10 runs" in text


def test_it_takes_up_what_was_interrupted(schedules: Schedules, resume: Path) -> None:
    interrupt(schedules, resume)

    broken, text = run(resume)

    assert broken == []
    assert schedules.played == [*range(5, 10)]  # from what was saved last
    assert "10 schedules, no broken promise" in text
    assert not resume.exists()


def test_what_other_code_has_passed_counts_for_nothing(schedules: Schedules, resume: Path) -> None:
    interrupt(schedules, resume)
    schedules.digests = ("other code", "oracle")

    run(resume, milder=True)

    assert schedules.played == [*range(10)]


def test_what_another_oracle_has_let_pass_counts_for_nothing(schedules: Schedules, resume: Path) -> None:
    interrupt(schedules, resume)
    schedules.digests = ("code", "a stricter one")

    run(resume)

    assert schedules.played == [*range(10)]


def test_it_counts_for_a_milder_one_which_is_asked_again_about_what_was_broken(
    schedules: Schedules, resume: Path
) -> None:
    schedules.broken = {2, 4}
    interrupt(schedules, resume)
    schedules.digests = ("code", "a milder one")
    schedules.broken = {4}

    broken, text = run(resume, keep_going=True, milder=True)

    assert broken == [4]
    assert schedules.played == [2, 4, *range(5, 10)]
    assert "10 schedules, 1 broke a promise" in text


def test_the_oracle_is_no_part_of_what_makes_schedules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("functions", "layers", "verification/simulation"):
        passing = shutil.ignore_patterns("__pycache__", ".aws-sam")  # sam build works there, and takes it away again
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True, ignore=passing)
    monkeypatch.setattr(many, "_ROOT", tmp_path)
    code, oracle = many.digests()

    (tmp_path / "verification/simulation/oracle.py").write_text("")
    assert many.digests()[0] == code
    assert many.digests()[1] != oracle
    (tmp_path / "verification/simulation/glue.py").write_text("")
    assert many.digests()[0] != code


def interrupt(schedules: Schedules, resume: Path) -> None:
    """Play the first seven and lose the last two of them."""
    schedules.interrupted_at = 7
    with pytest.raises(KeyboardInterrupt):
        run(resume, keep_going=True)
    schedules.interrupted_at = -1
    schedules.played.clear()


def run(resume: Path | None, *, keep_going: bool = False, milder: bool = False) -> tuple[list[int], str]:
    """Ten schedules: the seeds of those that broke a promise, and what was shown."""
    text = io.StringIO()
    console = Console(file=text, width=200)
    return many.run(0, 10, 1, resume, console, keep_going=keep_going, milder=milder), text.getvalue()
