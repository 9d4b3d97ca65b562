"""The end of a schedule: faults are switched off, time passes, and the promises are called in."""

from tests.simulation.scheduler import START
from tests.simulation.truth import Run
from tests.simulation.world import World

# Until everything rests: a lost batch's visibility, a lost event's sweep, a lease, the least time between two runs,
# and three runs (in flight, follow-up, a duplicate's) of four steps, each with an attempt as long as any can be.
_DEADLINE = 660 + 300 + 70 + 600 + 3 * 4 * 2_200.0
_DRAWS_BREATH = 30.0


def play(world: World) -> None:
    """The whole schedule; what is broken, if anything, is in `world.broken`."""
    world.run_until(START + world.plan.end)
    if world.broken:
        return
    _switch_off(world)
    if _comes_to_rest(world) and _redrive(world):
        _comes_to_rest(world)
    if not world.broken:
        _account(world)
        for name in world.oracle.definitions:
            world.around.upload(name)
        if _comes_to_rest(world):
            _no_dead_letters(world)
            _covered_all(world)
            _announced_all(world)


def _switch_off(world: World) -> None:
    world.faults.on = False
    world.say("schedule", "faults are over; what is late comes now")
    world.delivery.hurry()
    world.glue.all_come_back()
    world.jobs.all_come_back()
    world.define_all()
    _redrive(world)


def _redrive(world: World) -> bool:
    """What an operator does with dead letters, once what killed them is mended; whether there were any."""
    redriven = [queue.redrive() for queue in world.queues.values()]
    return any(redriven)


def _comes_to_rest(world: World) -> bool:
    """Whether everything rests before the deadline, and no good record is a dead letter."""
    world.sweeps_at_rest = 0
    deadline = world.scheduler.now + _DEADLINE
    while world.sweeps_at_rest == 0 and world.scheduler.now < deadline and not world.broken:
        world.run_until(world.scheduler.now + _DRAWS_BREATH)
    if world.broken:
        return False
    if world.sweeps_at_rest == 0:
        world.break_off("P4", f"not at rest {_DEADLINE:.0f} s after the last fault: {'; '.join(world.unrest())}")
    return not world.broken


def _no_dead_letters(world: World) -> None:
    for queue in world.queues.values():
        for message in queue.dead:
            if not message.bad:
                world.break_off("P1", f"{message.about} is a dead letter, with no fault since the redrive")


def _account(world: World) -> None:
    """Every upload is covered, or the newest run failed and shows that it is not processed."""
    for upload in world.uploads:
        if not upload.counts or any(world.oracle.covered_by(run, upload) for run in world.oracle.runs.values()):
            continue
        newest, view = world.oracle.newest.get(upload.pipeline), world.oracle.view(upload.pipeline)
        if newest is None or newest.outcome != "failed" or upload.created > newest.began:
            world.break_off("P1", f"{upload.key} is covered by no run, and the newest run ({_name(newest)}) hides it")
        elif not view.unprocessed and not _only_prehistory(world, upload.pipeline):
            world.break_off("P1", f"{upload.key} is covered by no run, and nothing shows it as unprocessed")


def _only_prehistory(world: World, pipeline: str) -> bool:
    """Objects that no event told of count as a request, not as uploads."""
    return all(upload.created < START for upload in world.uploads if upload.pipeline == pipeline and upload.counts)


def _name(run: Run | None) -> str:
    return f"{run.id}, {run.outcome}" if run else "none"


def _covered_all(world: World) -> None:
    for upload in world.uploads:
        if upload.counts and not any(world.oracle.covered_by(run, upload) for run in world.oracle.runs.values()):
            world.break_off("P1", f"{upload.key} is covered by no run, even after one more upload without faults")


def _announced_all(world: World) -> None:
    """Each run has told of its start and of one end, each under one id."""
    for run in world.oracle.runs.values():
        end = "Dataset Ready" if run.outcome == "succeeded" else "Run Failed"
        wanted = {"Run Started": 1, end: 1}
        if {kind: len(ids) for kind, ids in run.announced.items()} != wanted:
            world.break_off("P5", f"run {run.id} ({run.outcome}) announced {run.announced}")
