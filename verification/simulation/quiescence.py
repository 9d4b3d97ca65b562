"""The end of a schedule: faults are switched off, time passes, and the promises are called in."""

from verification.simulation import final_checks
from verification.simulation.scheduler import START
from verification.simulation.world import World

# Until everything rests: a lost batch's visibility, a lost event's sweep, a lease, the least time between two runs,
# and three runs (in flight, follow-up, a duplicate's) of four steps, each with an attempt as long as any can be.
_DEADLINE = 660 + 300 + 70 + 600 + 3 * 4 * 2_200.0
_DRAWS_BREATH = 30.0
_ACKNOWLEDGEMENTS = 5  # a table that was changed may be found so by one step after the other


def play(world: World) -> None:
    """The whole schedule; what is broken, if anything, is in `world.broken`."""
    world.run_until(START + world.plan.end)
    if world.broken:
        return
    _switch_off(world)
    # What failed for the last time just before becomes a dead letter once it comes into sight again.
    rests = _rests(world)
    if not (_rests(world) if _redrive(world) else rests):
        _is_not_at_rest(world)
    if not world.broken:
        final_checks.are_covered_or_failed(world)
        for name in world.oracle.definitions:
            world.workload.upload(name)
        _comes_to_rest(world)
        for _ in range(_ACKNOWLEDGEMENTS):
            if not world.broken and _acknowledge(world):
                _comes_to_rest(world)
    if not world.broken:
        final_checks.no_dead_letters(world)
        final_checks.are_covered(world)
        final_checks.have_announced(world)
        world.oracle.incidents.all_told_and_over()


def _switch_off(world: World) -> None:
    world.faults.on = False
    world.say("schedule", "faults are over; what is late comes now")
    world.delivery.hurry()
    world.glue.all_come_back()
    world.jobs.all_come_back()
    world.define_all()
    for name in world.oracle.incidents.paused():
        world.workload.resume(name)
    _redrive(world)


def _acknowledge(world: World) -> bool:
    """What an operator does with tables that have changed; whether there were any."""
    changed = [name for name, view in world.oracle.views.items() if "schema changed" in view.open]
    for name in changed:
        world.workload.acknowledge(name)
    return bool(changed)


def _redrive(world: World) -> bool:
    """What an operator does with dead letters, once what killed them is mended; whether there were any."""
    redriven = [queue.redrive() for queue in world.queues.values()]
    return any(redriven)


def _comes_to_rest(world: World) -> bool:
    """Whether everything rests before the deadline, as it must."""
    rests = _rests(world)
    if not rests:
        _is_not_at_rest(world)
    return rests


def _is_not_at_rest(world: World) -> None:
    world.break_off("P4", f"not at rest {_DEADLINE:.0f} s after the last fault: {'; '.join(world.unrest())}")


def _rests(world: World) -> bool:
    """Whether everything rests before the deadline."""
    world.sweeps_at_rest = 0
    deadline = world.scheduler.now + _DEADLINE
    while world.sweeps_at_rest == 0 and world.scheduler.now < deadline and not world.broken:
        world.run_until(world.scheduler.now + _DRAWS_BREATH)
    return not world.broken and world.sweeps_at_rest > 0
