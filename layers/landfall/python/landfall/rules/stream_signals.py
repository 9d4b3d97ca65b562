"""Signals of CloudWatch and DMS about a stream and its source: each opens an incident, or resolves its own."""

from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.events import AlarmChange, ReplicationChange
from landfall.model.pipelines import Pipeline
from landfall.model.state import Incident, State
from landfall.rules import incidents


def handle_alarm(state: State, pipeline: Pipeline | None, change: AlarmChange, now: float) -> State:
    """ALARM opens, OK resolves; INSUFFICIENT_DATA does neither, since a missing metric proves nothing."""
    if change.value not in ("ALARM", "OK"):
        return state
    made = incidents.create(state.pipeline, pipeline, change.kind, change.reason, now)
    made = replace(made, step=f"alarm {change.alarm}")
    return _record_signal(state, made, change.time, change.value == "ALARM", now, "CloudWatch's alarm is OK again")


def handle_replication(state: State, pipeline: Pipeline | None, change: ReplicationChange, now: float) -> State:
    """A failed replication opens, one that runs again resolves."""
    made = incidents.create(state.pipeline, pipeline, incident_kinds.SOURCE_FAILED, change.message, now)
    made = replace(made, step=f"replication {change.replication}")
    return _record_signal(state, made, change.time, change.failed, now, "the replication runs again")


def _record_signal(state: State, made: Incident, time: float, is_bad: bool, now: float, by: str) -> State:
    """Record the signal, unless a newer one of its kind is known: events arrive late, twice and in any order."""
    if time <= state.signals.get(made.kind, 0.0):
        return state
    state = replace(state, signals=state.signals | {made.kind: time})
    return incidents.record(state, made) if is_bad else incidents.resolve(state, (made.kind,), now, by)
