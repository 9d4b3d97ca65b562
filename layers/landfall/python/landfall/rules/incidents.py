"""Incidents: open, count, acknowledge, remind, resolve.

Rules change only `State.incidents`. Once per transition, `settle` derives from these changes what is written with it:
the announcements, and the history of resolved incidents. So every open incident has been announced exactly once.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timezone

from landfall.model import announcements
from landfall.model.pipelines import Pipeline
from landfall.model.state import Incident, IncidentRecord, State

_NAME = 150  # PagerDuty's dedup keys have 255 characters; the name of an invalid definition may be longer
# A check's rows may have 40,000 characters. The state item (400 KB) has them here and in two announcements.
_ROWS = 8_000
# Fields that keep their value from the opening on; the others describe the latest repeat.
_KEPT = ("id", "opened_at", "severity", "owner", "runbook", "bucket", "announced_at", "reminders", "acknowledged_at",
         "acknowledged_by")  # fmt: skip


def create(pipeline: str, definition: Pipeline | None, kind: str, cause: str, now: float) -> Incident:
    """A new incident of this kind; without a valid definition, its severity is `error` and it has no owner."""
    stamp = datetime.fromtimestamp(now, timezone.utc).strftime("%Y%m%dT%H%M%S.%f")[:-3]
    identity = f"{pipeline[:_NAME]}/{kind.replace(' ', '-')}/{stamp}Z"
    if definition is None:
        return Incident(identity, kind, now, now, cause=cause)
    return Incident(
        identity, kind, now, now, severity=definition.severity, owner=definition.owner, runbook=definition.runbook,
        bucket=definition.bucket, cause=cause,
    )  # fmt: skip


def find(state: State, kind: str) -> Incident | None:
    """The open incident of this kind, if any."""
    return next((known for known in state.incidents if known.kind == kind and not known.resolved_at), None)


def record(state: State, incident: Incident) -> State:
    """Open the incident, or count it if one of its kind is open."""
    incident = replace(incident, rows=_limit_rows(incident.rows))
    known = find(state, incident.kind)
    if known is None:
        return replace(state, incidents=(*state.incidents, incident))
    kept = {name: getattr(known, name) for name in _KEPT}
    return _replace_incident(state, known, replace(incident, **kept, count=known.count + 1))


def resolve(state: State, kinds: Collection[str], now: float, by: str) -> State:
    """Resolve the open incidents of these kinds."""
    for known in state.incidents:
        if known.kind in kinds and not known.resolved_at:
            state = _replace_incident(state, known, replace(known, resolved_at=now, resolved_by=by))
    return state


def acknowledge(state: State, kind: str, now: float, by: str) -> State:
    """Acknowledge the open incident of this kind: it stays open, without further reminders."""
    known = find(state, kind)
    if known is None or known.acknowledged_at:
        return state
    return _replace_incident(state, known, replace(known, acknowledged_at=now, acknowledged_by=by))


def remind(state: State, now: float, after: float) -> State:
    """Send a reminder for each unacknowledged incident last announced `after` seconds ago; 0 disables reminders."""
    for known in state.incidents:
        is_due = known.announced_at and not known.acknowledged_at and not known.resolved_at
        if after and is_due and now >= known.announced_at + after:
            state = _add_reminder(state, known, now)
    return state


def remind_now(state: State, kind: str, now: float) -> State:
    """Send a reminder now for an announced incident that has become worse, unless it is acknowledged."""
    known = find(state, kind)
    return _add_reminder(state, known, now) if known and known.announced_at and not known.acknowledged_at else state


def _add_reminder(state: State, known: Incident, now: float) -> State:
    reminder = replace(known, reminders=known.reminders + 1, announced_at=now)
    state = _replace_incident(state, known, reminder)
    return replace(state, outbox=(*state.outbox, announcements.incident_reminder(state.pipeline, reminder)))


def settle(state: State, now: float) -> tuple[State, tuple[Incident, ...], tuple[IncidentRecord, ...]]:
    """Return the state to write, the incidents that open with it, and the history of those that it resolves.

    An incident that opens and is resolved in the same transition leaves no trace.
    """
    outbox, new, records = list(state.outbox), [], []
    kept: list[Incident] = []
    for incident in state.incidents:
        if incident.resolved_at and incident.announced_at:
            outbox.append(announcements.incident_resolved(state.pipeline, incident))
            records.append(IncidentRecord(state.pipeline, incident))
        elif not incident.resolved_at and not incident.announced_at:
            incident = replace(incident, announced_at=now)
            outbox.append(announcements.incident_opened(state.pipeline, incident))
            new.append(incident)
        if not incident.resolved_at:
            kept.append(incident)
    if new or len(kept) < len(state.incidents):
        state = replace(state, incidents=tuple(kept), outbox=tuple(outbox))
    return state, tuple(new), tuple(records)


def _replace_incident(state: State, known: Incident, by: Incident) -> State:
    return replace(state, incidents=tuple(by if item is known else item for item in state.incidents))


def _limit_rows(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The first rows, up to the size that the state item has room for."""
    few: list[tuple[str, ...]] = []
    left = _ROWS
    for row in rows:
        left -= sum(map(len, row))
        if left < 0 and few:
            break
        few.append(row)
    return tuple(few)
