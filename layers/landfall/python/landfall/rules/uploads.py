"""Count uploads: as pending, for the run in flight, or not at all."""

from collections.abc import Iterable
from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.events import Upload
from landfall.model.pipelines import Pipeline
from landfall.model.state import SAMPLE_KEYS, State, Uploads
from landfall.rules import incidents
from landfall.rules.transition import Timing


def record_uploads(state: State, pipeline: Pipeline, uploads: Iterable[Upload], now: float, timing: Timing) -> State:
    """Count uploads under the pipeline's prefix. Those that a run has provably seen, or will see, need no other run.

    Times are used only to drop duplicates and late events, so a wrong clock may cost a crawl, but never an upload.
    """
    pending: list[Upload] = []
    seen_by_run: list[Upload] = []
    newest = 0.0
    run_start = state.run.started_at if state.run else 0.0
    for upload in uploads:
        if not pipeline.accepts(upload):
            continue
        newest = max(newest, upload.time)
        latest = upload.time + timing.clock_skew
        if latest >= state.covered_until:
            (seen_by_run if latest < run_start else pending).append(upload)
    if newest > state.last_upload_at:
        state = _resolve_stale(replace(state, last_upload_at=min(newest, now)), pipeline, now)
    if pending:
        since = state.pending_since if state.pending else now
        state = replace(state, pending=state.pending.plus(_summarize(pending)), pending_since=since)
    if seen_by_run and state.run:
        run = replace(state.run, uploads=state.run.uploads.plus(_summarize(seen_by_run)))
        state = replace(state, run=run)
    return state


def _resolve_stale(state: State, pipeline: Pipeline, now: float) -> State:
    """Resolve *stale*, unless the upload's event is so late that the pipeline is stale all the same."""
    minutes = pipeline.fresh_within_minutes
    if minutes is not None and now > state.last_upload_at + minutes * 60:
        return state
    return incidents.resolve(state, (incident_kinds.STALE,), now, "an upload arrived")


def _summarize(uploads: list[Upload]) -> Uploads:
    times = [upload.time for upload in uploads]
    return Uploads(len(uploads), min(times), max(times), tuple(upload.key for upload in uploads[:SAMPLE_KEYS]))
