"""Parsers take AWS's payloads as they are, and refuse what is none of them."""

import json

import pytest

from landfall.model import event_parsers, events
from landfall.model.errors import MalformedEventError
from landfall.model.events import (
    AcknowledgementRequest,
    AlarmChange,
    CrawlerChange,
    JobChange,
    PauseRequest,
    ReplicationChange,
    ResumeRequest,
    RunRequest,
)
from verification.examples.payloads import names, payload

BARE_UPLOADS = [name for name in names("on_upload") if "/batch" not in name and not name.endswith("_requested")]


@pytest.mark.parametrize("name", BARE_UPLOADS)
def test_every_upload_payload_keeps_its_key_verbatim(name: str) -> None:
    event = payload(name)

    upload = event_parsers.parse_upload(event)

    assert (upload.bucket, upload.key) == (event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
    assert upload.deleted == (event["detail-type"] == "Object Deleted")


def test_time_is_the_event_s_own_in_seconds() -> None:
    assert event_parsers.parse_upload(payload("on_upload/put_versioned")).time == 1795176000.0


def test_only_an_empty_object_with_a_slash_at_its_end_is_a_folder_marker() -> None:
    assert event_parsers.parse_upload(payload("on_upload/folder_marker")).is_folder_marker
    assert not event_parsers.parse_upload(payload("on_upload/put_versioned")).is_folder_marker


def test_fields_that_aws_adds_are_ignored() -> None:
    event = payload("on_upload/put_versioned")
    event["new-field"], event["detail"]["object"]["newer"] = {"a": 1}, ["b"]

    assert event_parsers.parse_upload(event) == event_parsers.parse_upload(payload("on_upload/put_versioned"))


@pytest.mark.parametrize("path", ["time", "detail", "detail.bucket", "detail.bucket.name", "detail.object.key"])
def test_an_upload_that_lacks_a_field_is_refused(path: str) -> None:
    event = payload("on_upload/put_versioned")
    *parents, field = path.split(".")
    target = event
    for parent in parents:
        target = target[parent]
    del target[field]

    with pytest.raises(MalformedEventError):
        event_parsers.parse_upload(event)


@pytest.mark.parametrize(
    "event",
    [None, 7, "text", [], {}, {"source": "aws.s3"}, {"source": "aws.s3", "detail-type": "Object Tags Added"}],
)
def test_what_is_no_upload_is_refused(event: object) -> None:
    with pytest.raises(MalformedEventError):
        event_parsers.parse_upload(event)  # type: ignore[arg-type]


@pytest.mark.parametrize("time", [None, 5, "yesterday", "2026-11-20T12:00:00"])
def test_a_time_without_its_zone_is_refused(time: object) -> None:
    with pytest.raises(MalformedEventError, match="time"):
        event_parsers.parse_upload(payload("on_upload/put_versioned") | {"time": time})


@pytest.mark.parametrize("state", ["started", "succeeded", "failed"])
def test_a_crawler_event_is_a_hint_whatever_it_says(state: str) -> None:
    assert event_parsers.parse_crawler_change(payload(f"on_crawler_state/{state}")) == CrawlerChange(
        "person-crawler", recheck_count=0
    )


def test_a_hint_counts_its_hops() -> None:
    change = CrawlerChange("person-crawler", recheck_count=2)

    assert event_parsers.parse_crawler_change(json.loads(change.to_recheck_message())) == CrawlerChange(
        "person-crawler", recheck_count=3
    )


@pytest.mark.parametrize("end", ["succeeded", "failed", "timeout", "stopped"])
def test_a_job_event_gives_the_job_and_the_id_of_its_run(end: str) -> None:
    assert event_parsers.parse_job_change(payload(f"on_job_state/{end}")) == JobChange(
        "person-curate", "jr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    )


def test_a_job_run_s_status_is_no_end() -> None:
    with pytest.raises(MalformedEventError, match="Glue Job Run Status"):
        event_parsers.parse_job_change(payload("on_job_state/running"))


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_a_query_event_gives_the_query_s_id(end: str) -> None:
    assert (
        event_parsers.parse_query_change(payload(f"on_query_state/{end}")).query_id
        == "01234567-0123-0123-0123-012345678901"
    )


def test_an_event_of_another_service_is_refused_with_what_was_expected() -> None:
    with pytest.raises(MalformedEventError, match=r"expected source 'aws.athena'.*got 'aws.glue'"):
        event_parsers.parse_query_change(payload("on_crawler_state/failed"))


def test_half_a_surrogate_pair_is_refused_before_it_can_hurt_its_batch() -> None:
    event = payload("on_upload/put_versioned")
    event["detail"]["object"]["key"] = json.loads('"data/dataprofile/\\ud800.csv"')

    with pytest.raises(MalformedEventError, match="Unicode"):
        event_parsers.parse_upload(event)


def test_a_time_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(MalformedEventError, match="time"):
        event_parsers.parse_upload(payload("on_upload/put_versioned") | {"time": "99999-01-01T00:00:00Z"})


def test_requests_are_parsed() -> None:
    time = 1795176000.0

    assert event_parsers.parse_arrival(payload("on_upload/run_requested")) == RunRequest("person")
    assert event_parsers.parse_arrival(payload("on_upload/pause_requested")) == PauseRequest(
        "person", time, "the supplier sends test data"
    )
    assert event_parsers.parse_arrival(payload("on_upload/resume_requested")) == ResumeRequest("person", time)
    assert event_parsers.parse_arrival(payload("on_upload/acknowledgement_requested")) == AcknowledgementRequest(
        "person", time, "schema changed", "amara"
    )


def test_a_reason_and_a_name_may_be_left_out() -> None:
    pause = payload("on_upload/pause_requested") | {"detail": {"pipeline": "person"}}

    assert event_parsers.parse_arrival(pause) == PauseRequest("person", 1795176000.0)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("pause_requested", {"detail": {}}, "detail.pipeline is None"),
        ("pause_requested", {"detail": {"pipeline": "person", "reason": 7}}, "detail.reason is 7"),
        ("resume_requested", {"time": "yesterday"}, "time is 'yesterday'"),
        ("acknowledgement_requested", {"detail": {"pipeline": "person"}}, "detail.kind is None"),
        ("acknowledgement_requested", {"detail": {"pipeline": "person", "kind": "bad luck"}}, "allowed: crawl failed"),
    ],
)
def test_a_request_that_says_too_little_is_refused(name: str, change: dict[str, object], said: str) -> None:
    with pytest.raises(MalformedEventError, match=said):
        event_parsers.parse_arrival(payload(f"on_upload/{name}") | change)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"])
def test_a_time_that_cannot_be_written_in_utc_fails_its_own_record(time: str) -> None:
    with pytest.raises(MalformedEventError, match="before the year 9999"):
        event_parsers.parse_arrival(payload("on_upload/put_versioned") | {"time": time})


@pytest.mark.parametrize(
    ("name", "path", "value", "problem"),
    [
        ("alarm_ok", "alarmName", "landfall/dev/streams/stream-behind", "alarmName is"),
        ("alarm_ok", "alarmName", "landfall/dev/streams/person/queue-full", "alarmName is"),
        ("alarm_ok", "state", {"value": "OK"}, "lacks its value or its timestamp"),
        ("alarm_ok", "state", {"value": "OK", "timestamp": "yesterday"}, "must be an ISO 8601 time"),
        ("alarm_ok", "state", "OK", "detail.state is 'OK', not dict"),
        ("replication_failed", "eventType", "REPLICATION_PAUSED", "eventType is 'REPLICATION_PAUSED'; allowed"),
        ("start_requested", "pipeline", "", "detail.pipeline is ''"),
    ],
)
def test_what_is_not_said_of_a_stream_as_it_should_be_is_refused(
    name: str, path: str, value: object, problem: str
) -> None:
    event = payload(f"on_stream_state/{name}")
    event["detail"][path] = value

    with pytest.raises(MalformedEventError, match=problem):
        event_parsers.parse_stream_change(event)


def test_a_replication_is_named_by_the_end_of_its_arn_and_needs_no_message() -> None:
    event = payload("on_stream_state/replication_failed")
    del event["detail"]["detailMessage"]

    found = event_parsers.parse_stream_change(event)

    assert isinstance(found, ReplicationChange)
    assert (found.replication, found.failed, found.message) == ("person-source", True, "REPLICATION_FAILED")
    with pytest.raises(MalformedEventError, match="not a list of ARNs"):
        event_parsers.parse_stream_change(event | {"resources": []})


def test_an_alarm_s_time_is_its_state_s() -> None:
    found = event_parsers.parse_stream_change(payload("on_stream_state/alarm_ok"))

    assert isinstance(found, AlarmChange)
    assert (found.pipeline, found.kind, found.time) == ("person-stream", "stream behind", 1795176610.402)


def test_the_time_of_a_request_for_a_stream_is_the_event_s() -> None:
    found = event_parsers.parse_stream_change(payload("on_stream_state/start_requested"))

    assert found == events.StreamStartRequest("person-stream", 1795176000.0)
