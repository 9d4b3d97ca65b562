"""Athena's query operations as clients call them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter, service_model
from local.engine.athena import executions, metadata, parser, results, reuse, rights, saved, workgroups
from local.engine.athena.engine import Run
from local.engine.athena.query_runner import ENDED, Queries
from local.engine.athena.statements import syntax
from local.engine.errors import ApiError
from local.engine.pages import page

_INVALID = "InvalidRequestException"
_MOST_IDS = 50


class AthenaApi:
    """The operations; MiniStack keeps workgroups, named queries and the rest."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._lock = threading.Lock()
        self._tokens = ministack_adapter.scoped_dict()

    def actions(self) -> Mapping[str, ministack_adapter.Handler]:
        """Operation to handler; what the model does not allow is refused before."""
        own: dict[str, ministack_adapter.Handler] = {
            "StartQueryExecution": self.start_query_execution,
            "StopQueryExecution": self.stop_query_execution,
            "GetQueryExecution": self.get_query_execution,
            "BatchGetQueryExecution": self.batch_get_query_execution,
            "ListQueryExecutions": self.list_query_executions,
            "GetQueryResults": self.get_query_results,
            "GetQueryRuntimeStatistics": self.get_query_runtime_statistics,
        }
        others = {**workgroups.actions(), **saved.actions(), **metadata.actions()}
        return service_model.checked("athena", own | others)

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

    def stop_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Cancel a query; one that has ended stays as it is."""
        self._queries.stop(_execution(request["QueryExecutionId"]))
        return {}

    def get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """A query's state, statistics and text."""
        return {"QueryExecution": executions.shown(_execution(request["QueryExecutionId"]))}

    def batch_get_query_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """Several queries, and the ids that are none."""
        ids = request.get("QueryExecutionIds") or []
        if len(ids) > _MOST_IDS:
            raise ApiError(_INVALID, f"At most {_MOST_IDS} query ids can be given, not {len(ids)}")
        known = ministack_adapter.executions()
        return {
            "QueryExecutions": [executions.shown(known[item]) for item in ids if item in known],
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

    def list_query_executions(self, request: dict[str, Any]) -> dict[str, Any]:
        """The ids of a workgroup's queries, newest first; of `primary` where none is named."""
        workgroup = workgroups.existing_workgroup(request.get("WorkGroup") or "primary")["Name"]
        found = sorted(
            [-float(entry["Status"]["SubmissionDateTime"]), name]
            for name, entry in list(ministack_adapter.executions().items())
            if entry["WorkGroup"] == workgroup
        )
        answer = page("QueryExecutionIds", found, request, _MOST_IDS, key=list, code=_INVALID)
        answer["QueryExecutionIds"] = [name for _, name in answer["QueryExecutionIds"]]
        return answer

    def get_query_runtime_statistics(self, request: dict[str, Any]) -> dict[str, Any]:
        """Times and sizes of a query; its stages are not known here."""
        execution = _execution(request["QueryExecutionId"])
        if execution["Status"]["State"] not in ENDED:
            raise ApiError(_INVALID, "Query has not yet finished")
        statistics = execution["Statistics"]
        times = {name: value for name, value in statistics.items() if name.endswith("InMillis")}
        rows: dict[str, int] = {"InputBytes": statistics.get("DataScannedInBytes", 0)}
        if "_result" in execution:
            rows["OutputRows"] = len(execution["_result"].rows)
        return {"QueryRuntimeStatistics": {"Timeline": times, "Rows": rows}}

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
        if "ResultConfiguration" in execution:
            rights.require_result(execution["ResultConfiguration"]["OutputLocation"])
        result = execution["_result"]
        rows, following = results.page(result, int(token), size)
        answer: dict[str, Any] = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": results.column_info(result)}},
            "UpdateCount": result.update_count,
        }
        return answer | ({"NextToken": str(following)} if following is not None else {})

    def _start(self, request: dict[str, Any]) -> str:
        workgroup = request.get("WorkGroup") or "primary"
        configuration = workgroups.enabled_configuration(workgroup)
        try:
            statement = parser.parse(request.get("QueryString") or "")
            syntax.check(statement)
        except parser.MalformedQueryError as error:
            raise ApiError(_INVALID, str(error), AthenaErrorCode="MALFORMED_QUERY") from error
        query_id = str(uuid.uuid4())
        execution = executions.new_execution(query_id, statement, request, workgroup, configuration)
        if execution["_output"]:
            rights.require_output(execution["_output"])
        execution["_reused"] = reuse.reusable(execution)
        ministack_adapter.executions()[query_id] = execution
        cutoff = configuration.get("BytesScannedCutoffPerQuery")
        run = Run(
            statement,
            database=execution["QueryExecutionContext"].get("Database") or "default",
            catalog=execution["QueryExecutionContext"].get("Catalog", ""),
            cutoff=int(cutoff) if cutoff else None,
            query_id=query_id,
            workgroup=workgroup,
            output=execution["_output"],
            parameters=tuple(request.get("ExecutionParameters") or ()),
        )
        self._queries.start(execution, run)
        return query_id


def _execution(query_id: str) -> dict[str, Any]:
    execution = ministack_adapter.executions().get(query_id)
    if execution is None:
        raise ApiError(_INVALID, f"QueryExecution {query_id} was not found")
    return execution
