"""What CloudWatch's alarms and DMS say of a stream and its source: incidents that only their own all-clear resolves."""

from dataclasses import replace

from landfall import incidents, kinds
from landfall.events import AlarmChange, ReplicationChange
from landfall.pipelines import Pipeline
from landfall.state import Incident, State


def alarm_changed(state: State, pipeline: Pipeline | None, change: AlarmChange, now: float) -> State:
    """ALARM opens, OK resolves; INSUFFICIENT_DATA does neither, since a metric that has gone says nothing."""
    if change.value not in ("ALARM", "OK"):
        return state
    made = incidents.made(state.pipeline, pipeline, change.kind, change.reason, now)
    made = replace(made, step=f"alarm {change.alarm}")
    return _heard(state, made, change.time, change.value == "ALARM", now, "CloudWatch's alarm is OK again")


def replication_changed(state: State, pipeline: Pipeline | None, change: ReplicationChange, now: float) -> State:
    """A replication that failed opens, one that runs again resolves."""
    made = incidents.made(state.pipeline, pipeline, kinds.SOURCE_FAILED, change.message, now)
    made = replace(made, step=f"replication {change.replication}")
    return _heard(state, made, change.time, change.failed, now, "the replication runs again")


def _heard(state: State, made: Incident, time: float, is_bad: bool, now: float, by: str) -> State:
    """Events come late, twice and in any order: only the newest of its kind counts."""
    if time <= state.signals.get(made.kind, 0.0):
        return state
    state = replace(state, signals=state.signals | {made.kind: time})
    return incidents.opened(state, made) if is_bad else incidents.resolved(state, (made.kind,), now, by)
