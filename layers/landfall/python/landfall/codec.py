"""State and run records as plain maps and back: the shape of the items in the state table."""

from collections.abc import Mapping
from typing import Any

from landfall import definitions
from landfall.pipelines import Pipeline, Stream
from landfall.state import (
    Announcement,
    Failure,
    Incident,
    IncidentRecord,
    Record,
    Run,
    RunRecord,
    State,
    StepLog,
    StreamState,
    Uploads,
    Verdict,
)

_AS_THEY_ARE = frozenset((str, int, float, bool, type(None)))


def state_to_plain(state: State) -> dict[str, Any]:
    """The state without its key and version; the run's definition as the JSON text that it pinned."""
    plain: dict[str, Any] = _plain(state)
    del plain["pipeline"], plain["version"]
    # Most pipelines have no stream: nothing of it in their items.
    return {name: value for name, value in plain.items() if value or name not in ("stream", "signals")}


def state_from_plain(pipeline: str, version: int, plain: Mapping[str, Any]) -> State:
    """The state again. Fields that an older version of Landfall did not write take their defaults."""
    run, stream = plain.get("run"), plain.get("stream")
    pending = _uploads(plain.get("pending"))
    return State(
        pipeline=pipeline,
        version=version,
        pending=pending,
        unprocessed=_uploads(plain.get("unprocessed")),
        requested=bool(plain.get("requested")),
        paused=bool(plain.get("paused")),
        paused_at=float(plain.get("paused_at", 0)),
        paused_reason=plain.get("paused_reason", ""),
        resumed_at=float(plain.get("resumed_at", 0)),
        # An item from before this field is of a pipeline that has run: it is not seen for the first time again.
        first_seen_at=float(plain.get("first_seen_at", plain.get("last_run_started_at", 0))),
        last_upload_at=float(plain.get("last_upload_at", 0)),
        last_ready_at=float(plain.get("last_ready_at", 0)),
        pending_since=float(plain.get("pending_since", pending.newest or 0)),
        covered_until=float(plain.get("covered_until", 0)),
        crawl_consumed=float(plain.get("crawl_consumed", 0)),
        last_run_started_at=float(plain.get("last_run_started_at", 0)),
        found_nothing=bool(plain.get("found_nothing")),
        outbox=tuple(Announcement(item["id"], item["type"], item["detail"]) for item in plain.get("outbox", ())),
        incidents=tuple(_incident(item) for item in plain.get("incidents", ())),
        columns=dict(plain.get("columns", {})),
        columns_halted=dict(plain.get("columns_halted", {})),
        run=_run(pipeline, run) if run else None,
        stream=_stream(stream) if stream else None,
        signals={kind: float(time) for kind, time in plain.get("signals", {}).items()},
    )


def record_to_plain(record: Record) -> dict[str, Any]:
    """A history item without its key."""
    value = record.incident if isinstance(record, IncidentRecord) else record
    return {name: item for name, item in _plain(value).items() if name not in ("pipeline", "id")}


def record_from_plain(pipeline: str, run_id: str, plain: Mapping[str, Any]) -> RunRecord:
    """The run's line in the history again."""
    failure = plain.get("failure")
    return RunRecord(
        pipeline=pipeline,
        id=run_id,
        started_at=float(plain["started_at"]),
        uploads=_uploads(plain.get("uploads")),
        ended_at=_time(plain.get("ended_at")),
        outcome=plain.get("outcome"),
        failure=_failure(failure) if failure else None,
        log=tuple(_step_log(item) for item in plain.get("log", ())),
    )


def incident_from_plain(incident_id: str, plain: Mapping[str, Any]) -> Incident:
    """A resolved incident again, from its history item."""
    return _incident({**plain, "id": incident_id})


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is Pipeline:
        return value.document
    if kind is tuple or kind is list:
        return [_plain(item) for item in value]
    if kind is dict:
        return {str(key): _plain(item) for key, item in value.items()}
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}


def _run(pipeline: str, plain: Mapping[str, Any]) -> Run:
    return Run(
        id=plain["id"],
        started_at=float(plain["started_at"]),
        uploads=_uploads(plain["uploads"]),
        definition=definitions.parse(pipeline, plain["definition"]),
        step=int(plain["step"]),
        attempt=int(plain["attempt"]),
        attempt_started_at=float(plain["attempt_started_at"]),
        try_number=int(plain["try_number"]),
        try_started_at=float(plain["try_started_at"]),
        status=plain["status"],
        queries={int(check): query for check, query in plain["queries"].items()},
        job_run_id=plain.get("job_run_id", ""),
        verdicts=tuple(_verdict(item) for item in plain["verdicts"]),
        log=tuple(_step_log(item) for item in plain["log"]),
    )


def _stream(plain: Mapping[str, Any]) -> StreamState:
    times = ("since", "asked_at", "started_at", "try_started_at", "next_try_at", "running_since", "successor_until")
    made: dict[str, Any] = dict(plain) | {name: float(plain[name]) for name in times if name in plain}
    made |= {name: int(plain[name]) for name in ("number", "try_number", "restarts") if name in plain}
    made["definition"] = Stream(**_known(plain["definition"], Stream))
    return StreamState(**_known(made, StreamState))


def _known(plain: Mapping[str, Any], kind: type[Stream] | type[StreamState]) -> dict[str, Any]:
    """Without what a newer version of Landfall may have written."""
    return {name: value for name, value in plain.items() if name in kind.__dataclass_fields__}


def _uploads(plain: Mapping[str, Any] | None) -> Uploads:
    if not plain:
        return Uploads()
    return Uploads(
        int(plain["count"]), _time(plain.get("oldest")), _time(plain.get("newest")), tuple(plain.get("keys", ()))
    )


def _failure(plain: Mapping[str, Any]) -> Failure:
    return Failure(
        kind=plain["kind"],
        cause=plain["cause"],
        step=plain["step"],
        check=plain.get("check", ""),
        query_id=plain.get("query_id", ""),
        rows=tuple(tuple(row) for row in plain.get("rows", ())),
        job_run_id=plain.get("job_run_id", ""),
        changes=tuple(plain.get("changes", ())),
    )


def _incident(plain: Mapping[str, Any]) -> Incident:
    times = ("opened_at", "last_at", "announced_at", "acknowledged_at", "resolved_at")
    made: dict[str, Any] = dict(plain) | {name: float(plain[name]) for name in times if name in plain}
    made |= {name: int(plain[name]) for name in ("count", "attempts", "reminders") if name in plain}
    made["uploads"] = _uploads(plain.get("uploads"))
    made["rows"] = tuple(tuple(row) for row in plain.get("rows", ()))
    made["changes"] = tuple(plain.get("changes", ()))
    return Incident(**{name: value for name, value in made.items() if name in Incident.__dataclass_fields__})


def _verdict(plain: Mapping[str, Any]) -> Verdict:
    rows = tuple(tuple(row) for row in plain["rows"])
    return Verdict(int(plain["check"]), plain["query_id"], plain["failure"], plain["cause"], rows)


def _step_log(plain: Mapping[str, Any]) -> StepLog:
    return StepLog(
        plain["step"],
        int(plain["attempt"]),
        float(plain["started_at"]),
        float(plain["ended_at"]),
        plain["outcome"],
        plain["cause"],
    )


def _time(value: Any) -> float | None:
    return None if value is None else float(value)
