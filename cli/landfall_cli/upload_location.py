"""Where an upload is: in the table and by which run, in a run, waiting for one, left by a failed one, or not heard of.

It follows from the object's own time and the runs' start times (no item per object is kept): a run lists its folder
after it has started, so it has seen what is older than its start by more than the margin of clocks. Within the margin,
and for an object uploaded in parts, whose time is that of its first part, only what a run has on record counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from landfall.model.state import RunRecord, State, Uploads

# template.yaml's MARGIN_SECONDS; a test compares them.
MARGIN_SECONDS = 3.0
# S3's event and its LastModified are both cut to whole seconds, of two clocks.
_SAME_SECOND = 1.0

DeploymentInfo = Literal["in the table", "in a run", "pending", "unprocessed", "not heard of"]


@dataclass(frozen=True, slots=True)
class Landed:
    """An object as S3 has it now; `time` in seconds since 1970 UTC. Of parts, only the time of the first is known."""

    bucket: str
    key: str
    size: int
    time: float
    in_parts: bool = False


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where it is. `run` has it or left it. Not `certain`: as far as times can tell, but no record names it."""

    place: DeploymentInfo
    run: RunRecord | None = None
    certain: bool = True


def whereabouts(landed: Landed, state: State, runs: Iterable[RunRecord]) -> Whereabouts:
    """Decide by the pipeline's state and its runs since the object's time, oldest first."""
    likely: list[Whereabouts] = []
    failed: RunRecord | None = None
    is_whole = not landed.in_parts
    for run in runs:
        if run.outcome is None or run.outcome == "empty":
            continue
        seen = _seen(run.started_at, run.uploads, landed, is_whole)
        is_whole = is_whole or seen == "surely"  # what a run has on record, all later ones see
        if seen and run.outcome == "failed":
            failed = run
        elif seen == "surely":
            return Whereabouts("in the table", run)
        elif seen:
            likely = [Whereabouts("in the table", run, certain=False)]  # the newest is the safest
    return _at_present(landed, state, is_whole, likely, failed)


def _at_present(
    landed: Landed, state: State, is_whole: bool, likely: list[Whereabouts], failed: RunRecord | None
) -> Whereabouts:
    """No run that ended has it for certain: the one in flight, or what waits for the next."""
    if state.run is not None:
        run = RunRecord(state.pipeline, state.run.id, state.run.started_at, state.run.uploads, log=state.run.log)
        seen = _seen(run.started_at, run.uploads, landed, is_whole)
        if seen == "surely":
            return Whereabouts("in a run", run)
        if seen:
            likely.append(Whereabouts("in a run", run, certain=False))
    counted = _counted(state.pending, landed)
    if counted == "surely":
        return Whereabouts("pending")
    if counted:
        likely.append(Whereabouts("pending", certain=False))
    if likely:
        return likely[0]
    if failed is not None:
        return Whereabouts("unprocessed", failed)
    if landed.time + MARGIN_SECONDS < state.covered_until:
        return Whereabouts("in the table", certain=is_whole)  # by a run that is remembered no more
    return Whereabouts("not heard of")


Observations = Literal["surely", "likely", ""]


def _seen(started_at: float, uploads: Uploads, landed: Landed, is_whole: bool) -> Observations:
    """Whether a run with this start and these uploads lists the object."""
    counted = _counted(uploads, landed)
    if counted == "surely":
        return counted
    if landed.time + MARGIN_SECONDS < started_at:
        return "surely" if is_whole else "likely"
    return counted


def _counted(uploads: Uploads, landed: Landed) -> Observations:
    """Whether the object is one of these uploads. They name a few keys only, else there is just the span of times."""
    if uploads.oldest is None or uploads.newest is None or landed.time > uploads.newest + _SAME_SECOND:
        return ""
    if landed.time < uploads.oldest - _SAME_SECOND and not landed.in_parts:
        return ""
    if landed.key in uploads.keys:
        return "surely"
    return "likely" if uploads.count > len(uploads.keys) else ""
