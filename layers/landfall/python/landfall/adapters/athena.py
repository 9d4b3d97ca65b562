"""Athena: a pipeline's checks."""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from landfall.adapters.aws_errors import attempt_call, shorten
from landfall.adapters.clients import Clients
from landfall.model.observations import Attempted, QueryOf, QueryStatus, Started
from landfall.model.pipelines import Check, ChecksStep, Pipeline

if TYPE_CHECKING:
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef

_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_QUERIES = 50  # the limit of BatchGetQueryExecution
_QUERY_TAG = "-- landfall: "
# Limits of a result: it goes into an item of 400 KB, an event of 1 MB, and a message that a person reads.
_FIRST_ROWS, _COLUMNS, _CELL = 10, 20, 200


class Athena:
    """A pipeline's checks. A comment at the start of each query names its check, which Athena's event does not."""

    def __init__(self, clients: Clients, workgroup: str) -> None:
        self._clients, self._workgroup = clients, workgroup

    def start_checks(self, pipeline: Pipeline, step: ChecksStep, queries: list[QueryOf]) -> Attempted:
        """Start the query of every check. Repeated for the same run, step, attempt and check, it is the same query."""
        ids: dict[int, str] = {}
        for query, check in zip(queries, step.checks, strict=True):

            def call(query: QueryOf = query, check: Check = check) -> Attempted:
                return Started({query.check: self._start(pipeline, query, check)})

            result = attempt_call(call)
            if not isinstance(result, Started):
                return result
            ids |= result.queries
        return Started(ids)

    def _start(self, pipeline: Pipeline, query: QueryOf, check: Check) -> str:
        tag, database = format_comment(query), pipeline.crawl_before(query.step).database
        answer = self._clients.athena_as(pipeline.query_role or "").start_query_execution(
            QueryString=f"{tag}\n{check.sql}",
            # Otherwise names without a database are looked up in `default`, which belongs to the whole account.
            QueryExecutionContext={"Database": database},
            # 32 to 128 characters. Without one, botocore adds a random token, and a repeat starts a second query. It is
            # made of the whole request: Athena refuses a token that comes back with another.
            ClientRequestToken=hashlib.sha256(f"{tag}\n{database}".encode()).hexdigest(),
            WorkGroup=self._workgroup,
        )
        return answer["QueryExecutionId"]

    def find_check(self, query_id: str) -> tuple[QueryOf, QueryStatus] | None:
        """The check that this query is for, and how it ended; None for another query, or one that has not ended."""
        found = self._clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        query, ended = parse_comment(found["Query"]), _to_ended(found)
        return (query, ended) if query and ended else None

    def find_ended(self, query_ids: Iterable[str]) -> dict[str, QueryStatus]:
        """Those of these queries that have ended, without their rows; a query missing from AWS's answer is left out."""
        ids, seen = list(query_ids), dict[str, QueryStatus]()
        for start in range(0, len(ids), _QUERIES):
            answer = self._clients.athena.batch_get_query_execution(QueryExecutionIds=ids[start : start + _QUERIES])
            ended = (_to_ended(found) for found in answer["QueryExecutions"])
            seen |= {one.query_id: one for one in ended if one}
        return seen

    def first_rows(self, pipeline: Pipeline, query_id: str, statement_type: str = "") -> tuple[tuple[str, ...], ...]:
        """The first rows of a result without its header, cells as shortened text, NULL as empty text.

        Only the result of a DML statement begins with a header: SHOW and DESCRIBE have none. Athena is asked for the
        type of a statement where it is not known.
        """
        if not statement_type:
            found = self._clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            statement_type = found.get("StatementType", "")
        client = self._clients.athena_as(pipeline.query_role or "")
        answer = client.get_query_results(QueryExecutionId=query_id, MaxResults=_FIRST_ROWS + 1)
        rows = answer["ResultSet"]["Rows"][1 if statement_type == "DML" else 0 :][:_FIRST_ROWS]
        return tuple(
            tuple(shorten(cell.get("VarCharValue", ""), _CELL) for cell in row["Data"][:_COLUMNS]) for row in rows
        )


def _to_ended(found: "QueryExecutionTypeDef") -> QueryStatus | None:
    status = found["Status"]
    if status["State"] not in _ENDED:
        return None
    reason, kind = shorten(status.get("StateChangeReason", "")), found.get("StatementType", "")
    return QueryStatus(found["QueryExecutionId"], status["State"], reason, statement_type=kind)


def format_comment(query: QueryOf) -> str:
    """The comment that marks the query of a check."""
    parts = (query.pipeline, query.run_id, query.step, query.attempt, query.check)
    return _QUERY_TAG + json.dumps(parts, separators=(",", ":"))


def parse_comment(text: str) -> QueryOf | None:
    """The check that a query is for, by its leading comment; None for a query that Landfall did not start."""
    first = text.split("\n", 1)[0]
    if not first.startswith(_QUERY_TAG):
        return None
    try:
        pipeline, run_id, step, attempt_number, check = json.loads(first.removeprefix(_QUERY_TAG))
        return QueryOf(str(pipeline), str(run_id), int(step), int(attempt_number), int(check))
    except (ValueError, TypeError, OverflowError, RecursionError):  # an analyst copied the comment and changed it
        return None
