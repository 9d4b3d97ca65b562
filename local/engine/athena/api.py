"""Athena's query operations as clients call them."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import parser, results
from local.engine.athena.engine import Run
from local.engine.athena.query_runner import ENDED, Queries
from local.engine.errors import ApiError

_INVALID = "InvalidRequestException"
_MOST_IDS = 50
_ENGINE = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}


class AthenaApi:
    """The operations; MiniStack keeps workgroups, named queries and the rest."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._lock = threading.Lock()
        self._tokens = ministack_adapter.scoped_dict()

    def actions(self) -> Mapping[str, ministack_adapter.Handler]:
        """Operation to handler."""
        return {
            "StartQueryExecution": self.start_query_execution,
            "StopQueryExecution": self.stop_query_execution,
            "GetQueryExecution": self.get_query_execution,
            "BatchGetQueryExecution": self.batch_get_query_execution,
            "GetQueryResults": self.get_query_results,
            "GetWorkGroup": self.get_work_group,
        }

    def forget(self) -> None:
        """Drop the tokens."""
        self._tokens.clear()

    def start_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Start a query, or name the one that this token has started."""
        token = request.get("ClientRequestToken")
        parameters = json.dumps(
            {name: request[name] for name in request if name != "ClientRequestToken"}, sort_keys=True
        )
        with self._lock:
            known = self._tokens.get(token) if token else None
            if known is not None:
                if known[0] != parameters:
                    raise ApiError(_INVALID, "Idempotent parameters do not match")
                return {"QueryExecutionId": known[1]}
            query_id = self._start(request)
            if token:
                self._tokens[token] = (parameters, query_id)
        return {"QueryExecutionId": query_id}

    def get_work_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """A workgroup with all members of its configuration: AWS fills in those that nobody has set."""
        name = request.get("WorkGroup") or ""
        workgroup = ministack_adapter.workgroup(name)
        if workgroup is None:
            raise ApiError(_INVALID, f"WorkGroup {name} is not found.")
        return {"WorkGroup": {**workgroup, "Configuration": _defaults(name) | (workgroup.get("Configuration") or {})}}

    def stop_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Cancel a query; one that has ended stays as it is."""
        self._queries.stop(_execution(request["QueryExecutionId"]))
        return {}

    def get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """A query's state, statistics and text."""
        return {"QueryExecution": _shown(_execution(request["QueryExecutionId"]))}

    def batch_get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Several queries, and the ids that are none."""
        ids = request.get("QueryExecutionIds") or []
        if len(ids) > _MOST_IDS:
            raise ApiError(_INVALID, f"At most {_MOST_IDS} query ids can be given, not {len(ids)}")
        known = ministack_adapter.executions()
        return {
            "QueryExecutions": [_shown(known[item]) for item in ids if item in known],
            "UnprocessedQueryExecutionIds": [
                {
                    "QueryExecutionId": item,
                    "ErrorCode": "INVALID_INPUT",
                    "ErrorMessage": f"QueryExecution {item} was not found",
                }
                for item in ids
                if item not in known
            ],
        }

    def get_query_results(self, request: dict[str, Any]) -> dict[str, Any]:
        """A page of the result; the first row of a SELECT's is its header."""
        execution = _execution(request["QueryExecutionId"])
        state = execution["Status"]["State"]
        if state not in ENDED:
            raise ApiError(_INVALID, f"Query has not yet finished. Current state: {state}")
        if state != "SUCCEEDED":
            raise ApiError(_INVALID, f"Query did not finish successfully. Final query state: {state}")
        size = int(request.get("MaxResults") or results.PAGE_ROWS)
        token = str(request.get("NextToken") or "0")
        if not 1 <= size <= results.PAGE_ROWS:
            raise ApiError(_INVALID, f"MaxResults is more than maximum allowed length {results.PAGE_ROWS}.")
        if not token.isdigit():
            raise ApiError(_INVALID, f"Invalid NextToken {token}")
        result = execution["_result"]
        rows, following = results.page(result, int(token), size)
        answer: dict[str, Any] = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": results.column_info(result)}},
            "UpdateCount": result.update_count,
        }
        return answer | ({"NextToken": str(following)} if following is not None else {})

    def _start(self, request: dict[str, Any]) -> str:
        workgroup = request.get("WorkGroup") or "primary"
        configuration = _workgroup_configuration(workgroup)
        location = _output_location(request, configuration)
        try:
            statement = parser.parse(request.get("QueryString") or "")
        except parser.MalformedQueryError as error:
            raise ApiError(_INVALID, str(error), AthenaErrorCode="MALFORMED_QUERY") from error
        query_id = str(uuid.uuid4())
        context = request.get("QueryExecutionContext") or {}
        execution: dict[str, Any] = {
            "QueryExecutionId": query_id,
            "Query": statement.text,
            "StatementType": statement.type,
            "SubstatementType": statement.first if statement.first != "WITH" else "SELECT",
            "ResultConfiguration": {"OutputLocation": f"{location}{query_id}{_suffix(statement)}"},
            "QueryExecutionContext": {
                # awswrangler writes the database in backticks
                name: str(context[name]).strip("`").lower()
                for name in ("Database", "Catalog")
                if context.get(name)
            },
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
            "Statistics": {},
            "WorkGroup": workgroup,
            "EngineVersion": _ENGINE,
        }
        if request.get("ExecutionParameters"):
            execution["ExecutionParameters"] = list(request["ExecutionParameters"])
        ministack_adapter.executions()[query_id] = execution
        cutoff = configuration.get("BytesScannedCutoffPerQuery")
        run = Run(
            statement,
            database=execution["QueryExecutionContext"].get("Database", ""),
            cutoff=int(cutoff) if cutoff else None,
            query_id=query_id,
            workgroup=workgroup,
            output=location,
            parameters=tuple(request.get("ExecutionParameters") or ()),
        )
        self._queries.start(execution, run)
        return query_id


def _suffix(statement: parser.Statement) -> str:
    """Queries have a CSV file, INSERT, UNLOAD and CREATE TABLE AS none, all else a text file."""
    if statement.first in ("INSERT", "UNLOAD") or _CTAS.match(parser.uncommented(statement.text)):
        return ""
    return ".csv" if statement.type == "DML" else ".txt"


_CTAS = re.compile(r"CREATE\s+TABLE\b", re.IGNORECASE)


def _execution(query_id: str) -> dict[str, Any]:
    execution = ministack_adapter.executions().get(query_id)
    if execution is None:
        raise ApiError(_INVALID, f"QueryExecution {query_id} was not found")
    return execution


def _shown(execution: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in execution.items() if not name.startswith("_")}


def _workgroup_configuration(name: str) -> dict[str, Any]:
    workgroup = ministack_adapter.workgroup(name)
    if workgroup is None:
        raise ApiError(_INVALID, f"WorkGroup {name} is not found.")
    if workgroup.get("State", "ENABLED") != "ENABLED":
        raise ApiError(_INVALID, f"WorkGroup {name} is disabled.")
    return _defaults(name) | dict(workgroup.get("Configuration") or {})


def _defaults(workgroup: str) -> dict[str, Any]:
    """What a workgroup has that nobody has configured: only `primary` leaves clients their own settings."""
    return {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": workgroup != "primary",
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EngineVersion": dict(_ENGINE),
    }


def _output_location(request: Mapping[str, Any], configuration: Mapping[str, Any]) -> str:
    """Where results go; a workgroup may enforce its own place (its default)."""
    own = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    group = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = configuration["EnforceWorkGroupConfiguration"]
    location = group if enforced and group else own or group
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
    return location if location.endswith("/") else f"{location}/"
