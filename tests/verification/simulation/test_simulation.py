"""Two thousand schedules keep every promise; each seeded defect breaks one; one seed is one story."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from verification.simulation import trace
from verification.simulation.campaign import Result, play, play_all
from verification.simulation.defects import DEFECTS, seeded
from verification.simulation.faults import KINDS
from verification.simulation.mutations import BUDGET, Found, search_all
from verification.simulation.seams import installed
from verification.simulation.shrink import shrunk

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 2
COUNTED = (
    "runs", "crawls", "job runs", "succeeded", "failed", "empty", "adopted", "dead letters", "opened stuck",
    "opened late", "opened stale", "opened schema changed", "opened definition invalid", "opened no table",
    "opened table deprecated",
    "opened access denied", "opened crawl failed", "opened check failed",
    "acknowledged", "reminders",
)  # fmt: skip


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return list(play_all(range(BUDGET), WORKERS))


def test_every_promise_holds_in_every_schedule(results: list[Result]) -> None:
    broken = [
        f"python -m verification.simulation --seed {result.seed} --shrink: {result.broken}"
        for result in results
        if result.broken
    ]

    assert broken == []
    assert len(results) == BUDGET


def test_the_schedules_do_what_they_are_for(results: list[Result]) -> None:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.counts)

    for what in (*COUNTED, *KINDS):
        assert counts[what] >= 50, f"{what}: only {counts[what]} in {BUDGET} schedules"


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    return {one.defect: one for one in search_all(DEFECTS, WORKERS)}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_seeded_defect_is_found(defect: str, found: dict[str, Found]) -> None:
    assert found[defect].promise, f"{defect} broke no promise in {BUDGET} schedules"


def test_one_seed_is_one_story_in_any_process() -> None:
    command = [sys.executable, "-m", "verification.simulation", "--seed", "7"]
    told = [
        subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]

    assert told[0] == told[1]
    assert len(told[0].splitlines()) > 100


def test_a_failing_schedule_is_shrunk_and_replayed() -> None:
    with installed(), seeded("uploads_during_a_run_count_into_it"):
        whole = next(world for world in map(play, range(100)) if world.broken)
        small = shrunk(whole)
        again = play(small.seed, small.without)

        assert small.broken
        assert whole.broken
        assert small.broken.promise == whole.broken.promise
        assert len(small.trace) <= len(whole.trace)
        assert list(trace.lines(again)) == list(trace.lines(small))
        assert all(name in trace.command(small) for name in small.without)
