"""Athena: queries with client request tokens, verdicts and rows."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from verification.simulation import errors

if TYPE_CHECKING:
    from verification.simulation.world import World

_HEADER = {"Data": [{"VarCharValue": "name"}]}
_ROW = {"Data": [{"VarCharValue": "somebody"}]}


@dataclass(slots=True, eq=False)
class Query:
    """One query, with how it will end."""

    id: str
    text: str
    began: float
    outcome: str
    holds: bool
    state: str = "QUEUED"
    changed_at: float = 0.0


class Athena:
    """boto3's client. `role` may start queries and read results; asking how one goes needs none."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._random = Random(f"{world.seed}/athena")
        self.queries: dict[str, Query] = {}
        self._by_token: dict[str, Query] = {}

    def start_query_execution(
        self, *, QueryString: str, QueryExecutionContext: dict[str, str], ClientRequestToken: str, WorkGroup: str
    ) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            return {"QueryExecutionId": self._started(QueryString, ClientRequestToken).id}

        return self._world.fault_injection.call("athena", "StartQueryExecution", QueryString.split("\n", 1)[0], effect)

    def get_query_execution(self, *, QueryExecutionId: str) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            return {"QueryExecution": self._shown(self.queries[QueryExecutionId])}

        return self._world.fault_injection.call("athena", "GetQueryExecution", QueryExecutionId, effect)

    def batch_get_query_execution(self, *, QueryExecutionIds: list[str]) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            ids = list(QueryExecutionIds)
            left = (
                [ids.pop()] if self._world.fault_injection.hit("unprocessed", "BatchGetQueryExecution", ids[-1]) else []
            )
            return {
                "QueryExecutions": [self._shown(self.queries[query]) for query in ids],
                "UnprocessedQueryExecutionIds": [{"QueryExecutionId": query} for query in left],
            }

        return self._world.fault_injection.call(
            "athena", "BatchGetQueryExecution", ", ".join(QueryExecutionIds), effect
        )

    def get_query_results(self, *, QueryExecutionId: str, MaxResults: int) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            query = self.queries[QueryExecutionId]
            if query.state != "SUCCEEDED":
                raise errors.refused("GetQueryResults", "InvalidRequestException", f"The query is {query.state}")
            wants_rows = "expect rows" in query.text
            return {"ResultSet": {"Rows": [_HEADER, _ROW] if wants_rows == query.holds else [_HEADER]}}

        return self._world.fault_injection.call("athena", "GetQueryResults", QueryExecutionId, effect)

    # The model

    def _started(self, text: str, token: str) -> Query:
        known = self._by_token.get(token)
        if known is not None:
            if known.text != text:
                self._world.oracle.token_reused(text)
                raise errors.refused("StartQueryExecution", "InvalidRequestException", "Idempotent parameters differ")
            return known
        faults = self._world.faults
        outcome = self._random.choice(("FAILED", "CANCELLED")) if faults.hit("query fails") else "SUCCEEDED"
        holds = not faults.hit("check does not hold")
        query = Query(f"query-{len(self.queries) + 1}", text, self._world.scheduler.now, outcome, holds)
        self.queries[query.id] = self._by_token[token] = query
        self._world.say("athena", f"{query.id} is queued", text.replace("\n", " "))
        self._world.scheduler.after(
            self._random.choice((5, 30, 60, 600)) * self._random.random(), lambda: self._ended(query)
        )
        return query

    def _ended(self, query: Query) -> None:
        query.state, query.changed_at = query.outcome, self._world.scheduler.now
        self._world.say("athena", f"{query.id} has ended: {query.outcome}, {'holds' if query.holds else 'holds not'}")
        detail = {"queryExecutionId": query.id, "currentState": query.outcome}
        event = {"source": "aws.athena", "detail-type": "Athena Query State Change", "detail": detail}
        self._world.delivery.best_effort("query-state", event, f"end of {query.id}")

    def _shown(self, query: Query) -> dict[str, Any]:
        state = query.state
        if self._world.scheduler.now < query.changed_at + 2 and self._world.faults.hit("stale look"):
            state = "RUNNING"
        status = {"State": state}
        if state == "FAILED":
            status["StateChangeReason"] = "HIVE_BAD_DATA"
        return {"QueryExecutionId": query.id, "Query": query.text, "Status": status, "StatementType": "DML"}

    # Strangers

    def analyst_asks(self) -> None:
        """A query of somebody else in our workgroup; it ends at once."""
        query = Query(f"query-{len(self.queries) + 1}", "SELECT 1", self._world.scheduler.now, "SUCCEEDED", True)
        self.queries[query.id] = query
        self._ended(query)
