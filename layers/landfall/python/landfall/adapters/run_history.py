"""The history of runs and resolved incidents in the state table, for the command line: no function reads it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from landfall.adapters import state_codec
from landfall.adapters.clients import Clients
from landfall.model.state import Incident, RunRecord

# state_table.py documents the keys.
_PIPELINE, _RUN, _INCIDENT = "pipeline#", "run#", "incident#"

_Item = Mapping[str, Any]


class History:
    """The runs and resolved incidents of pipelines, for as long as they are kept."""

    def __init__(self, clients: Clients, table: str) -> None:
        self._clients, self._table = clients, table

    def runs(self, pipeline: str, limit: int) -> list[RunRecord]:
        """The newest runs, newest first."""
        found = self._query(pipeline, _RUN, newest_first=True, page=limit)
        return [_to_run_record(item) for item in islice(found, limit)]

    def runs_since(self, pipeline: str, time: float) -> Iterator[RunRecord]:
        """Runs recorded at this time (seconds since 1970 UTC) or later, oldest first."""
        return map(_to_run_record, self._query(pipeline, _RUN, _stamp(time), newest_first=False))

    def runs_from(self, pipeline: str, run_id: str) -> Iterator[RunRecord]:
        """The run with this id and all later ones, oldest first."""
        return map(_to_run_record, self._query(pipeline, _RUN, run_id, newest_first=False))

    def incidents(self, pipeline: str, limit: int) -> list[Incident]:
        """Resolved incidents, most recently resolved first."""
        # Ids sort by kind first, so finding the newest takes all of them: they are few, and expire after some months.
        found = [_to_incident(item) for item in self._query(pipeline, _INCIDENT, newest_first=False)]
        return sorted(found, key=lambda incident: incident.resolved_at, reverse=True)[:limit]

    def _query(
        self, pipeline: str, kind: str, first: str = "", *, newest_first: bool, page: int | None = None
    ) -> Iterator[_Item]:
        """Items of this kind, starting at this id."""
        size: Any = {} if page is None else {"PaginationConfig": {"PageSize": page}}
        pages: Any = self._clients.dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pipeline AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pipeline": {"S": f"{_PIPELINE}{pipeline}"}, ":first": {"S": kind + first}, ":last": {"S": f"{kind}~"},
            },
            ScanIndexForward=not newest_first,
            ConsistentRead=True,
            **size,
        )  # fmt: skip
        for answer in pages:
            for item in answer["Items"]:
                yield {name: _DESERIALIZER.deserialize(value) for name, value in item.items()}


_DESERIALIZER = TypeDeserializer()


def _to_run_record(item: _Item) -> RunRecord:
    return state_codec.record_from_plain(item["pk"].removeprefix(_PIPELINE), item["sk"].removeprefix(_RUN), item)


def _to_incident(item: _Item) -> Incident:
    return state_codec.incident_from_plain(item["sk"].removeprefix(_INCIDENT), item)


def _stamp(time: float) -> str:
    """The first part of the id of a run recorded at this time."""
    text = datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="milliseconds")
    return f"{text.removesuffix('+00:00').replace('-', '').replace(':', '')}Z"
