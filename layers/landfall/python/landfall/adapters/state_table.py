"""The state table: one conditional write per transition, with the history in the same transaction.

Keys: `pk = pipeline#<name>`, `sk = state | run#<id> | incident#<id>`. A run's id begins with its start time, so the
history is sorted by it; open incidents are part of the state.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from landfall.adapters import dynamodb_values, state_codec
from landfall.adapters.clients import Clients
from landfall.model.errors import VersionConflictError
from landfall.model.state import IncidentRecord, Record, State

_SECONDS_PER_DAY = 86_400
_PREFIX = "pipeline#"
_BY_SORT_KEY = "by-sort-key"  # an index of the keys only: sk, then pk
_BATCH = 100  # the limit of BatchGetItem
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


class StateTable:
    """Reads and writes the states of pipelines; history items expire after `history_days`."""

    def __init__(self, clients: Clients, table: str, history_days: int) -> None:
        self._clients, self._table, self._history_days = clients, table, history_days

    def load(self, pipeline: str) -> State:
        """Load the state as last written; a pipeline without one gets version 0."""
        answer = self._clients.dynamodb.get_item(
            TableName=self._table, Key=_key(pipeline, "state"), ConsistentRead=True
        )
        return _to_state(answer["Item"]) if "Item" in answer else State(pipeline)

    def names(self) -> list[str]:
        """Every pipeline that has a state, including those without a definition; the index lags behind by a moment."""
        pages = self._clients.dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=_BY_SORT_KEY,
            KeyConditionExpression="sk = :state",
            ExpressionAttributeValues={":state": {"S": "state"}},
        )
        return [str(item["pk"]["S"]).removeprefix(_PREFIX) for page in pages for item in page["Items"]]

    def load_all(self, pipelines: Iterable[str]) -> dict[str, State]:
        """Load the states of many pipelines, a hundred at a time; unprocessed keys are requested again."""
        names = list(pipelines)
        states = {name: State(name) for name in names}
        for start in range(0, len(names), _BATCH):
            keys: Any = [_key(name, "state") for name in names[start : start + _BATCH]]
            while keys:
                request: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
                answer: Any = self._clients.dynamodb.batch_get_item(RequestItems=request)
                for item in answer["Responses"].get(self._table, []):
                    state = _to_state(item)
                    states[state.pipeline] = state
                keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return states

    def write(self, state: State, records: tuple[Record, ...] = ()) -> State:
        """Write a state that was read at `state.version`, with its history, and return it at its new version.

        Raises VersionConflictError, and writes nothing, if another invocation has changed the state.
        """
        put = {
            "TableName": self._table,
            "Item": _item(state.pipeline, "state", {**state_codec.state_to_plain(state), "version": state.version + 1}),
            "ConditionExpression": "attribute_not_exists(pk)" if state.version == 0 else "version = :read",
        }
        if state.version:
            put["ExpressionAttributeValues"] = {":read": {"N": str(state.version)}}
        try:
            if records:
                history = [
                    {"Put": {"TableName": self._table, "Item": self._to_history_item(record)}} for record in records
                ]
                self._clients.dynamodb.transact_write_items(TransactItems=[{"Put": put}, *history])  # type: ignore[typeddict-item, list-item]
            else:
                self._clients.dynamodb.put_item(**put)  # type: ignore[arg-type]
        except ClientError as error:
            if _is_conflict(error):
                raise VersionConflictError(f"{state.pipeline} is no longer at version {state.version}") from error
            raise
        return replace(state, version=state.version + 1)

    def _to_history_item(self, record: Record) -> dict[str, Any]:
        plain = state_codec.record_to_plain(record)
        if isinstance(record, IncidentRecord):
            ended_at, sort = record.incident.resolved_at, f"incident#{record.incident.id}"
        else:
            ended_at, sort = record.ended_at or 0.0, f"run#{record.id}"
        if ended_at:
            plain["expires_at"] = int(ended_at) + self._history_days * _SECONDS_PER_DAY
        return _item(record.pipeline, sort, plain)


def _to_state(item: Any) -> State:
    plain = dynamodb_values.from_attributes(item)
    return state_codec.state_from_plain(plain["pk"].removeprefix(_PREFIX), int(plain["version"]), plain)


def _is_conflict(error: ClientError) -> bool:
    """Whether another write came first. Of a cancelled transaction the reasons say so: throttling cancels one, too."""
    reasons = error.response.get("CancellationReasons")
    codes = {error.response["Error"]["Code"].removesuffix("Exception")}
    if isinstance(reasons, list):
        codes |= {reason.get("Code", "") for reason in reasons}
    return bool(codes & _CONFLICTS)


def _key(pipeline: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": f"{_PREFIX}{pipeline}"}, "sk": {"S": sort}}


def _item(pipeline: str, sort: str, plain: dict[str, Any]) -> dict[str, Any]:
    return _key(pipeline, sort) | dynamodb_values.to_attributes(plain)
