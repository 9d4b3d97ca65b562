"""Play schedules: `--seed N` replays one with its whole story, `--schedules N` runs many and stops at a failing one."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from verification.simulation import many, trace
from verification.simulation.campaign import play
from verification.simulation.seams import installed
from verification.simulation.shrink import shrunk

CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    arguments = _arguments()
    if arguments.seed is not None:
        without = frozenset(name.strip() for name in arguments.without.split(",") if name.strip())
        return replay(arguments.seed, without, shrink=arguments.shrink)
    failing = many.run(
        arguments.from_seed, arguments.schedules, arguments.workers, arguments.resume, CONSOLE,
        keep_going=arguments.keep_going, milder=arguments.milder,
    )  # fmt: skip
    if not failing:
        return 0
    CONSOLE.print(f"The schedule of seed {failing[0]}, made as small as it can be:")
    return replay(failing[0], frozenset(), shrink=True)


def replay(seed: int, without: frozenset[str], *, shrink: bool) -> int:
    """Tell one schedule, or the smallest one that breaks the same promise."""
    with installed():
        world = play(seed, without)
        if shrink and world.broken:
            world = shrunk(world)
    for line in trace.lines(world):
        CONSOLE.print(line)
    CONSOLE.print(f"Replay: {trace.command(world)}")
    return 1 if world.broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m verification.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this seed and tell its story")
    parser.add_argument("--without", default="", help="stimuli and faults to leave out, by name: s3,event lost#2,slow")
    parser.add_argument("--shrink", action="store_true", help="with --seed: the smallest schedule that still fails")
    parser.add_argument("--schedules", type=int, default=2_000)
    parser.add_argument("--from-seed", type=int, default=0)
    parser.add_argument("--keep-going", action="store_true", help="play the rest too when a schedule breaks a promise")
    parser.add_argument(
        "--milder", action="store_true",
        help="with --resume: only the oracle has changed, and it calls less broken; what has passed counts",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a file that keeps how far it came")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
