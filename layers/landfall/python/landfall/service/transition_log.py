"""Log a transition once it is written."""

from typing import TYPE_CHECKING, Any

from landfall.model.state import IncidentRecord, RunRecord
from landfall.rules.transition import Transition

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def log_transition(log: "Logger", transition: Transition) -> None:
    """Log a line for each run that started or ended, and for each incident that was resolved or opened."""
    for record in transition.records:
        _log_run(log, record)
    for resolved in transition.resolved:
        _log_resolved(log, resolved)
    for opened in transition.opened:
        log.error(
            "Incident opened",
            pipeline=transition.state.pipeline, incident=opened.id, kind=opened.kind, cause=opened.cause,
        )  # fmt: skip


def _log_run(log: "Logger", record: RunRecord) -> None:
    fields: dict[str, Any] = {"pipeline": record.pipeline, "run": record.id, "uploads": record.uploads.count}
    if record.failure is not None:
        failure = record.failure
        log.error(
            "Run failed",
            **fields, step=failure.step, kind=failure.kind, cause=failure.cause, job_run=failure.job_run_id,
        )  # fmt: skip
    else:
        texts = {None: "Run started", "empty": "Run ended: there was nothing to crawl"}
        log.info(texts.get(record.outcome, "Run succeeded"), **fields)


def _log_resolved(log: "Logger", record: IncidentRecord) -> None:
    incident = record.incident
    log.info(
        "Incident resolved",
        pipeline=record.pipeline, incident=incident.id, kind=incident.kind, count=incident.count,
        seconds=round(incident.resolved_at - incident.opened_at, 3), by=incident.resolved_by,
    )  # fmt: skip
