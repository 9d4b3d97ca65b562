"""A query's life: QUEUED, RUNNING, and an end; its events, statistics and result files."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import Any

from local.engine import events, ministack_adapter
from local.engine.athena import engine, results, rights
from local.engine.athena.failures import QueryCancelledError, QueryFailedError, internal_error
from local.engine.settings import Settings

log = logging.getLogger("landfall.engine")
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Queries:
    """Starts and stops queries."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()

    def start(self, execution: dict[str, Any], run: engine.Run) -> None:
        """Run a QUEUED execution in a thread of its own."""
        execution["_run"] = run
        execution["_sequence"] = 0
        ministack_adapter.run_in_context(lambda: self._live(execution), f"query-{execution['QueryExecutionId']}")

    def stop(self, execution: dict[str, Any]) -> None:
        """Cancel, unless it has ended."""
        if execution["Status"]["State"] not in ENDED:
            execution["_run"].cancel()

    def _live(self, execution: dict[str, Any]) -> None:
        """Events leave from here: their targets may run in the sending thread."""
        run: engine.Run = execution["_run"]
        try:
            self._announce(execution, previous=None)
            queued = time.time()
            self._become(execution, "RUNNING")
            started = time.time()
            outcome = self._outcome(execution, run)
            _count_time(execution, run, queued, started)
            self._become(execution, *outcome)
        except Exception:
            log.exception("query %s: failed inside the engine", execution["QueryExecutionId"])
            if execution["Status"]["State"] not in ENDED:
                self._become(execution, "FAILED", internal_error())

    def _outcome(self, execution: dict[str, Any], run: engine.Run) -> tuple[str, Exception | None]:
        earlier = execution["_reused"]
        if earlier is not None:
            execution["_result"] = earlier["_result"]
            execution.update({name: earlier[name] for name in ("ResultConfiguration",) if name in earlier})
            return "SUCCEEDED", None
        least_end = time.monotonic() + self._settings.query_seconds
        try:
            try:
                with rights.of_caller():
                    rights.require_default_database()
                    result = engine.execute(run)
            finally:
                run.cancelled.wait(max(0.0, least_end - time.monotonic()))
            if run.cancelled.is_set():
                raise QueryCancelledError("Query cancelled by user")
            with rights.of_caller(), rights.writing_results():
                _store(execution, result)
        except QueryCancelledError as reason:
            return "CANCELLED", reason
        except QueryFailedError as failure:
            return "FAILED", failure
        except Exception:
            log.exception("query %s: failed inside the engine", execution["QueryExecutionId"])
            return "FAILED", internal_error()
        return "SUCCEEDED", None

    def _become(self, execution: dict[str, Any], state: str, reason: Exception | None = None) -> None:
        previous = execution["Status"]["State"]
        status = dict(execution["Status"], State=state)
        if reason is not None:
            status["StateChangeReason"] = str(reason)
        if isinstance(reason, QueryFailedError):
            status["AthenaError"] = reason.athena_error()
        if state in ENDED:
            status["CompletionDateTime"] = time.time()
        # one assignment: a reader sees the old status or the new one
        execution["Status"] = status
        log.info("query %s: %s %s", execution["QueryExecutionId"], state, reason or "")
        self._announce(execution, previous)

    def _announce(self, execution: dict[str, Any], previous: str | None) -> None:
        execution["_sequence"] += 1
        status = execution["Status"]
        detail = events.query_state(
            query_id=execution["QueryExecutionId"],
            workgroup=execution["WorkGroup"],
            statement_type=execution["StatementType"],
            state=status["State"],
            previous=previous,
            sequence=execution["_sequence"],
            error=status.get("AthenaError"),
        )
        ministack_adapter.put_event(events.ATHENA, events.QUERY_STATE_CHANGE, detail)


def _count_time(execution: dict[str, Any], run: engine.Run, queued: float, started: float) -> None:
    ended = time.time()
    submitted = execution["Status"]["SubmissionDateTime"]
    execution["Statistics"] = {
        "DataScannedInBytes": run.scanned,
        "EngineExecutionTimeInMillis": _millis(ended - started),
        "QueryQueueTimeInMillis": _millis(queued - submitted),
        "ServicePreProcessingTimeInMillis": 0,
        "QueryPlanningTimeInMillis": _millis(run.planning),
        "ServiceProcessingTimeInMillis": 0,
        "TotalExecutionTimeInMillis": _millis(ended - submitted),
        "ResultReuseInformation": {"ReusedPreviousResult": execution["_reused"] is not None},
        **({"DataManifestLocation": execution["_manifest"]} if "_manifest" in execution else {}),
    }


def _millis(seconds: float) -> int:
    """Whole milliseconds, begun ones counted: what took time does not show as zero."""
    return max(0, math.ceil(seconds * 1000))


def _store(execution: dict[str, Any], result: results.Result) -> None:
    """The result file, its companion, and the list of what the statement has written."""
    execution["_result"] = result
    if "ResultConfiguration" not in execution:
        # Athena keeps managed results itself
        return
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    kind = "application/octet-stream"
    if result.manifest is not None:
        manifest = f"{key.rpartition('.')[0] or key}-manifest.csv"
        ministack_adapter.put_object(bucket, manifest, "".join(f"{uri}\n" for uri in result.manifest).encode(), kind)
        execution["_manifest"] = f"s3://{bucket}/{manifest}"
        ministack_adapter.put_object(bucket, f"{key}.metadata", results.as_metadata(result), kind)
    if result.is_query:
        ministack_adapter.put_object(bucket, key, results.as_csv(result), kind)
        ministack_adapter.put_object(bucket, f"{key}.metadata", results.as_metadata(result), kind)
    elif key.endswith(".txt"):
        ministack_adapter.put_object(bucket, key, results.as_lines(result), kind)
        if result.names:
            ministack_adapter.put_object(bucket, f"{key}.metadata", results.as_metadata(result), kind)
