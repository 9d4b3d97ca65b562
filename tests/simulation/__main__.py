"""Play schedules: `--seed N` replays one with its whole story, `--schedules N` runs many and stops at a failing one."""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests.simulation import story
from tests.simulation.campaign import play, play_all
from tests.simulation.seams import installed
from tests.simulation.shrink import shrunk

_SAVE_EVERY = 1_000
CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    arguments = _arguments()
    if arguments.seed is not None:
        without = frozenset(name.strip() for name in arguments.without.split(",") if name.strip())
        return replay(arguments.seed, without, shrink=arguments.shrink)
    return run_many(arguments.from_seed, arguments.schedules, arguments.workers, arguments.resume)


def replay(seed: int, without: frozenset[str], *, shrink: bool) -> int:
    """Tell one schedule, or the smallest one that breaks the same promise."""
    with installed():
        world = play(seed, without)
        if shrink and world.broken:
            world = shrunk(world)
    for line in story.lines(world):
        CONSOLE.print(line)
    CONSOLE.print(f"Replay: {story.command(world)}")
    return 1 if world.broken else 0


def run_many(first: int, schedules: int, workers: int, resume: Path | None) -> int:
    """Schedules of consecutive seeds; where to go on is kept in `resume`."""
    saved = _load(resume)
    begin, end = max(first, saved["next"]), first + schedules
    started, seconds = time.monotonic(), float(saved["seconds"])
    columns = (TextColumn("schedules"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=CONSOLE) as progress:
        bar = progress.add_task("", total=schedules, completed=begin - first)
        for result in play_all(range(begin, end), workers):
            if result.broken:
                progress.stop()
                CONSOLE.print(f"Seed {result.seed} broke {result.broken.promise}: {result.broken.text}. Shrinking.")
                return replay(result.seed, frozenset(), shrink=True)
            progress.advance(bar)
            for what, count in result.counts.items():
                saved["counts"][what] = saved["counts"].get(what, 0) + count
            if result.seed % _SAVE_EVERY == _SAVE_EVERY - 1 or result.seed == end - 1:
                saved |= {"next": result.seed + 1, "seconds": seconds + time.monotonic() - started}
                _save(resume, saved)
    spent = seconds + time.monotonic() - started
    counts = ", ".join(f"{count:,} {what}" for what, count in saved["counts"].items())
    CONSOLE.print(f"{schedules:,} schedules, no broken promise, {spent:.0f} s. {counts}.")
    return 0


def _load(resume: Path | None) -> dict[str, object] | dict:  # type: ignore[type-arg]
    if resume and resume.exists():
        return dict(json.loads(resume.read_text()))
    return {"next": 0, "seconds": 0.0, "counts": {}}


def _save(resume: Path | None, saved: dict[str, object]) -> None:
    if resume:
        resume.parent.mkdir(parents=True, exist_ok=True)
        resume.write_text(json.dumps(saved))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this seed and tell its story")
    parser.add_argument("--without", default="", help="stimuli and faults to leave out, by name: s3,event lost#2,slow")
    parser.add_argument("--shrink", action="store_true", help="with --seed: the smallest schedule that still fails")
    parser.add_argument("--schedules", type=int, default=2_000)
    parser.add_argument("--from-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a file that keeps how far it came")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
