"""The `detail` of the events that Glue and Athena send. Pure: values in, values out.

The shapes are those of the Amazon EventBridge and Athena user guides; counts and times are strings there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

GLUE = "aws.glue"
CRAWLER_STATE_CHANGE = "Glue Crawler State Change"
JOB_STATE_CHANGE = "Glue Job State Change"
JOB_RUN_STATUS = "Glue Job Run Status"
ATHENA = "aws.athena"
QUERY_STATE_CHANGE = "Athena Query State Change"
CRAWLER_LOG_GROUP = "/aws-glue/crawlers"


def crawler_started(*, account: str, crawler: str, started: float) -> dict[str, Any]:
    """A crawl has begun."""
    return {
        "accountId": account,
        "crawlerName": crawler,
        "startTime": timestamp(started),
        "state": "Started",
        "message": "Crawler Started",
    }


def crawler_succeeded(
    *,
    account: str,
    region: str,
    crawler: str,
    started: float,
    ended: float,
    counts: dict[str, int],
    warning: str = "N/A",
) -> dict[str, Any]:
    """A crawl has ended well; `counts` is keyed as in the event (tablesCreated ...)."""
    detail: dict[str, Any] = {
        name: str(counts.get(name, 0))
        for name in (
            "tablesCreated",
            "tablesUpdated",
            "tablesDeleted",
            "partitionsCreated",
            "partitionsUpdated",
            "partitionsDeleted",
        )
    }
    return detail | {
        "accountId": account,
        "crawlerName": crawler,
        "completionDate": timestamp(ended),
        "runningTime (sec)": str(int(ended - started)),
        "warningMessage": warning,
        "state": "Succeeded",
        "message": "Crawler Succeeded",
        "cloudWatchLogLink": _log_link(region, crawler),
    }


def crawler_failed(*, account: str, region: str, crawler: str, error: str) -> dict[str, Any]:
    """A crawl has failed."""
    return {
        "accountId": account,
        "crawlerName": crawler,
        "errorMessage": error,
        "state": "Failed",
        "message": "Crawler Failed",
        "cloudWatchLogLink": _log_link(region, crawler),
    }


def job_ended(*, job: str, run_id: str, state: str, error: str | None = None) -> dict[str, Any]:
    """A job's run has ended SUCCEEDED, FAILED, TIMEOUT or STOPPED."""
    severity, message = {
        "SUCCEEDED": ("INFO", "Job run succeeded"),
        "FAILED": ("ERROR", f"JobName:{job} and JobRunId:{run_id} failed to execute with exception {error}"),
        "TIMEOUT": ("WARN", "Job run timed out"),
        "STOPPED": ("INFO", "Job run stopped"),
    }[state]
    return {"jobName": job, "severity": severity, "state": state, "jobRunId": run_id, "message": message}


def job_delayed(*, job: str, run_id: str, state: str, started: float, delay: float) -> dict[str, Any]:
    """A job's run takes longer than the minutes after which its owner wants to hear of it."""
    start = datetime.fromtimestamp(started, UTC)
    return {
        "jobName": job,
        "severity": "INFO",
        "notificationCondition": {"NotifyDelayAfter": float(delay)},
        "state": state,
        "jobRunId": run_id,
        "message": f"Job is in {state} state",
        "startedOn": f"{start:%Y-%m-%dT%H:%M:%S}.{start.microsecond // 1000:03d}Z",
    }


def query_state(
    *,
    query_id: str,
    workgroup: str,
    statement_type: str,
    state: str,
    previous: str | None,
    sequence: int,
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A query has changed state; `error` is the AthenaError of GetQueryExecution."""
    detail: dict[str, Any] = {
        "versionId": "0",
        "currentState": state,
        "statementType": statement_type,
        "queryExecutionId": query_id,
        "workgroupName": workgroup,
        "sequenceNumber": str(sequence),
    }
    if previous is not None:
        detail["previousState"] = previous
    if state == "FAILED" and error is not None:
        # the numbers are floats in AWS's own example
        detail["athenaError"] = {
            "errorCategory": float(error["ErrorCategory"]),
            "errorType": float(error["ErrorType"]),
            "errorMessage": error["ErrorMessage"],
            "retryable": error["Retryable"],
        }
    return detail


def timestamp(seconds: float) -> str:
    """Whole seconds, as AWS writes them in event details."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _log_link(region: str, crawler: str) -> str:
    return (
        f"https://console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logEventViewer:group={CRAWLER_LOG_GROUP};stream={crawler}"
    )
