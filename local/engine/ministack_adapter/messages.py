"""Events of AWS's services, and log lines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch_logs, eventbridge

from local.engine.ministack_adapter.answers import Response, checked


def put_event(source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
    """Put an event of an AWS service on the default bus. Targets may run in this thread: never call it on the loop."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": []}
    checked(eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True))


def drop_service_events(when: Callable[[], bool]) -> None:
    """Lose the events of AWS's services while `when` says so; S3's take another way and arrive."""
    original = eventbridge._put_events

    def put(data: dict[str, Any], allow_aws_source: bool = False) -> Response:
        if allow_aws_source and when():
            entries = [{"EventId": "dropped"} for _ in data["Entries"]]
            return responses.json_response({"FailedEntryCount": 0, "Entries": entries})  # type: ignore[no-any-return]
        answer: Response = original(data, allow_aws_source)
        return answer

    eventbridge._put_events = put


def write_log(group: str, stream: str, messages: Iterable[str]) -> None:
    """Append to a log stream, which is made if it is missing, even if there is nothing to append."""
    # a second creation is refused, which is all that we want of it
    cloudwatch_logs._create_log_group({"logGroupName": group})
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": message} for message in messages]
    if not lines:
        return
    checked(cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": lines}))
