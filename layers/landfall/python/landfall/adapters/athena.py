"""Athena: a pipeline's checks."""

import hashlib
import json
from collections.abc import Iterable

from landfall.adapters.aws_errors import attempt, shorten
from landfall.adapters.clients import Clients
from landfall.model.observations import Attempted, QueryOf, QueryStatus, Started
from landfall.model.pipelines import Check, ChecksStep, Pipeline

_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_QUERIES = 50  # BatchGetQueryExecution takes no more at a time
_QUERY_TAG = "-- landfall: "
# What goes into an item of 400 KB and an event of 1 MB, and into a message that a person reads.
_FIRST_ROWS, _COLUMNS, _CELL = 10, 20, 200


class Athena:
    """A pipeline's checks. Every query is led by a comment that says whose it is: Athena's event does not."""

    def __init__(self, clients: Clients, workgroup: str) -> None:
        self._clients, self._workgroup = clients, workgroup

    def start_checks(self, pipeline: Pipeline, step: ChecksStep, queries: list[QueryOf]) -> Attempted:
        """Start the query of every check. The same run, step, attempt and check is the same query, however often."""
        ids: dict[int, str] = {}
        for query, check in zip(queries, step.checks, strict=True):

            def call(query: QueryOf = query, check: Check = check) -> Attempted:
                return Started({query.check: self._start(pipeline, query, check)})

            result = attempt(call)
            if not isinstance(result, Started):
                return result
            ids |= result.queries
        return Started(ids)

    def _start(self, pipeline: Pipeline, query: QueryOf, check: Check) -> str:
        tag, database = format_comment(query), pipeline.crawl_before(query.step).database
        answer = self._clients.athena_as(pipeline.query_role or "").start_query_execution(
            QueryString=f"{tag}\n{check.sql}",
            # Else names without a database are looked up in `default`, which belongs to the whole account.
            QueryExecutionContext={"Database": database},
            # 32 to 128 characters. Without our own, boto3 fills in a fresh one and a repeat is a second query. It is of
            # all that is asked: Athena refuses one that comes back with something else.
            ClientRequestToken=hashlib.sha256(f"{tag}\n{database}".encode()).hexdigest(),
            WorkGroup=self._workgroup,
        )
        return answer["QueryExecutionId"]

    def find_check(self, query_id: str) -> tuple[QueryOf, QueryStatus] | None:
        """Whose check this query is and how it ended; None for an analyst's, or one that has not ended."""
        found = self._clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        query, status = parse_comment(found["Query"]), found["Status"]
        if query is None or status["State"] not in _ENDED:
            return None
        return query, QueryStatus(query_id, status["State"], shorten(status.get("StateChangeReason", "")))

    def find_ended(self, query_ids: Iterable[str]) -> dict[str, QueryStatus]:
        """Of these queries, those that have ended, without their rows. What AWS does not tell now is left out."""
        ids, seen = list(query_ids), dict[str, QueryStatus]()
        for start in range(0, len(ids), _QUERIES):
            answer = self._clients.athena.batch_get_query_execution(QueryExecutionIds=ids[start : start + _QUERIES])
            for found in answer["QueryExecutions"]:
                status = found["Status"]
                if status["State"] in _ENDED:
                    reason = shorten(status.get("StateChangeReason", ""))
                    seen[found["QueryExecutionId"]] = QueryStatus(found["QueryExecutionId"], status["State"], reason)
        return seen

    def first_rows(self, pipeline: Pipeline, query_id: str) -> tuple[tuple[str, ...], ...]:
        """The first rows of a result, as text cut short, NULL as an empty one. A SELECT's first row is its header."""
        client = self._clients.athena_as(pipeline.query_role or "")
        answer = client.get_query_results(QueryExecutionId=query_id, MaxResults=_FIRST_ROWS + 1)
        rows = answer["ResultSet"]["Rows"][1:]
        return tuple(
            tuple(shorten(cell.get("VarCharValue", ""), _CELL) for cell in row["Data"][:_COLUMNS]) for row in rows
        )


def format_comment(query: QueryOf) -> str:
    """The comment that leads a check's query."""
    parts = (query.pipeline, query.run_id, query.step, query.attempt, query.check)
    return _QUERY_TAG + json.dumps(parts, separators=(",", ":"))


def parse_comment(text: str) -> QueryOf | None:
    """Whose query this is by its leading comment; None when it is not one of ours."""
    first = text.split("\n", 1)[0]
    if not first.startswith(_QUERY_TAG):
        return None
    try:
        pipeline, run_id, step, attempt_number, check = json.loads(first.removeprefix(_QUERY_TAG))
        return QueryOf(str(pipeline), str(run_id), int(step), int(attempt_number), int(check))
    except (ValueError, TypeError, OverflowError, RecursionError):  # an analyst who copied our comment and changed it
        return None
