"""Convert states and history records to plain maps and back: the layout of the items in the state table.

An item has only the fields that differ from their defaults: most pipelines are idle, and most incidents use few fields.
So a default must not change once it has been released; add a new field instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from landfall.model import definitions
from landfall.model.pipelines import Pipeline, Stream
from landfall.model.state import (
    Announcement,
    Failure,
    Incident,
    IncidentRecord,
    Record,
    Run,
    RunRecord,
    State,
    StepAttempt,
    StreamState,
    Uploads,
    Verdict,
)

T = TypeVar("T")

# Attributes that kept their name when the field was renamed: older and newer versions read the same items.
_STORED_AS = {"last_handled_crawl_start": "crawl_consumed", "last_run_was_empty": "found_nothing"}
_FIELD_OF = {stored: field for field, stored in _STORED_AS.items()}

_AS_THEY_ARE = frozenset((str, int, float, bool, type(None)))
# Fields that are always written: the first two, because others stand in for them where they are missing; the rest,
# because they are what a person who reads the table needs.
_ALWAYS: dict[type, frozenset[str]] = {
    State: frozenset(("first_seen_at", "pending_since")),
    Run: frozenset(("step", "attempt", "try_number", "status")),
    StreamState: frozenset(("wanted", "status")),
}


def state_to_plain(state: State) -> dict[str, Any]:
    """The state without its key and version; the run's definition as the JSON text pinned at its start."""
    plain: dict[str, Any] = _plain(state)
    return {name: value for name, value in plain.items() if name not in ("pipeline", "version")}


def state_from_plain(pipeline: str, version: int, plain: Mapping[str, Any]) -> State:
    """The state. Missing attributes have their defaults."""
    pending, run = plain.get("pending") or {}, plain.get("run")
    # An item written before `first_seen_at` existed is of a pipeline that has run: it must not count as a new one.
    older = {"first_seen_at": plain.get("last_run_started_at", 0), "pending_since": pending.get("newest") or 0}
    flight = _build(Run, run, definition=definitions.parse(pipeline, run["definition"])) if run else None
    return _build(State, {**older, **plain}, pipeline=pipeline, version=version, run=flight)


def record_to_plain(record: Record) -> dict[str, Any]:
    """The history item of a record, without its key."""
    value = record.incident if isinstance(record, IncidentRecord) else record
    return {name: item for name, item in _plain(value).items() if name not in ("pipeline", "id")}


def record_from_plain(pipeline: str, run_id: str, plain: Mapping[str, Any]) -> RunRecord:
    """The record of a run, from its history item."""
    return _build(RunRecord, plain, pipeline=pipeline, id=run_id)


def incident_from_plain(incident_id: str, plain: Mapping[str, Any]) -> Incident:
    """A resolved incident, from its history item."""
    return _build(Incident, {**plain, "id": incident_id})


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is Pipeline:
        return value.document
    if kind is tuple or kind is list:
        return [_plain(item) for item in value]
    if kind is dict:
        return {str(key): _plain(item) for key, item in value.items()}
    values_of, defaults = _shape(kind)
    fields = zip(values_of(value), defaults, strict=True)
    return {name: _plain(item) for item, (name, default) in fields if item != default}


@cache
def _shape(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[str, Any], ...]]:
    """A getter of all fields of a dataclass, and each field's attribute name and default; MISSING equals no value."""
    fields = kind.__dataclass_fields__.values()  # type: ignore[attr-defined]
    defaults = {
        field.name: field.default if field.default_factory is MISSING else field.default_factory() for field in fields
    }
    always = _ALWAYS.get(kind, frozenset())
    kept = tuple(
        (_STORED_AS.get(name, name), MISSING if name in always else default) for name, default in defaults.items()
    )
    return attrgetter(*defaults), kept


def _build(kind: type[T], plain: Mapping[str, Any], **known: Any) -> T:
    """Build this dataclass, ignoring attributes that a newer version of Landfall may have written."""
    read = _READERS[kind]
    named = {_FIELD_OF.get(name, name): value for name, value in plain.items()}
    found = {name: read[name](value) for name, value in named.items() if name in read and value is not None}
    return kind(**found, **known)


def _one(kind: type[T]) -> Callable[[Mapping[str, Any]], T]:
    return lambda plain: _build(kind, plain)


def _many(kind: type[T]) -> Callable[[list[Mapping[str, Any]]], tuple[T, ...]]:
    return lambda items: tuple(_build(kind, item) for item in items)


def _rows(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _times(plain: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(time) for name, time in plain.items()}


def _queries(plain: Mapping[str, str]) -> dict[int, str]:
    return {int(check): query for check, query in plain.items()}


def _fields(read: Callable[[Any], Any], *names: str) -> dict[str, Callable[[Any], Any]]:
    return dict.fromkeys(names, read)


# How each field of an item is read. Numbers are ints and floats, or decimals from boto3's deserializer.
_READERS: dict[type, dict[str, Callable[[Any], Any]]] = {
    Uploads: _fields(int, "count") | _fields(float, "oldest", "newest") | _fields(tuple, "keys"),
    Announcement: _fields(str, "id", "type", "detail"),
    Verdict: _fields(int, "check") | _fields(str, "query_id", "failure", "cause") | _fields(_rows, "rows"),
    StepAttempt: _fields(str, "step", "outcome", "cause")
    | _fields(int, "attempt")
    | _fields(float, "started_at", "ended_at"),
    Failure: _fields(str, "kind", "cause", "step", "check", "query_id", "job_run_id")
    | _fields(_rows, "rows")
    | _fields(tuple, "changes"),
    Stream: _fields(str, "job", "replication") | _fields(int, "max_restarts", "restart_minutes", "healthy_minutes"),
}
_READERS |= {
    Run: _fields(str, "id", "status", "job_run_id")
    | _fields(float, "started_at", "attempt_started_at", "try_started_at")
    | _fields(int, "step", "attempt", "try_number")
    | _fields(_one(Uploads), "uploads")
    | _fields(_queries, "queries")
    | _fields(_many(Verdict), "verdicts")
    | _fields(_many(StepAttempt), "log"),
    RunRecord: _fields(float, "started_at", "ended_at")
    | _fields(_one(Uploads), "uploads")
    | _fields(str, "outcome")
    | _fields(_one(Failure), "failure")
    | _fields(_many(StepAttempt), "log"),
    Incident: _fields(
        str,
        *("id", "kind", "severity", "owner", "runbook", "bucket", "cause", "run_id", "step", "check", "query_id"),
        *("job_run_id", "acknowledged_by", "resolved_by"),
    )
    | _fields(float, "opened_at", "last_at", "announced_at", "acknowledged_at", "resolved_at")
    | _fields(int, "count", "attempts", "reminders")
    | _fields(_rows, "rows")
    | _fields(tuple, "changes")
    | _fields(_one(Uploads), "uploads"),
    StreamState: _fields(bool, "wanted")
    | _fields(str, "status", "job_run_id")
    | _fields(float, "since", "asked_at", "started_at", "try_started_at", "next_try_at", "running_since")
    | _fields(float, "successor_until")
    | _fields(int, "number", "try_number", "restarts")
    | _fields(_one(Stream), "definition"),
    State: _fields(_one(Uploads), "pending", "unprocessed")
    | _fields(bool, "requested", "paused", "last_run_was_empty")
    | _fields(float, "paused_at", "resumed_at", "first_seen_at", "last_upload_at", "last_ready_at", "pending_since")
    | _fields(float, "covered_until", "last_handled_crawl_start", "last_run_started_at")
    | _fields(str, "paused_reason")
    | _fields(_many(Announcement), "outbox")
    | _fields(_many(Incident), "incidents")
    | _fields(dict, "columns", "columns_halted")
    | _fields(_one(StreamState), "stream")
    | _fields(_times, "signals"),
}
