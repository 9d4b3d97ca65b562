"""What is called in once everything rests: P1 and P5 by what truly happened."""

from verification.simulation.scheduler import START
from verification.simulation.truth import Run
from verification.simulation.world import World


def no_dead_letters(world: World) -> None:
    """No good message is one."""
    for queue in world.queues.values():
        for message in queue.dead:
            if not message.bad:
                world.break_off("P1", f"{message.about} is a dead letter, with no fault since the redrive")


def are_covered_or_failed(world: World) -> None:
    """Every upload is covered, or the newest run failed and shows that it is not processed."""
    for upload in world.uploads:
        if not upload.counts or any(world.oracle.covered_by(run, upload) for run in world.oracle.runs.values()):
            continue
        if upload.created > world.oracle.sweeps.rested_at:
            continue  # somebody uploads for long: it came when all had been at rest, and is called in at the end
        newest, view = world.oracle.newest.get(upload.pipeline), world.oracle.view(upload.pipeline)
        if newest and newest.outcome == "empty" and upload.created < START:
            continue  # no event told of it, and the table was lost before anybody had seen it
        if newest is None or newest.outcome != "failed" or upload.created > newest.began:
            world.break_off("P1", f"{upload.key} is covered by no run, and the newest run ({_name(newest)}) hides it")
        elif not view.unprocessed and not _only_prehistory(world, upload.pipeline):
            world.break_off("P1", f"{upload.key} is covered by no run, and nothing shows it as unprocessed")
        elif not world.oracle.incidents.is_failing(view):
            world.break_off("P1", f"{upload.key} is covered by no run, and no incident is open")


def _only_prehistory(world: World, pipeline: str) -> bool:
    """Objects that no event told of count as a request, not as uploads."""
    return all(upload.created < START for upload in world.uploads if upload.pipeline == pipeline and upload.counts)


def _name(run: Run | None) -> str:
    return f"{run.id}, {run.outcome}" if run else "none"


def are_covered(world: World) -> None:
    """Every upload is."""
    for upload in world.uploads:
        if upload.counts and not any(world.oracle.covered_by(run, upload) for run in world.oracle.runs.values()):
            world.break_off("P1", f"{upload.key} is covered by no run, even after one more upload without faults")


def have_announced(world: World) -> None:
    """Each run has told of its start and of one end, each under one id."""
    for run in world.oracle.runs.values():
        ends = {"succeeded": {"Dataset Ready": 1}, "failed": {"Run Failed": 1}, "empty": {}}
        wanted = {"Run Started": 1} | ends[run.outcome]
        if {kind: len(ids) for kind, ids in run.announced.items()} != wanted:
            world.break_off("P5", f"run {run.id} ({run.outcome}) announced {run.announced}")
