"""What only the engine knows of the resources that a call names: tags, workgroups, full ARNs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter


def of_call(service: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Tags by crawler or job, workgroups by query; None for what does not exist."""
    found: dict[str, Any] = {}
    if service == "glue":
        names = [parameters.get("CrawlerName"), *(parameters.get("CrawlerNames") or [])]
        names += [] if "JobName" in parameters else [parameters.get("Name")]
        found |= {f"crawler/{name}": ministack_adapter.glue_tags("crawler", name) for name in names if name}
        jobs = [parameters.get("JobName")]
        found |= {f"job/{name}": ministack_adapter.glue_tags("job", name) for name in jobs if name}
    if service == "athena":
        for query in [parameters.get("QueryExecutionId"), *(parameters.get("QueryExecutionIds") or [])]:
            if query:
                found[query] = (ministack_adapter.executions().get(query) or {}).get("WorkGroup")
    return found


def for_judging(service: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """And what a judgement needs besides: ARNs of secrets, of streams that are read by iterator, of roles by name."""
    found = of_call(service, parameters)
    if service == "secretsmanager":
        known = ministack_adapter.secret(str(parameters.get("SecretId")))
        found["secret"] = known[0] if known else None
    if service == "kinesis" and parameters.get("ShardIterator"):
        found["stream"] = ministack_adapter.stream_of_iterator(str(parameters["ShardIterator"]))
    if service == "glue":
        inner = parameters.get("JobUpdate") or parameters
        found["role"] = ministack_adapter.role_arn(str(inner.get("Role")))
    if service == "athena" and not found:
        found["primary"] = "primary"
    return found
