"""Parse AWS's events into small typed values; no other module sees the raw payload.

The formats and their sources: `events/README.md`. Unused fields, known or not, are ignored: AWS adds fields without
notice, as S3 did with `event-version` and `aws-generated-tags`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from landfall.model import incident_kinds
from landfall.model.errors import MalformedEventError
from landfall.model.events import (
    ACKNOWLEDGEMENT_REQUESTED,
    PAUSE_REQUESTED,
    RECHECK_DETAIL_TYPE,
    RECHECK_SOURCE,
    RESUME_REQUESTED,
    RUN_REQUESTED,
    STREAM_START_REQUESTED,
    STREAM_STOP_REQUESTED,
    AcknowledgementRequest,
    AlarmChange,
    CrawlerChange,
    JobChange,
    PauseRequest,
    QueryChange,
    ReplicationChange,
    Request,
    ResumeRequest,
    RunRequest,
    StreamChange,
    StreamStartRequest,
    StreamStopRequest,
    Upload,
)

_T = TypeVar("_T", str, int, dict[str, Any])

YEAR_9999 = 253_370_764_800
_TEXT = 500  # characters of a reason or a name given by a user, which go into the state and its announcements

_DELETED = {"Object Created": False, "Object Deleted": True}


def parse_arrival(event: Mapping[str, Any]) -> Upload | Request:
    """Parse a message of the upload queue: an event of S3, or a request from Landfall's own bus."""
    kind = event.get("detail-type") if isinstance(event, Mapping) else None
    if kind == RUN_REQUESTED:
        return RunRequest(_read_detail(event, "pipeline", str))
    if kind == PAUSE_REQUESTED:
        return PauseRequest(_read_detail(event, "pipeline", str), _read_time(event), _read_text(event, "reason"))
    if kind == RESUME_REQUESTED:
        return ResumeRequest(_read_detail(event, "pipeline", str), _read_time(event))
    if kind == ACKNOWLEDGEMENT_REQUESTED:
        return AcknowledgementRequest(
            _read_detail(event, "pipeline", str), _read_time(event), _read_kind(event), _read_text(event, "by")
        )  # fmt: skip
    return parse_upload(event)


def _read_kind(event: Mapping[str, Any]) -> str:
    kind = _read_detail(event, "kind", str)
    if kind not in incident_kinds.ALL:
        raise MalformedEventError(
            f"{event['detail-type']} event: detail.kind is {kind!r}; allowed: {', '.join(incident_kinds.ALL)}"
        )
    return kind


def _read_text(event: Mapping[str, Any], field: str) -> str:
    """An optional text."""
    return _read_detail(event, field, str)[:_TEXT] if event["detail"].get(field) else ""


def _read_time(event: Mapping[str, Any]) -> float:
    if "time" not in event:
        raise MalformedEventError(f"{event['detail-type']} event lacks its time")
    return _to_seconds(event["time"])


def parse_upload(event: Mapping[str, Any]) -> Upload:
    """Parse S3's Object Created or Object Deleted. The key is verbatim: EventBridge's is not URL-encoded.

    Raises MalformedEventError, naming the field.
    """
    kind = _expect(event, "aws.s3", tuple(_DELETED))
    try:
        detail = event["detail"]
        bucket, key, size = detail["bucket"]["name"], detail["object"]["key"], detail["object"].get("size")
        time = event["time"]
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedEventError(f"S3 event lacks a field that S3 always sends: {error}") from error
    if not (_is_name(bucket) and _is_name(key)):
        raise MalformedEventError(
            "S3 event: detail.bucket.name and detail.object.key must be non-empty Unicode strings"
        )
    if not (size is None or (isinstance(size, int) and size >= 0)):
        raise MalformedEventError(f"S3 event: detail.object.size is {size!r}; it must be a number of bytes")
    return Upload(bucket, key, size, _to_seconds(time), _DELETED[kind])


def parse_crawler_change(event: Mapping[str, Any]) -> CrawlerChange:
    """Parse Glue's crawler event or a recheck. The state in the event is ignored: Glue is queried for it."""
    if isinstance(event, Mapping) and event.get("source") == RECHECK_SOURCE:
        _expect(event, RECHECK_SOURCE, (RECHECK_DETAIL_TYPE,))
        recheck_count = _read_detail(event, "hops", int)
        return CrawlerChange(_read_detail(event, "crawlerName", str), recheck_count)
    _expect(event, "aws.glue", ("Glue Crawler State Change",))
    return CrawlerChange(_read_detail(event, "crawlerName", str))


def parse_job_change(event: Mapping[str, Any]) -> JobChange:
    """Parse Glue's job event. The state in the event is ignored: Glue is queried for it."""
    _expect(event, "aws.glue", ("Glue Job State Change",))
    return JobChange(_read_detail(event, "jobName", str), _read_detail(event, "jobRunId", str))


def parse_query_change(event: Mapping[str, Any]) -> QueryChange:
    """Parse Athena's query event."""
    _expect(event, "aws.athena", ("Athena Query State Change",))
    return QueryChange(_read_detail(event, "queryExecutionId", str))


def parse_stream_change(event: Mapping[str, Any]) -> StreamChange:
    """Parse a message of the stream-state queue: a request, a CloudWatch alarm of a stream, or an event of DMS."""
    kind = event.get("detail-type") if isinstance(event, Mapping) else None
    if kind == STREAM_START_REQUESTED:
        return StreamStartRequest(_read_detail(event, "pipeline", str), _read_time(event))
    if kind == STREAM_STOP_REQUESTED:
        return StreamStopRequest(_read_detail(event, "pipeline", str), _read_time(event))
    if kind == _ALARM:
        return _parse_alarm_change(event)
    return _parse_replication_change(event)


_ALARM = "CloudWatch Alarm State Change"
# Alarm names are landfall/<stage>/streams/<pipeline>/<what>, as the template of a stream sets them.
_ALARMS = {"stream-behind": incident_kinds.STREAM_BEHIND, "source-behind": incident_kinds.SOURCE_BEHIND}
_DMS = ("DMS Replication State Change", "DMS Replication Task State Change")
_REASON = 1_500  # characters; DMS's last error and CloudWatch's data points can be long


def _parse_alarm_change(event: Mapping[str, Any]) -> AlarmChange:
    """The time is that of the state, in milliseconds; the event's own is cut to whole seconds."""
    _expect(event, "aws.cloudwatch", (_ALARM,))
    name, state = _read_detail(event, "alarmName", str), _read_detail(event, "state", dict)
    parts = name.split("/")
    kind = _ALARMS.get(parts[-1])
    if kind is None or len(parts) != 5 or (parts[0], parts[2]) != ("landfall", "streams") or not parts[3]:
        raise MalformedEventError(
            f"alarm event: alarmName is {name!r}; it must be landfall/<stage>/streams/<pipeline>/{' or '.join(_ALARMS)}"
        )
    value, reason, time = (state.get(field) for field in ("value", "reason", "timestamp"))
    if not (isinstance(value, str) and _is_name(value) and isinstance(time, str)):
        raise MalformedEventError("alarm event: detail.state lacks its value or its timestamp")
    return AlarmChange(name, parts[3], kind, value, _shorten(reason), _to_seconds(time))


def _parse_replication_change(event: Mapping[str, Any]) -> ReplicationChange:
    """Use only the event type and the resource: for other fields, DMS's documentation and its events disagree."""
    _expect(event, "aws.dms", _DMS)
    resources = event.get("resources")
    if not (isinstance(resources, list) and resources and isinstance(resources[0], str) and _is_name(resources[0])):
        raise MalformedEventError(f"{event['detail-type']} event: resources is {resources!r}, not a list of ARNs")
    kind = _read_detail(event, "eventType", str)
    if kind not in _FAILED and kind not in _RUNS:
        raise MalformedEventError(
            f"{event['detail-type']} event: detail.eventType is {kind!r}; allowed: {', '.join((*_FAILED, *_RUNS))}"
        )
    message = _shorten(event["detail"].get("detailMessage")) or kind
    return ReplicationChange(resources[0].rsplit(":", 1)[-1], kind in _FAILED, message, _read_time(event))


# Of serverless replications and of tasks. A stop is no failure: a user makes it, and source-behind reports a long one.
_FAILED = ("REPLICATION_FAILED", "REPLICATION_TASK_FAILED")
_RUNS = ("REPLICATION_STARTED", "REPLICATION_RUNNING", "REPLICATION_TASK_STARTED")


def _shorten(text: Any) -> str:
    """A text of any type and length, cut to what a message shows; empty if it is not text."""
    if not (isinstance(text, str) and _is_name(text)):
        return ""
    return text if len(text) <= _REASON else text[: _REASON - 1] + "…"


def _is_name(value: Any) -> bool:
    """Whether it is non-empty Unicode: half a surrogate pair passes JSON, but its write would fail the whole batch."""
    try:
        return isinstance(value, str) and bool(value.encode())
    except UnicodeEncodeError:
        return False


def _expect(event: Mapping[str, Any], source: str, kinds: tuple[str, ...]) -> str:
    if not isinstance(event, Mapping):
        raise MalformedEventError(f"expected an EventBridge event (a JSON object), got {type(event).__name__}")
    kind = event.get("detail-type")
    if event.get("source") != source or kind not in kinds:
        raise MalformedEventError(
            f"expected source {source!r} with detail-type {' or '.join(map(repr, kinds))}, "
            f"got {event.get('source')!r} with {kind!r}"
        )
    return str(kind)


def _read_detail(event: Mapping[str, Any], field: str, kind: type[_T]) -> _T:
    detail = event.get("detail")
    value = detail.get(field) if isinstance(detail, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, str) and not _is_name(value)):
        raise MalformedEventError(f"{event.get('detail-type')} event: detail.{field} is {value!r}, not {kind.__name__}")
    return value


def _to_seconds(time: Any) -> float:
    try:
        moment = datetime.fromisoformat(time)
        seconds = moment.timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise MalformedEventError(f"event: time is {time!r}; it must be an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise MalformedEventError(f"event: time is {time!r}; it must carry its zone")
    if not 0 <= seconds < YEAR_9999:  # Python cannot format later times in UTC
        raise MalformedEventError(f"event: time is {time!r}; it must be from 1970 on and before the year 9999")
    return seconds
