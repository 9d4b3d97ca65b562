"""Parse an incident's event on Landfall's bus into one typed value; no other module sees the raw payload.

All times are seconds since 1970 UTC. Texts are unchanged, hostile ones too: use `safe` to show them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from landfall.messages import safe
from landfall.model.errors import MalformedEventError
from landfall.model.event_parsers import YEAR_9999
from landfall.model.state import NONE, Uploads

_T = TypeVar("_T", str, int, float, list[Any], dict[str, Any])

Phase = Literal["opened", "reminder", "resolved"]
Severity = Literal["critical", "error", "warning", "info"]

_PHASES: dict[str, Phase] = {
    "Incident Opened": "opened",
    "Incident Reminder": "reminder",
    "Incident Resolved": "resolved",
}
_SEVERITIES: dict[str, Severity] = {"critical": "critical", "error": "error", "warning": "warning", "info": "info"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification of on-call about one incident. Unknown fields are empty or 0.

    `id` is the same for every delivery of the event, `incident` the same from the opening to the resolution.
    """

    id: str
    incident: str
    phase: Phase
    pipeline: str
    kind: str
    severity: Severity
    opened_at: float
    last_at: float
    count: int = 1
    owner: str = ""
    runbook: str = ""
    resolved_at: float = 0.0
    resolved_by: str = ""
    run: str = ""
    step: str = ""
    step_kind: str = ""
    resource: str = ""
    attempts: int = 0
    cause: str = ""
    check: str = ""
    query_id: str = ""
    job_run_id: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    changes: tuple[str, ...] = ()
    uploads: Uploads = NONE
    bucket: str = ""
    retry: bool = False
    account: str = ""
    region: str = ""


def parse_notice(event: Mapping[str, Any]) -> Notice:
    """Parse Incident Opened, Reminder or Resolved. Raises MalformedEventError, naming the field.

    Only fields that every message needs are required. Unknown kinds are accepted: a newer Landfall may have more.
    """
    if not isinstance(event, Mapping):
        raise MalformedEventError(f"expected an EventBridge event (a JSON object), got {type(event).__name__}")
    phase = _PHASES.get(str(event.get("detail-type")))
    if event.get("source") != "landfall" or phase is None:
        raise MalformedEventError(
            f"expected source 'landfall' with detail-type {' or '.join(map(repr, _PHASES))}, "
            f"got {event.get('source')!r} with {event.get('detail-type')!r}"
        )
    detail = _field(event, "detail", dict)
    severity = _SEVERITIES.get(_required(detail, "severity"))
    if severity is None:
        raise MalformedEventError(
            f"incident event: detail.severity is {detail['severity']!r}; it must be one of {', '.join(_SEVERITIES)}"
        )
    opened_at = _time(_required(detail, "openedAt"), "openedAt")
    uploads = _field(detail, "uploads", dict)
    return Notice(
        id=_required(detail, "id"),
        incident=_required(detail, "incident"),
        phase=phase,
        pipeline=_required(detail, "pipeline"),
        kind=_required(detail, "kind"),
        severity=severity,
        opened_at=opened_at,
        last_at=_optional_time(detail, "lastAt") or opened_at,
        count=_field(detail, "count", int) or 1,
        owner=_field(detail, "owner", str),
        runbook=_field(detail, "runbook", str),
        resolved_at=_optional_time(detail, "resolvedAt") or 0.0,
        resolved_by=_field(detail, "resolvedBy", str),
        run=_field(detail, "run", str),
        step=_field(detail, "step", str),
        step_kind=_field(detail, "stepKind", str),
        resource=_field(detail, "resource", str),
        attempts=_field(detail, "attempts", int),
        cause=_field(detail, "cause", str),
        check=_field(detail, "check", str),
        query_id=_field(detail, "queryExecutionId", str),
        job_run_id=_field(detail, "jobRunId", str),
        rows=tuple(_row(row) for row in _field(detail, "rows", list)),
        changes=tuple(str(change) for change in _field(detail, "changes", list)),
        uploads=Uploads(
            _field(uploads, "count", int),
            _optional_time(uploads, "oldest"),
            _optional_time(uploads, "newest"),
            tuple(str(key) for key in _field(uploads, "keys", list)),
        ),
        bucket=_field(detail, "bucket", str),
        retry=detail.get("retry") is True,
        account=safe.line(_field(event, "account", str), 20),
        region=safe.line(_field(event, "region", str), 40),
    )


def _field(values: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    """A field that may be missing or null: it is empty then."""
    value = values.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MalformedEventError(f"incident event: {name} is {value!r}, not {kind.__name__}")
    return value


def _required(detail: Mapping[str, Any], name: str) -> str:
    value = _field(detail, name, str)
    if not value.strip():
        raise MalformedEventError(f"incident event: detail.{name} is missing or empty")
    try:
        value.encode()
    except UnicodeEncodeError as error:  # half a surrogate pair passes JSON but no call to AWS
        raise MalformedEventError(f"incident event: detail.{name} is not Unicode: {error}") from error
    return value


def _row(row: Any) -> tuple[str, ...]:
    if not isinstance(row, list):
        raise MalformedEventError(f"incident event: detail.rows has {row!r}; each must be a list of texts")
    return tuple("NULL" if cell is None else str(cell) for cell in row)


def _optional_time(values: Mapping[str, Any], name: str) -> float | None:
    text = _field(values, name, str)
    return _time(text, name) if text else None


def _time(text: str, name: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("it has no zone")
        if not 0 <= moment.timestamp() < YEAR_9999:
            raise ValueError("it is not from 1970 on and before the year 9999")
        return moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise MalformedEventError(
            f"incident event: {name} is {text!r}; it must be an ISO 8601 time: {error}"
        ) from error
