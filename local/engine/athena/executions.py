"""A query's execution as it begins: where its result goes, and what clients see of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import parser
from local.engine.athena.workgroups import ENGINE, is_managed
from local.engine.errors import ApiError

_INVALID = "InvalidRequestException"
_CTAS = re.compile(r"CREATE\s+TABLE\b", re.IGNORECASE)


def new_execution(
    query_id: str,
    statement: parser.Statement,
    request: Mapping[str, Any],
    workgroup: str,
    configuration: Mapping[str, Any],
) -> dict[str, Any]:
    """The QUEUED execution of a statement; `_output` is the folder of its results, with a slash."""
    context = request.get("QueryExecutionContext") or {}
    result = result_configuration(request, configuration)
    location = str(result.get("OutputLocation") or "")
    execution: dict[str, Any] = {
        "QueryExecutionId": query_id,
        "Query": statement.text,
        "StatementType": statement.type,
        "SubstatementType": substatement_type(statement),
        "ResultReuseConfiguration": request.get("ResultReuseConfiguration")
        or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {
            # awswrangler writes the database in backticks
            name: str(context[name]).strip("`").lower()
            for name in ("Database", "Catalog")
            if context.get(name)
        },
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {},
        "WorkGroup": workgroup,
        "EngineVersion": dict(ENGINE),
        "_output": location,
    }
    if is_managed(configuration):
        execution["ManagedQueryResultsConfiguration"] = dict(configuration["ManagedQueryResultsConfiguration"])
    else:
        execution["ResultConfiguration"] = {**result, "OutputLocation": f"{location}{query_id}{_suffix(statement)}"}
    if request.get("ExecutionParameters"):
        execution["ExecutionParameters"] = list(request["ExecutionParameters"])
    return execution


def result_configuration(request: Mapping[str, Any], configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Where and how results are kept: the workgroup may enforce its own, and so does one with managed results."""
    own = dict(request.get("ResultConfiguration") or {})
    if is_managed(configuration):
        if own.get("OutputLocation"):
            raise ApiError(_INVALID, "OutputLocation cannot be given in a workgroup with managed query results")
        return {}
    group = dict(configuration.get("ResultConfiguration") or {})
    enforced = configuration["EnforceWorkGroupConfiguration"] and group.get("OutputLocation")
    chosen = group if enforced or not own.get("OutputLocation") else own
    location = chosen.get("OutputLocation")
    if not location:
        raise ApiError(
            _INVALID,
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input.",
        )
    match = re.fullmatch(r"s3://([^/]+)(/.*)?", location)
    if match is None:
        raise ApiError(_INVALID, "outputLocation is not a valid S3 path.")
    if not ministack_adapter.bucket_exists(match[1]):
        raise ApiError(_INVALID, f"Unable to verify/create output bucket {match[1]}")
    return {**chosen, "OutputLocation": location if location.endswith("/") else f"{location}/"}


def substatement_type(statement: parser.Statement) -> str:
    """The kind of a statement in Athena's words."""
    if _CTAS.match(parser.uncommented(statement.text)):
        return "CREATE_TABLE_AS_SELECT"
    if statement.first in ("CREATE", "DROP", "ALTER", "SHOW", "MSCK"):
        words = [word.upper() for word in re.findall(r"\w+", parser.uncommented(statement.text))[:5]]
        words = [word for word in words if word not in ("EXTERNAL", "OR", "REPLACE")]
        return "_".join(words[:3] if words[:2] == ["SHOW", "CREATE"] else words[:2])
    return statement.first if statement.first not in ("WITH", "(", "VALUES", "TABLE") else "SELECT"


def shown(execution: Mapping[str, Any]) -> dict[str, Any]:
    """What clients see."""
    return {name: value for name, value in execution.items() if not name.startswith("_")}


def _suffix(statement: parser.Statement) -> str:
    """Queries have a CSV file, INSERT, UNLOAD and CREATE TABLE AS none, all else a text file."""
    if statement.first in ("INSERT", "UNLOAD") or _CTAS.match(parser.uncommented(statement.text)):
        return ""
    return ".csv" if statement.type == "DML" else ".txt"
