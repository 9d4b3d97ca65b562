"""Ask Athena on the local engine, as an analyst would."""

from collections.abc import Iterator

from local.stack.clients import Clients
from local.stack.polling import until

Row = tuple[str | None, ...]


class QueryError(Exception):
    """The query did not succeed; the text is Athena's reason."""


def ask(clients: Clients, sql: str, seconds: float = 30) -> tuple[tuple[str, ...], list[Row]]:
    """Run a query in Landfall's workgroup; returns its column names and all its rows, None for NULL."""
    query = clients.athena.start_query_execution(QueryString=sql, WorkGroup=clients.outputs["WorkGroupName"])
    query_id = query["QueryExecutionId"]
    status = until(lambda: _ended(clients, query_id), seconds, f"the query {sql!r}", every=0.05)
    if status != "SUCCEEDED":
        raise QueryError(status)
    rows = list(_rows(clients, query_id))
    return tuple(cell or "" for cell in rows[0]), rows[1:]


def sql_of(clients: Clients, query_id: str) -> str:
    """A query's text without the comment lines that lead it."""
    text = clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Query"]
    return " ".join(line for line in text.splitlines() if not line.startswith("--"))


def _ended(clients: Clients, query_id: str) -> str | None:
    status = clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
    if status["State"] in ("FAILED", "CANCELLED"):
        return status.get("StateChangeReason") or status["State"]
    return "SUCCEEDED" if status["State"] == "SUCCEEDED" else None


def _rows(clients: Clients, query_id: str) -> Iterator[Row]:
    for page in clients.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        for row in page["ResultSet"]["Rows"]:
            yield tuple(cell.get("VarCharValue") for cell in row["Data"])
