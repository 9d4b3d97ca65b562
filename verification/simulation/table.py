"""DynamoDB: the state table, its conditional writes and its ways to fail."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from landfall.model.state import State
from verification.simulation import errors
from verification.simulation.scheduler import current

if TYPE_CHECKING:
    from verification.simulation.world import World

Item = dict[str, Any]
_CONDITIONS: dict[str, Callable[[Item | None, Item], bool]] = {
    "attribute_not_exists(pk)": lambda item, values: item is None,
    "version = :read": lambda item, values: item is not None and item["version"] == values[":read"],
}


class Table:
    """The items by their keys; the oracle sees every write of them."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.items: dict[tuple[str, str], Item] = {}
        self.states: dict[int, tuple[Item, State]] = {}  # what items were read as, by their ids
        self._made: dict[tuple[str, str], float] = {}
        self._before: dict[tuple[str, str], Item] = {}  # what a read that is not consistent may still see

    # The client's methods, as the application calls them

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        key = _key(Key)

        def effect() -> Item:
            item = self._read(key, ConsistentRead)
            return {"Item": item} if item is not None else {}

        return self._world.fault_injection.call("dynamodb", "GetItem", _subject(key), effect)

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> Item:
        ((name, request),) = RequestItems.items()

        def effect() -> Item:
            keys, left = list(request["Keys"]), []
            if len(keys) > 1 and self._world.fault_injection.hit("unprocessed", "BatchGetItem", "the last key"):
                left = [keys.pop()]
            found = [self._read(_key(key), request.get("ConsistentRead", False)) for key in keys]
            answer: Item = {"Responses": {name: [item for item in found if item is not None]}, "UnprocessedKeys": {}}
            if left:
                answer["UnprocessedKeys"] = {name: {"Keys": left, "ConsistentRead": True}}
            return answer

        return self._world.fault_injection.call("dynamodb", "BatchGetItem", f"{len(request['Keys'])} items", effect)

    def get_paginator(self, operation: str) -> "Table":
        assert operation == "query"
        return self

    def paginate(self, *, TableName: str, IndexName: str, **query: Any) -> Iterator[Item]:
        """The states' keys, from an index that lags: an item may be missing from it for a moment."""
        assert (IndexName, query["KeyConditionExpression"]) == ("by-sort-key", "sk = :state")

        def effect() -> list[Item]:
            since = self._world.scheduler.now - self._world.random.uniform(0, 2)
            return [{"pk": {"S": pk}} for (pk, sk), time in self._made.items() if sk == "state" and time <= since]

        yield {"Items": self._world.fault_injection.call("dynamodb", "Query", IndexName, effect)}

    def put_item(self, **put: Any) -> Item:
        key = _key(put["Item"])

        def effect() -> Item:
            self._check(put, "PutItem")
            self._write([put["Item"]])
            if self._world.fault_injection.hit("conflict of its own", "PutItem", _subject(key)):
                # The answer was lost, and the SDK's own repeat meets the version that it has written.
                current().marks["arrived"] = {}
                raise errors.refused("PutItem", "ConditionalCheckFailedException", "The conditional request failed")
            return {}

        return self._world.fault_injection.call("dynamodb", "PutItem", _subject(key), effect)

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> Item:
        puts = [item["Put"] for item in TransactItems]

        def effect() -> Item:
            if self._world.fault_injection.hit(
                "transaction conflict", "TransactWriteItems", _subject(_key(puts[0]["Item"]))
            ):
                reason = self._world.random.choice(("TransactionConflict", "ThrottlingError"))
                raise errors.cancelled("TransactWriteItems", reason)
            for put in puts:
                self._check(put, "TransactWriteItems")
            self._write([put["Item"] for put in puts])
            return {}

        return self._world.fault_injection.call(
            "dynamodb", "TransactWriteItems", _subject(_key(puts[0]["Item"])), effect
        )

    # The model

    def _read(self, key: tuple[str, str], consistent: bool) -> Item | None:
        if not consistent and self._world.random.random() < 0.3:
            return self._before.get(key)
        return self.items.get(key)

    def _check(self, put: Item, operation: str) -> None:
        condition = put.get("ConditionExpression")
        if condition is None:
            return
        item = self.items.get(_key(put["Item"]))
        if not _CONDITIONS[condition](item, put.get("ExpressionAttributeValues", {})):
            raise _lost(operation)

    def _write(self, items: list[Item]) -> None:
        before = [self.items.get(_key(item)) for item in items]
        for item, old in zip(items, before, strict=True):
            if old is not None:
                self._before[_key(item)] = old
            self.items[_key(item)] = item
            self._made.setdefault(_key(item), self._world.scheduler.now)
        self._world.oracle.written(list(zip(before, items, strict=True)))


def _lost(operation: str) -> ClientError:
    if operation == "PutItem":
        return errors.refused(operation, "ConditionalCheckFailedException", "The conditional request failed")
    return errors.cancelled(operation, "ConditionalCheckFailed")


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _subject(key: tuple[str, str]) -> str:
    return f"{key[0].removeprefix('pipeline#')}/{key[1]}"
