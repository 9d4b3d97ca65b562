"""Landfall's metrics, written to standard output in CloudWatch's embedded metric format.

Powertools' Metrics would add some 7 ms to every cold start; the format is one line of JSON. Its specification:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from landfall.model.state import RunRecord

NAMESPACE = "Landfall"

UPLOADS = "Uploads"
RUNS_STARTED = "RunsStarted"
RUNS_SUCCEEDED = "RunsSucceeded"
RUNS_FAILED = "RunsFailed"
CRAWLS_SAVED = "CrawlsSaved"
SECONDS_TO_READY = "SecondsToReady"
CHECKS_FAILED = "ChecksFailed"
OPEN_INCIDENTS = "OpenIncidents"
STREAM_RESTARTS = "StreamRestarts"

UNITS = {
    UPLOADS: "Count",
    RUNS_STARTED: "Count",
    RUNS_SUCCEEDED: "Count",
    RUNS_FAILED: "Count",
    CRAWLS_SAVED: "Count",
    SECONDS_TO_READY: "Seconds",
    CHECKS_FAILED: "Count",
    OPEN_INCIDENTS: "Count",
    STREAM_RESTARTS: "Count",
}


def write_to_stdout(line: str) -> None:
    """Write one line: Lambda turns each write into one log event."""
    sys.stdout.write(line + "\n")


@dataclass(frozen=True, slots=True)
class Metrics:
    """Emits the metrics of this stage, each value with its pipeline as a dimension."""

    stage: str
    clock: Callable[[], float]
    write: Callable[[str], None] = write_to_stdout

    def count_uploads(self, pipeline: str, count: int) -> None:
        """Count uploads of data."""
        if count:
            self._emit(pipeline, {UPLOADS: count})

    def count_runs(self, records: Iterable[RunRecord]) -> None:
        """Count runs that started or ended, by their records in the history."""
        for record in records:
            values = _values_of_run(record)
            if values:
                self._emit(record.pipeline, values)

    def count_stream_restart(self, pipeline: str) -> None:
        """Count the restart of a streaming job that had ended."""
        self._emit(pipeline, {STREAM_RESTARTS: 1})

    def report_open_incidents(self, counts: Mapping[str, int]) -> None:
        """Report the open incidents of each pipeline, once per sweep.

        A metric costs money in each hour in which it is emitted, so pipelines without incidents share the total.
        """
        self._emit("", {OPEN_INCIDENTS: sum(counts.values())})
        for pipeline, count in counts.items():
            if count:
                self._emit(pipeline, {OPEN_INCIDENTS: count})

    def _emit(self, pipeline: str, values: Mapping[str, float]) -> None:
        dimensions = {"Stage": self.stage} | ({"Pipeline": pipeline} if pipeline else {})
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in values],
        }
        about = {"Timestamp": int(self.clock() * 1000), "CloudWatchMetrics": [directive]}
        self.write(json.dumps({"_aws": about, **dimensions, **values}))


def _values_of_run(record: RunRecord) -> dict[str, float]:
    if record.outcome is None:
        # without sharing this run, each upload after the first would have needed a crawl of its own
        return {RUNS_STARTED: 1, CRAWLS_SAVED: max(record.uploads.count - 1, 0)}
    if record.outcome == "failed":
        is_check = record.failure is not None and record.failure.kind == "check failed"
        return {RUNS_FAILED: 1, CHECKS_FAILED: int(is_check)}
    if record.outcome != "succeeded":
        return {}
    ready: dict[str, float] = {RUNS_SUCCEEDED: 1}
    if record.ended_at is not None and record.uploads.oldest is not None:
        ready[SECONDS_TO_READY] = round(max(record.ended_at - record.uploads.oldest, 0.0), 3)
    return ready
