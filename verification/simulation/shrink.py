"""A failing schedule made small: stimuli and faults are left out as long as the same promise breaks."""

from collections.abc import Iterator

from verification.simulation.campaign import play
from verification.simulation.faults import KINDS
from verification.simulation.world import World


def shrunk(world: World) -> World:
    """The smallest schedule found that breaks the same promise; the application must be `installed`."""
    assert world.broken
    smallest, changed = world, True
    while changed:
        changed = False
        for names in list(_candidates(smallest)):
            wanted = _tidy(smallest.without | names)
            if wanted == smallest.without:
                continue
            tried = play(smallest.seed, wanted)
            if tried.broken and tried.broken.promise == world.broken.promise:
                smallest, changed = tried, True
    return smallest


def _candidates(world: World) -> Iterator[frozenset[str]]:
    """What may be left out, the most first: whole kinds of faults, halves of the stimuli, then one by one."""
    yield from (frozenset({kind}) for kind in KINDS if world.faults.hits[kind])
    stimuli = [stimulus.name for stimulus in world.plan.stimuli if stimulus.name not in world.without]
    size = len(stimuli)
    while size >= 1:
        yield from (frozenset(stimuli[start : start + size]) for start in range(0, len(stimuli), size))
        size //= 2
    for kind, hits in world.faults.hits.items():
        yield from (frozenset({f"{kind}#{number}"}) for number in range(1, hits + 1))


def _tidy(names: frozenset[str]) -> frozenset[str]:
    """A kind that is left out needs no word on its single hits."""
    return frozenset(name for name in names if "#" not in name or name.split("#")[0] not in names)
