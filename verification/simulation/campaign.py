"""Many schedules, one after the other or on several processors."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context

from verification.simulation import quiescence
from verification.simulation.seams import installed
from verification.simulation.world import Broken, World

_CHUNK = 25
_COLLECT_EVERY = 1_000
_FOR_EVER = ExitStack()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one schedule."""

    seed: int
    broken: Broken | None
    counts: dict[str, int]


def play(seed: int, without: frozenset[str] = frozenset()) -> World:
    """One schedule from its begin to its end; the application must be `installed`."""
    world = World(seed, without)
    quiescence.play(world)
    world.close()
    return world


def play_all(seeds: Iterable[int], workers: int = 1) -> Iterator[Result]:
    """The results of these schedules, in their order."""
    if workers == 1:
        with installed():
            yield from map(_result, seeds)
        return
    # A process of its own per worker: nothing of one schedule reaches another, and a fork inherits the mutations.
    with get_context("fork").Pool(workers, _begin) as pool:
        yield from pool.imap(_played, seeds, chunksize=_CHUNK)


def _begin() -> None:
    _FOR_EVER.enter_context(installed())
    gc.freeze()
    gc.disable()  # it would look again and again at what lives until a schedule is over: a sixth of the time


def _played(seed: int) -> Result:
    result = _result(seed)
    if seed % _COLLECT_EVERY == 0:
        gc.collect()
    return result


def _result(seed: int) -> Result:
    world = play(seed)
    result = Result(seed, world.broken, world.counts)
    world.forget()
    return result
