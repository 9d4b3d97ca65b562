"""Defects of arrivals."""

from dataclasses import replace
from typing import Any

from landfall.rules import uploads
from landfall.rules.transition import Timing
from landfall.service import sqs_batch
from verification.simulation.defects.seeding import Replacement, defect


@defect
def margin_is_forgotten() -> list[Replacement]:
    """Clocks are taken to agree, and S3's times to be exact."""
    real = uploads.record_uploads

    def exact(state: Any, pipeline: Any, uploads: Any, now: float, timing: Timing) -> Any:
        return real(state, pipeline, uploads, now, replace(timing, clock_skew=0.0))

    return [(uploads, "record_uploads", exact)]


@defect
def uploads_during_a_run_count_into_it() -> list[Replacement]:
    """What arrives while a run is in flight is taken to be seen by it."""
    real = uploads.record_uploads

    def careless(state: Any, pipeline: Any, uploads: Any, now: float, timing: Timing) -> Any:
        after = real(state, pipeline, uploads, now, timing)
        return replace(after, pending=state.pending) if state.run else after

    return [(uploads, "record_uploads", careless)]


@defect
def failed_records_are_dropped() -> list[Replacement]:
    """An invocation that could not handle its records says that it has."""
    return [(sqs_batch.Batch, "response", lambda self: {"batchItemFailures": []})]
