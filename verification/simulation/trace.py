"""A schedule as a person reads it: when, who, what."""

from collections.abc import Iterator

from verification.simulation.scheduler import START
from verification.simulation.world import World

_NAME = 20


def lines(world: World) -> Iterator[str]:
    """The whole story, one line per thing that happened, times since the begin."""
    yield f"seed {world.seed}{''.join(f', without {name}' for name in sorted(world.without))}"
    for name, text in world.plan.definitions.items():
        yield f"{name}: {text}"
    rates = {kind: rate for kind, rate in world.faults.rates.items() if rate}
    yield f"faults: {', '.join(f'{kind} {rate:g}' for kind, rate in rates.items()) or 'none'}"
    for time, who, what in world.trace:
        yield f"{_clock(time - START)}  {who:<{_NAME}} {'  '.join(filter(None, map(str, what)))}"
    yield f"BROKEN {world.broken.promise}: {world.broken.text}" if world.broken else "Every promise held."


def command(world: World) -> str:
    """What replays this very schedule."""
    without = f' --without "{",".join(sorted(world.without))}"' if world.without else ""
    return f"python -m verification.simulation --seed {world.seed}{without}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:06.3f}"
