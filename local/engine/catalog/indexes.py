"""The partition indexes of Glue's tables: they make nothing faster here, but they are kept and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import NOT_FOUND, existing_table
from local.engine.errors import ApiError

_MOST = 3


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreatePartitionIndex": create_partition_index,
        "GetPartitionIndexes": get_partition_indexes,
        "DeletePartitionIndex": delete_partition_index,
    }


def create_partition_index(request: dict[str, Any]) -> dict[str, Any]:
    """Add an index over some of the table's partition keys."""
    table, wanted = _table(request), request["PartitionIndex"]
    indexes = ministack_adapter.partition_indexes(table)
    if any(index["IndexName"] == wanted["IndexName"] for index in indexes):
        raise ApiError("AlreadyExistsException", f"Index with the given indexName : {wanted['IndexName']} exists")
    if len(indexes) >= _MOST:
        raise ApiError("ResourceNumberLimitExceededException", f"A table has at most {_MOST} partition indexes")
    unknown = [name for name in wanted["Keys"] if name.lower() not in _keys(table)]
    if unknown:
        raise ApiError("InvalidInputException", f"The keys {unknown} are no partition keys of the table")
    ministack_adapter.create_partition_index(table, wanted)
    return {}


def get_partition_indexes(request: dict[str, Any]) -> dict[str, Any]:
    """All indexes of a table, with the types of their keys."""
    table = _table(request)
    keys = _keys(table)
    found = [
        {
            "IndexName": index["IndexName"],
            "Keys": [{"Name": own["Name"], "Type": keys.get(own["Name"].lower(), "string")} for own in index["Keys"]],
            "IndexStatus": index["IndexStatus"],
        }
        for index in ministack_adapter.partition_indexes(table)
    ]
    return {"PartitionIndexDescriptorList": found}


def delete_partition_index(request: dict[str, Any]) -> dict[str, Any]:
    """Take an index away."""
    indexes = ministack_adapter.partition_indexes(_table(request))
    found = [index for index in indexes if index["IndexName"] == request["IndexName"]]
    if not found:
        raise ApiError(NOT_FOUND, f"Index with the given indexName : {request['IndexName']} does not exist")
    indexes.remove(found[0])
    return {}


def _table(request: Mapping[str, Any]) -> dict[str, Any]:
    return existing_table(request["DatabaseName"], request["TableName"])


def _keys(table: Mapping[str, Any]) -> dict[str, str]:
    return {str(key["Name"]).lower(): str(key.get("Type") or "string") for key in table.get("PartitionKeys") or []}
