"""Many schedules, one after the other or on several processors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context

from tests.simulation import rest
from tests.simulation.seams import installed
from tests.simulation.world import Broken, World

_CHUNK = 25


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one schedule."""

    seed: int
    broken: Broken | None
    counts: dict[str, int]


def play(seed: int, without: frozenset[str] = frozenset()) -> World:
    """One schedule from its begin to its end; the application must be `installed`."""
    world = World(seed, without)
    rest.play(world)
    world.close()
    return world


def play_all(seeds: Iterable[int], workers: int = 1) -> Iterator[Result]:
    """The results of these schedules, in their order."""
    if workers == 1:
        with installed():
            yield from map(_result, seeds)
        return
    # A process of its own per worker: nothing of one schedule reaches another, and a fork inherits the mutations.
    with get_context("fork").Pool(workers) as pool:
        yield from pool.imap(_played, seeds, chunksize=_CHUNK)


def _played(seed: int) -> Result:
    with installed():
        return _result(seed)


def _result(seed: int) -> Result:
    world = play(seed)
    return Result(seed, world.broken, world.counts)
