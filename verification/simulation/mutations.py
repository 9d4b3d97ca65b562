"""The table of seeded defects: which promise the simulation sees broken, and after how many schedules."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context

from rich.console import Console

from verification.simulation.campaign import play
from verification.simulation.defects import DEFECTS, seeded
from verification.simulation.seams import installed

BUDGET = 2_000  # as many schedules as `make test` plays


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one defect; no promise where it was not found within the budget."""

    defect: str
    promise: str
    text: str
    schedules: int


def search(name: str, budget: int = BUDGET) -> Found:
    """Play schedules of the seeds from 0 until one breaks a promise."""
    with installed(), seeded(name):
        for seed in range(budget):
            broken = play(seed).broken
            if broken:
                return Found(name, broken.promise, broken.text, seed + 1)
    return Found(name, "", "", budget)


def search_all(names: Iterable[str], workers: int) -> Iterator[Found]:
    """All of them, in their order."""
    with get_context("fork").Pool(workers) as pool:
        yield from pool.imap(search, names)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.simulation.mutations", description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="also what the oracle said")
    arguments = parser.parse_args()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print("| defect | what it does | promise broken | schedules needed |\n| --- | --- | --- | --- |")
    missed = 0
    for found in search_all(DEFECTS, arguments.workers):
        missed += not found.promise
        what = (DEFECTS[found.defect].__doc__ or "").strip()
        needed = f"{found.schedules:,}" if found.promise else f"not found in {found.schedules:,}"
        console.print(f"| {found.defect.replace('_', ' ')} | {what} | {found.promise or 'none'} | {needed} |")
        if arguments.verbose:
            console.print(f"    {found.text}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
