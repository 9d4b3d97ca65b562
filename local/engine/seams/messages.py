"""Events of AWS's services, and log lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.services import cloudwatch_logs, eventbridge

from local.engine.seams.answers import checked


def put_event(source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
    """Put an event of an AWS service on the default bus. Targets may run in this thread: never call it on the loop."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": []}
    checked(eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True))


def write_log(group: str, stream: str, messages: Iterable[str]) -> None:
    """Append to a log stream, which is made if it is missing."""
    # a second creation is refused, which is all that we want of it
    cloudwatch_logs._create_log_group({"logGroupName": group})
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": message} for message in messages]
    checked(cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": lines}))
