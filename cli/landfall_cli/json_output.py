"""The JSON that `--json` prints: field names as in the events on Landfall's bus, times in ISO 8601 UTC or null."""

from typing import Any

from landfall.model import incident_kinds
from landfall.model.announcements import iso
from landfall.model.state import Failure, Incident, Run, RunRecord, StepAttempt, Uploads

JsonObject = dict[str, Any]


def time(seconds: float | None) -> str | None:
    """A time, or null: also for 0, which means never in the state."""
    return iso(seconds) if seconds else None


def uploads(value: Uploads) -> JsonObject:
    """A count of uploads, the span of their times and the first few keys."""
    return {
        "count": value.count,
        "oldest": time(value.oldest),
        "newest": time(value.newest),
        "keys": list(value.keys),
    }


def run(record: RunRecord, outcome: str) -> JsonObject:
    """One run; `outcome` may also be `running`."""
    took = None if record.ended_at is None else round(record.ended_at - record.started_at, 3)
    return {
        "pipeline": record.pipeline,
        "run": record.id,
        "startedAt": iso(record.started_at),
        "endedAt": time(record.ended_at),
        "durationSeconds": took,
        "outcome": outcome,
        "uploads": uploads(record.uploads),
        "failure": failure(record.failure),
        "steps": [_step(item) for item in record.log],
    }


def failure(value: Failure | None) -> JsonObject | None:
    """Why a run failed."""
    if value is None:
        return None
    return {
        "kind": value.kind,
        "cause": value.cause,
        "step": value.step,
        "check": value.check,
        "queryExecutionId": value.query_id,
        "jobRunId": value.job_run_id,
        "rows": [list(row) for row in value.rows],
        "changes": list(value.changes),
    }


def step_in_flight(value: Run) -> JsonObject:
    """The current step of a run."""
    return {
        "step": value.current.name,
        "number": value.step + 1,
        "of": len(value.definition.steps),
        "attempt": value.attempt,
        "status": value.status,
        "since": iso(value.attempt_started_at),
    }


def _step(item: StepAttempt) -> JsonObject:
    return {
        "step": item.step,
        "attempt": item.attempt,
        "startedAt": iso(item.started_at),
        "endedAt": iso(item.ended_at),
        "outcome": item.outcome,
        "cause": item.cause,
    }


def incident(pipeline: str, value: Incident) -> JsonObject:
    """An incident, open while `resolvedAt` is null."""
    return {
        "incident": value.id,
        "pipeline": pipeline,
        "kind": value.kind,
        "severity": value.severity,
        "owner": value.owner,
        "runbook": value.runbook,
        "openedAt": iso(value.opened_at),
        "lastAt": iso(value.last_at),
        "count": value.count,
        "acknowledgedAt": time(value.acknowledged_at),
        "acknowledgedBy": value.acknowledged_by,
        "resolvedAt": time(value.resolved_at),
        "resolvedBy": value.resolved_by,
        "run": value.run_id,
        "step": value.step,
        "attempts": value.attempts,
        "cause": value.cause,
        "check": value.check,
        "queryExecutionId": value.query_id,
        "jobRunId": value.job_run_id,
        "rows": [list(row) for row in value.rows],
        "changes": list(value.changes),
        "uploads": uploads(value.uploads),
        "command": command_for(pipeline, value.kind),
    }


def command_for(pipeline: str, kind: str) -> str:
    """The command to run once the cause of such an incident is fixed; empty where there is none."""
    if kind in incident_kinds.FAILURES:
        return f"landfall run {pipeline}"
    if kind == incident_kinds.SCHEMA_CHANGED:
        return f'landfall ack {pipeline} "{kind}"'
    return {
        incident_kinds.STUCK: f"landfall runs {pipeline} last",
        incident_kinds.LATE: f"landfall status {pipeline}",
        incident_kinds.DEFINITION_INVALID: "landfall validate --deployed",
        incident_kinds.STREAM_DOWN: f"landfall stream start {pipeline}",
        incident_kinds.STREAM_NOT_STOPPED: f"landfall stream stop {pipeline}",
        incident_kinds.STREAM_BEHIND: f"landfall stream status {pipeline}",
    }.get(kind, "")
