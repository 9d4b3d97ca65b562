"""What must hold at the end of a schedule of one stream."""

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verification.simulation.streams import World

START = 1_795_000_000.0


class BrokenError(AssertionError):
    """A promise is broken."""


def judged(world: "World") -> None:
    """The promises. Raises BrokenError."""
    state = world.state()
    stream, kinds = state.stream, [incident.kind for incident in state.incidents]
    ours = [run for run in world.runs if run.goes_on and run.by != "hand"]
    if stream is None:
        raise BrokenError("the request to start it was lost")
    _must(stream.wanted == ("Start" in world.asked[1]), f"the newest request was {world.asked[1]}")
    if stream.wanted and stream.status == "given up":
        _must("stream down" in kinds, "given up without an incident")
    elif stream.wanted:
        current = next((run for run in world.runs if run.id == stream.job_run_id), None)
        _must(current is not None and current.goes_on and stream.status == "running", f"wanted, but {stream.status}")
        _must(kinds == [], f"it runs, and {kinds} are open")
    else:
        _must(stream.status == "stopped" and not ours, f"not wanted, but {stream.status}: {[run.id for run in ours]}")
        _must(kinds == [], f"stopped, and {kinds} are open")
    _judge_incidents(world)


def _judge_incidents(world: "World") -> None:
    """Each outage has one incident, and each incident an outage."""
    spans = _spans(world)
    for number, (opened, _) in enumerate(spans):
        after = spans[number - 1][1] if number else 0.0
        is_slow = any(after <= time <= opened for time in world.slow)
        cause = any(after - 1 <= time <= opened for time in world.bad) or is_slow
        _must(cause, f"an incident at {opened - START:.0f} without an outage")
    for ended, run in world.untold_bad:
        wanted = [not unwanted for time, unwanted in world.unwanted if ended - 60 <= time <= ended + 2_400]
        believed = next((not unwanted for time, unwanted in reversed(world.unwanted) if time <= ended), False)
        if believed and all(wanted):
            covered = any(opened <= ended + 2_400 and resolved >= ended for opened, resolved in spans)
            _must(covered, f"{run.id} ended at {ended - START:.0f}, and nobody was told")


def _spans(world: "World") -> list[tuple[float, float]]:
    """From when to when an incident of the kind was open, in order; each was told once, whatever died."""
    opened: dict[str, float] = {}
    resolved: dict[str, float] = {}
    for time, kind, detail in world.announced:
        if detail.get("kind") != "stream down":
            continue
        if kind == "Incident Opened":
            opened.setdefault(detail["incident"], time)
        if kind == "Incident Resolved":
            resolved.setdefault(detail["incident"], datetime.fromisoformat(detail["resolvedAt"]).timestamp())
    spans = sorted((time, resolved.get(name, float("inf"))) for name, time in opened.items())
    for (_, first_end), (second, _) in pairwise(spans):
        _must(first_end <= second, "two incidents of one outage")
    return spans


def _must(holds: bool, text: str) -> None:
    if not holds:
        raise BrokenError(text)
