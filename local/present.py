"""A recorded event as if it happened now, on the local engine.

An upload of the past may have been covered long since, and is then rightly dropped; a query of the past is unknown.
"""

import json
from datetime import datetime, timezone
from typing import Any

from local.clients import Clients

_RECORDED_QUERY = "01234567-0123-0123-0123-012345678901"


def brought_to_now(event: dict[str, Any], clients: Clients) -> dict[str, Any]:
    """The event, or a batch's events, with the time of now; a query's is the workgroup's newest query."""
    text = json.dumps(event, ensure_ascii=False)
    if _RECORDED_QUERY in text:
        text = text.replace(_RECORDED_QUERY, _newest_query(clients) or _RECORDED_QUERY)
    moved: dict[str, Any] = json.loads(text)
    time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if "Records" in moved:
        return moved | {"Records": [_record_at(record, time) for record in moved["Records"]]}
    return _at(moved, time)


def _at(event: dict[str, Any], time: str) -> dict[str, Any]:
    return event | {"time": time} if "time" in event else event


def _record_at(record: dict[str, Any], time: str) -> dict[str, Any]:
    try:
        body = json.loads(record["body"])
    except (KeyError, TypeError, ValueError):
        return record  # a bad record stays as bad as it is
    if not isinstance(body, dict):
        return record
    return record | {"body": json.dumps(_at(body, time), ensure_ascii=False)}


def _newest_query(clients: Clients) -> str:
    ids = clients.athena.list_query_executions(WorkGroup=clients.outputs["WorkGroupName"])["QueryExecutionIds"]
    if not ids:
        return ""
    found = clients.athena.batch_get_query_execution(QueryExecutionIds=ids[:50])["QueryExecutions"]
    return max(found, key=lambda query: query["Status"]["SubmissionDateTime"])["QueryExecutionId"]
