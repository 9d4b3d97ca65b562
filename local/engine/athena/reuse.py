"""Result reuse: a query that asks for it gets the result of an equal one, if that is young enough.

Source: the guide's page on reusing query results: text, database and catalog must be equal, and only SELECT counts.
Queries whose value changes by itself are always run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter

_DEFAULT_MINUTES = 60
_CHANGING = re.compile(
    r"\b(?:now|rand|random|uuid|shuffle|localtime|localtimestamp|current_\w+|information_schema)\b|\$partitions",
    re.IGNORECASE,
)
_EQUAL = ("Query", "QueryExecutionContext", "WorkGroup")


def reusable(execution: Mapping[str, Any]) -> dict[str, Any] | None:
    """The execution with the result that this one may have; None if it must run."""
    wanted = execution["ResultReuseConfiguration"].get("ResultReuseByAgeConfiguration") or {}
    if not wanted.get("Enabled") or execution["SubstatementType"] != "SELECT" or _CHANGING.search(execution["Query"]):
        return None
    minutes = wanted.get("MaxAgeInMinutes", _DEFAULT_MINUTES)
    oldest = time.time() - 60 * float(minutes)
    found = [
        other
        for other in list(ministack_adapter.executions().values())
        if "_result" in other
        and other["Status"]["State"] == "SUCCEEDED"
        and not other.get("_reused")
        and other["Status"]["CompletionDateTime"] >= oldest
        and all(other.get(name) == execution.get(name) for name in _EQUAL)
        and other.get("_output") == execution.get("_output")
        and other.get("ExecutionParameters") == execution.get("ExecutionParameters")
    ]
    return max(found, key=lambda other: float(other["Status"]["CompletionDateTime"]), default=None)
