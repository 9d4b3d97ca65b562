"""Locate an upload: in the table (by which run), in a run, pending, left over by a failed run, or unknown.

This is derived from the object's time and the start times of runs, since no item per object is kept. A run lists its
folder after it has started, so it has seen every object older than its start by more than the clock skew. Within the
skew, and for a multipart upload (S3 gives it the time at which it began), only the uploads that a run has on record
count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from landfall.model.state import RunRecord, State, Uploads

# CLOCK_SKEW_SECONDS in template.yaml; a test compares the two.
CLOCK_SKEW_SECONDS = 3.0
# The times of S3's event and of LastModified come from two clocks, each cut to whole seconds.
_SAME_SECOND = 1.0

Location = Literal["in the table", "in a run", "pending", "unprocessed", "not heard of"]


@dataclass(frozen=True, slots=True)
class UploadedObject:
    """An object in S3; `time` in seconds since 1970 UTC, for a multipart upload the time at which it began."""

    bucket: str
    key: str
    size: int
    time: float
    in_parts: bool = False


@dataclass(frozen=True, slots=True)
class UploadLocation:
    """Where an upload is; `run` has it or left it over. It is not `certain` where only times show it, and no record."""

    place: Location
    run: RunRecord | None = None
    certain: bool = True


def locate(uploaded: UploadedObject, state: State, runs: Iterable[RunRecord]) -> UploadLocation:
    """Locate the object by the pipeline's state and its runs since the object's time, oldest first."""
    likely: list[UploadLocation] = []
    failed: RunRecord | None = None
    is_whole = not uploaded.in_parts
    for run in runs:
        if run.outcome is None or run.outcome == "empty":
            continue
        seen = _evidence_of_run(run.started_at, run.uploads, uploaded, is_whole)
        is_whole = is_whole or seen == "surely"  # all runs after one that has it on record see it as well
        if seen and run.outcome == "failed":
            failed = run
        elif seen == "surely":
            return UploadLocation("in the table", run)
        elif seen:
            likely = [UploadLocation("in the table", run, certain=False)]  # the newest run is the most certain one
    return _locate_in_state(uploaded, state, is_whole, likely, failed)


def _locate_in_state(
    uploaded: UploadedObject, state: State, is_whole: bool, likely: list[UploadLocation], failed: RunRecord | None
) -> UploadLocation:
    """Locate an object that no ended run has for certain: in the run in flight, or pending."""
    if state.run is not None:
        run = RunRecord(state.pipeline, state.run.id, state.run.started_at, state.run.uploads, log=state.run.log)
        seen = _evidence_of_run(run.started_at, run.uploads, uploaded, is_whole)
        if seen == "surely":
            return UploadLocation("in a run", run)
        if seen:
            likely.append(UploadLocation("in a run", run, certain=False))
    counted = _evidence_of_uploads(state.pending, uploaded)
    if counted == "surely":
        return UploadLocation("pending")
    if counted:
        likely.append(UploadLocation("pending", certain=False))
    if likely:
        return likely[0]
    if failed is not None:
        return UploadLocation("unprocessed", failed)
    if uploaded.time + CLOCK_SKEW_SECONDS < state.covered_until:
        return UploadLocation("in the table", certain=is_whole)  # by a run that is no longer in the history
    return UploadLocation("not heard of")


Evidence = Literal["surely", "likely", ""]


def _evidence_of_run(started_at: float, uploads: Uploads, uploaded: UploadedObject, is_whole: bool) -> Evidence:
    """Whether a run with this start and these uploads lists the object."""
    counted = _evidence_of_uploads(uploads, uploaded)
    if counted == "surely":
        return counted
    if uploaded.time + CLOCK_SKEW_SECONDS < started_at:
        return "surely" if is_whole else "likely"
    return counted


def _evidence_of_uploads(uploads: Uploads, uploaded: UploadedObject) -> Evidence:
    """Whether the object is one of these uploads: they name a few keys, the rest is known by the span of times only."""
    if uploads.oldest is None or uploads.newest is None or uploaded.time > uploads.newest + _SAME_SECOND:
        return ""
    if uploaded.time < uploads.oldest - _SAME_SECOND and not uploaded.in_parts:
        return ""
    if uploaded.key in uploads.keys:
        return "surely"
    return "likely" if uploads.count > len(uploads.keys) else ""
