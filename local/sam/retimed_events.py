"""A recorded event as if it happened now, on the local engine.

An upload of the past may have been covered long since, and is then rightly dropped; a query or a job run of the past is
unknown.
"""

import json
import re
from datetime import datetime, timezone
from typing import Any

from local.stack.clients import Clients

RECORDED_QUERY = "01234567-0123-0123-0123-012345678901"
RECORDED_JOB_RUN = f"jr_{'0123456789abcdef' * 4}"


def brought_to_now(event: dict[str, Any], clients: Clients) -> dict[str, Any]:
    """The event, or a batch's events, with the time of now and the newest query, or the newest run of its job."""
    text = json.dumps(event, ensure_ascii=False)
    if RECORDED_QUERY in text:
        text = text.replace(RECORDED_QUERY, _newest_query(clients) or RECORDED_QUERY)
    if RECORDED_JOB_RUN in text:
        text = text.replace(RECORDED_JOB_RUN, _newest_run(clients, text) or RECORDED_JOB_RUN)
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


def _newest_run(clients: Clients, text: str) -> str:
    """Of the job that the event names; in a batch its quotes are escaped."""
    job = re.search(r'jobName\\*": \\*"([^"\\]+)', text)
    try:
        runs = clients.glue.get_job_runs(JobName=job[1], MaxResults=1)["JobRuns"] if job else []
    except clients.glue.exceptions.EntityNotFoundException:
        return ""
    return runs[0]["Id"] if runs else ""
