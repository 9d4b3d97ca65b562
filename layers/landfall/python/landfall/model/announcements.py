"""The events that Landfall puts on its bus, at least once: consumers must ignore a repeated `detail.id`."""

import json
from datetime import datetime, timezone
from typing import Any

from landfall.model import incident_kinds
from landfall.model.pipelines import CrawlStep
from landfall.model.state import Announcement, Failure, Incident, Run, Uploads

SOURCE = "landfall"
SCHEMA = "1"


def run_started(run: Run) -> Announcement:
    """A run has started; its uploads are those that it took over."""
    return _announcement(run, "Run Started", {})


def dataset_ready(run: Run, now: float) -> Announcement:
    """Every step has succeeded: all uploads older than `coveredUntil` can be queried in `tables`."""
    tables = [
        {"database": step.database, "table": step.table} for step in run.definition.steps if isinstance(step, CrawlStep)
    ]
    return _announcement(
        run, "Dataset Ready", {"endedAt": iso(now), "coveredUntil": iso(run.started_at), "tables": tables}
    )


def run_failed(run: Run, failure: Failure, now: float) -> Announcement:
    """The run has failed after its last attempt; the next run takes over its uploads."""
    detail = {
        "endedAt": iso(now),
        "kind": failure.kind,
        "step": failure.step,
        "check": failure.check,
        "queryExecutionId": failure.query_id,
        "jobRunId": failure.job_run_id,
        "cause": failure.cause,
        "rows": [list(row) for row in failure.rows],
        "attempts": run.attempt,
        "severity": run.definition.severity,
        "owner": run.definition.owner,
        "runbook": run.definition.runbook,
    }
    return _announcement(run, "Run Failed", detail)


def incident_opened(pipeline: str, incident: Incident) -> Announcement:
    """A new problem."""
    return _of_incident(pipeline, incident, "Incident Opened", "opened", {})


def incident_reminder(pipeline: str, incident: Incident) -> Announcement:
    """The incident is still open and not acknowledged."""
    return _of_incident(pipeline, incident, "Incident Reminder", f"reminder-{incident.reminders}", {})


def incident_resolved(pipeline: str, incident: Incident) -> Announcement:
    """The incident is resolved, and by what."""
    more = {
        "resolvedAt": iso(incident.resolved_at),
        "durationSeconds": round(incident.resolved_at - incident.opened_at, 3),
        "resolvedBy": incident.resolved_by,
    }
    return _of_incident(pipeline, incident, "Incident Resolved", "resolved", more)


def iso(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _announcement(run: Run, kind: str, more: dict[str, Any]) -> Announcement:
    identity = f"{run.id}/{kind.lower().replace(' ', '-')}"
    detail = {
        "schema": SCHEMA,
        "id": identity,
        "pipeline": run.definition.name,
        "run": run.id,
        "startedAt": iso(run.started_at),
        "uploads": _uploads(run.uploads),
        **more,
    }
    return Announcement(identity, kind, json.dumps(detail, ensure_ascii=False))


def _of_incident(pipeline: str, incident: Incident, kind: str, suffix: str, more: dict[str, Any]) -> Announcement:
    identity = f"{incident.id}/{suffix}"
    step_kind, _, resource = incident.step.partition(" ")
    detail = {
        "schema": SCHEMA,
        "id": identity,
        "incident": incident.id,
        "pipeline": pipeline,
        "kind": incident.kind,
        "severity": incident.severity,
        "owner": incident.owner,
        "runbook": incident.runbook,
        "openedAt": iso(incident.opened_at),
        "lastAt": iso(incident.last_at),
        "count": incident.count,
        **more,
        "run": incident.run_id,
        "step": incident.step,
        "stepKind": step_kind,
        "resource": resource,
        "attempts": incident.attempts,
        "cause": incident.cause,
        "check": incident.check,
        "queryExecutionId": incident.query_id,
        "jobRunId": incident.job_run_id,
        "rows": [list(row) for row in incident.rows],
        "changes": list(incident.changes),
        "uploads": {name: "" if value is None else value for name, value in _uploads(incident.uploads).items()},
        "bucket": incident.bucket,
        "retry": incident.kind in incident_kinds.FAILURES,
    }
    return Announcement(identity, kind, json.dumps(detail, ensure_ascii=False))


def _uploads(uploads: Uploads) -> dict[str, Any]:
    return {
        "count": uploads.count,
        "oldest": None if uploads.oldest is None else iso(uploads.oldest),
        "newest": None if uploads.newest is None else iso(uploads.newest),
        "keys": list(uploads.keys),
    }
