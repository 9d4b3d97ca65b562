"""Arrivals: what is counted into `pending`, what into the run in flight, and what not at all."""

from collections.abc import Iterable
from dataclasses import replace

from landfall.events import Upload
from landfall.pipelines import Pipeline
from landfall.rules.change import Timing
from landfall.state import SAMPLE_KEYS, State, Uploads


def arrived(state: State, pipeline: Pipeline, uploads: Iterable[Upload], timing: Timing) -> State:
    """Count uploads under the pipeline's prefix; what was provably seen, or will be, changes nothing that is due.

    Times only ever drop duplicates and late events, so a wrong clock costs a crawl at most, never an upload.
    """
    pending: list[Upload] = []
    seen_by_run: list[Upload] = []
    run_start = state.run.started_at if state.run else 0.0
    for upload in uploads:
        latest = upload.time + timing.margin
        if not pipeline.counts(upload) or latest < state.covered_until:
            continue
        (seen_by_run if latest < run_start else pending).append(upload)
    if pending:
        state = replace(state, pending=state.pending.plus(_summary(pending)))
    if seen_by_run and state.run:
        run = replace(state.run, uploads=state.run.uploads.plus(_summary(seen_by_run)))
        state = replace(state, run=run)
    return state


def requested(state: State) -> State:
    """Somebody asked for a run: the next one starts without an upload, and keeps no distance."""
    return replace(state, requested=True)


def _summary(uploads: list[Upload]) -> Uploads:
    times = [upload.time for upload in uploads]
    return Uploads(len(uploads), min(times), max(times), tuple(upload.key for upload in uploads[:SAMPLE_KEYS]))
