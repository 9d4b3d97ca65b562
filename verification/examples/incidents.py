"""Incidents' events as Landfall's bus delivers them: an example of each kind, and what happens to it."""

from typing import Any

DETAIL_TYPES = {"opened": "Incident Opened", "reminder": "Incident Reminder", "resolved": "Incident Resolved"}
OPENED_AT = "2026-11-21T13:32:33.480Z"
NOW = 1795268100.0  # 2026-11-21 13:35:00 UTC: what messages in docs and tests take for now

_CRAWL = {
    "run": "20261121T133232.198Z-1f0c9a2b",
    "step": "crawl person-crawler",
    "stepKind": "crawl",
    "resource": "person-crawler",
    "attempts": 1,
}
_JOB = _CRAWL | {
    "step": "job person-curate",
    "stepKind": "job",
    "resource": "person-curate",
    "jobRunId": "jr_8a1f0c9a2b7d4e5f9c3b6a1d2e4f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f",
}
_CHECKS = _CRAWL | {
    "step": "checks",
    "stepKind": "checks",
    "resource": "",
    "queryExecutionId": "d1b5f3a2-6c7e-4f8a-9b0c-1d2e3f4a5b6c",
}
_NO_RUN = {"uploads": {"count": 0, "oldest": "", "newest": "", "keys": []}, "retry": False}

_STREAM = _NO_RUN | {
    "step": "job person_data_stream_job",
    "stepKind": "job",
    "resource": "person_data_stream_job",
    "jobRunId": "jr_3c6b6a1d2e4f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f8a1f0c9a2b7d4e5f",
}

# What each kind's event has beside what all have.
KINDS: dict[str, dict[str, Any]] = {
    "crawl failed": _CRAWL
    | {
        "cause": "Database person-db not found "
        "(Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException)"
    },
    "crawl stopped": _CRAWL | {"cause": "Glue says CANCELLED: somebody stopped the crawl"},
    "job failed": _JOB
    | {"cause": "AnalysisException: Column 'age' does not exist. Did you mean one of these? [name, city, years]"},
    "job timed out": _JOB | {"cause": "Glue says TIMEOUT after 2880 minutes"},
    "job stopped": _JOB | {"cause": "Glue says STOPPED: somebody stopped the job run"},
    "job error": _JOB | {"cause": "Glue says ERROR: Internal service error"},
    "job expired": _JOB | {"cause": "Glue says EXPIRED: the job run waited too long for a start"},
    "query failed": _CHECKS
    | {
        "check": "has rows",
        "cause": "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.person-db._dataprofile' does not exist",
    },
    "check failed": _CHECKS
    | {
        "check": "no empty names",
        "cause": "expected no rows, got some",
        "rows": [["", "31", "Lagos"], ["", "47", "Lyon"], ["", "8", "São Paulo"]],
    },
    "stuck": _CRAWL | {"cause": "running since 2026-11-21T12:32:32.198Z, longer than 60 minutes", "retry": False},
    "late": _NO_RUN
    | {
        "cause": "pending for 45 minutes while no run could start",
        "uploads": {
            "count": 3,
            "oldest": "2026-11-21T12:47:31.000Z",
            "newest": "2026-11-21T13:29:02.000Z",
            "keys": ["data/dataprofile/a.csv", "data/dataprofile/b.csv", "data/dataprofile/c.csv"],
        },
    },
    "stale": _NO_RUN | {"cause": "nothing has come since 2026-11-20T13:32:30.000Z, longer than 1440 minutes"},
    "definition invalid": _NO_RUN
    | {"cause": "/landfall/dev/pipelines/person: steps[0].crawl: is missing; severity: 'urgent' is not one of them"},
    "schema changed": _CRAWL
    | {
        "severity": "warning",
        "cause": "the crawl changed the table person-db._dataprofile",
        "changes": ["added: city string", "removed: town string", "type: age bigint -> double"],
        "retry": False,
    },
    "no table": _CRAWL | {"cause": "GetTable: Table _dataprofile not found in person-db"},
    "table deprecated": _CRAWL
    | {
        "cause": "The crawl succeeded, but marked the table person-db._dataprofile as deprecated: it registered "
        "nothing new."
    },
    "access denied": _CRAWL
    | {
        "cause": "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/landfall-OnUploadRole/landfall "
        "is not authorized to perform: glue:StartCrawler on resource: "
        "arn:aws:glue:us-east-1:123456789012:crawler/person-crawler"
    },
    "stream down": _STREAM
    | {
        "cause": "StreamingQueryException: Slow down; the checkpoint could not be written. "
        "Restart 3 in a row: the next try is due at 2026-11-21T13:45:00.000Z.",
        "count": 3,
        "lastAt": "2026-11-21T13:34:50.112Z",
    },
    "stream not stopped": _STREAM | {"cause": "It was to stop more than 30 minutes ago, and its run has not ended."},
    "stream behind": _NO_RUN
    | {
        "step": "alarm landfall/dev/streams/person/stream-behind",
        "stepKind": "alarm",
        "resource": "landfall/dev/streams/person/stream-behind",
        "cause": "Threshold Crossed: 5 out of the last 5 datapoints [812000.0 (21/11/26 13:31:00), …] were greater "
        "than the threshold (600000.0) (minimum 5 datapoints for OK -> ALARM transition).",
    },
    "source behind": _NO_RUN
    | {
        "step": "alarm landfall/dev/streams/person/source-behind",
        "stepKind": "alarm",
        "resource": "landfall/dev/streams/person/source-behind",
        "cause": "Threshold Crossed: 3 out of the last 3 datapoints [2.31E9 (21/11/26 13:31:00), …] were greater than "
        "the threshold (1.0E9) (minimum 3 datapoints for OK -> ALARM transition).",
    },
    "source failed": _NO_RUN
    | {
        "step": "replication person-source",
        "stepKind": "replication",
        "resource": "person-source",
        "cause": "Replication with resource id, 'person-source', has failed.",
    },
    "refused": _CRAWL | {"cause": "EntityNotFoundException: Crawler with name person-crawler does not exist"},
}


def incident(kind: str, phase: str = "opened", /, **changes: Any) -> dict[str, Any]:
    """The event of such an incident, with these fields of its detail changed."""
    stamp = OPENED_AT.replace("-", "").replace(":", "")
    identity = f"person/{kind.replace(' ', '-')}/{stamp}"
    detail: dict[str, Any] = {
        "schema": "1",
        "id": f"{identity}/{'reminder-1' if phase == 'reminder' else phase}",
        "incident": identity,
        "pipeline": "person",
        "kind": kind,
        "severity": "critical",
        "owner": "customer-data",
        "runbook": "https://wiki.example.com/runbooks/person",
        "openedAt": OPENED_AT,
        "lastAt": OPENED_AT,
        "count": 1,
        "run": "",
        "step": "",
        "stepKind": "",
        "resource": "",
        "attempts": 0,
        "cause": "",
        "check": "",
        "queryExecutionId": "",
        "jobRunId": "",
        "rows": [],
        "changes": [],
        "uploads": {
            "count": 2,
            "oldest": "2026-11-21T13:31:58.000Z",
            "newest": "2026-11-21T13:32:04.000Z",
            "keys": ["data/dataprofile/a.csv", "data/dataprofile/b.csv"],
        },
        "bucket": "landfall-lake",
        "retry": True,
    }
    if phase == "resolved":
        detail |= {
            "resolvedAt": "2026-11-21T15:46:35.000Z",
            "durationSeconds": 8041.52,
            "resolvedBy": "run 20261121T154500.007Z-77aa10cd succeeded",
        }
    return {
        "version": "0",
        "id": "6f0a1d6e-2b0c-4f3e-9a57-3f1f7c5a9b10",
        "detail-type": DETAIL_TYPES[phase],
        "source": "landfall",
        "account": "123456789012",
        "time": "2026-11-21T13:32:34Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail | KINDS.get(kind, {}) | changes,
    }
