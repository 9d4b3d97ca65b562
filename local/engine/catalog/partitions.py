"""Glue's partition operations."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.expressions import compile_expression
from local.engine.catalog.names import NOT_FOUND, existing_table
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE = 1000
Table = dict[str, Any]


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "CreatePartition": create_partition,
        "BatchCreatePartition": batch_create_partition,
        "GetPartition": get_partition,
        "GetPartitions": get_partitions,
        "BatchGetPartition": batch_get_partition,
        "UpdatePartition": update_partition,
        "BatchUpdatePartition": batch_update_partition,
        "DeletePartition": delete_partition,
        "BatchDeletePartition": batch_delete_partition,
    }


def create_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Register one."""
    _create(_table(request), request["PartitionInput"])
    return {}


def batch_create_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Register several; those that cannot be are named in Errors."""
    table = _table(request)
    errors = []
    for wanted in request["PartitionInputList"]:
        try:
            _create(table, wanted)
        except ApiError as refusal:
            errors.append(_error("PartitionValues", wanted.get("Values") or [], refusal))
    return {"Errors": errors}


def get_partition(request: dict[str, Any]) -> dict[str, Any]:
    """One partition by its values."""
    found = _found(_table(request), request["PartitionValues"])
    if found is None:
        raise _missing()
    return {"Partition": found}


def get_partitions(request: dict[str, Any]) -> dict[str, Any]:
    """The partitions that the expression and the segment let through, by their values."""
    table = _table(request)
    found = ministack_adapter.partitions(table)
    segment = request.get("Segment")
    if segment is not None:
        number, total = int(segment["SegmentNumber"]), int(segment["TotalSegments"])
        if number >= total:
            message = f"SegmentNumber {number} must be less than TotalSegments {total}"
            raise ApiError("InvalidInputException", message)
        found = [entry for entry in found if _segment(entry["Values"], total) == number]
    if str(request.get("Expression") or "").strip():
        test = compile_expression(str(request["Expression"]), table.get("PartitionKeys") or [])
        found = [entry for entry in found if test(_values(entry))]
    answer = page("Partitions", found, request, _PAGE, key=_values)
    if request.get("ExcludeColumnSchema"):
        answer["Partitions"] = [_without_columns(entry) for entry in answer["Partitions"]]
    return answer


def batch_get_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Several partitions; those that are not there are in UnprocessedKeys."""
    table = _table(request)
    found = [(wanted, _found(table, wanted["Values"])) for wanted in request["PartitionsToGet"]]
    return {
        "Partitions": [entry for _, entry in found if entry is not None],
        "UnprocessedKeys": [wanted for wanted, entry in found if entry is None],
    }


def update_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Replace a partition; its values may change."""
    _update(_table(request), request["PartitionValueList"], request["PartitionInput"])
    return {}


def batch_update_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Replace several; those that cannot be are named in Errors."""
    table = _table(request)
    errors = []
    for entry in request["Entries"]:
        try:
            _update(table, entry["PartitionValueList"], entry["PartitionInput"])
        except ApiError as refusal:
            errors.append(_error("PartitionValueList", entry["PartitionValueList"], refusal))
    return {"Errors": errors}


def delete_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Delete one; its objects stay."""
    _delete(_table(request), request["PartitionValues"])
    return {}


def batch_delete_partition(request: dict[str, Any]) -> dict[str, Any]:
    """Delete several; those that are not there are named in Errors."""
    table = _table(request)
    errors = []
    for wanted in request["PartitionsToDelete"]:
        try:
            _delete(table, wanted["Values"])
        except ApiError as refusal:
            errors.append(_error("PartitionValues", wanted["Values"], refusal))
    return {"Errors": errors}


def _table(request: Mapping[str, Any]) -> Table:
    return existing_table(request["DatabaseName"], request["TableName"])


def _values(entry: Mapping[str, Any]) -> list[str]:
    return [str(value) for value in entry.get("Values") or []]


def _segment(values: Sequence[str], total: int) -> int:
    """Which segment a partition belongs to, whatever other partitions there are."""
    return zlib.crc32("\0".join(map(str, values)).encode()) % total


def _found(table: Table, values: Sequence[str]) -> dict[str, Any] | None:
    wanted = list(map(str, values))
    return next((entry for entry in ministack_adapter.partitions(table) if _values(entry) == wanted), None)


def _create(table: Table, wanted: Mapping[str, Any]) -> None:
    _check_count(table, _values(wanted))
    ministack_adapter.create_partition(table, wanted)


def _update(table: Table, values: Sequence[str], wanted: Mapping[str, Any]) -> None:
    changed = _values(wanted) or list(map(str, values))
    if _found(table, values) is None:
        raise _missing()
    _check_count(table, changed)
    if changed != list(map(str, values)) and _found(table, changed) is not None:
        raise ApiError("AlreadyExistsException", "Partition already exists.")
    ministack_adapter.update_partition(table, list(map(str, values)), {**wanted, "Values": changed})


def _delete(table: Table, values: Sequence[str]) -> None:
    if _found(table, values) is None:
        raise _missing()
    ministack_adapter.delete_partition(table, list(map(str, values)))


def _check_count(table: Table, values: Sequence[str]) -> None:
    if len(values) != len(table.get("PartitionKeys") or []):
        message = "The number of partition keys do not match the number of partition values"
        raise ApiError("InvalidInputException", message)


def _missing() -> ApiError:
    return ApiError(NOT_FOUND, "Cannot find partition.")


def _error(member: str, values: Sequence[str], refusal: ApiError) -> dict[str, Any]:
    return {member: list(values), "ErrorDetail": {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}}


def _without_columns(entry: dict[str, Any]) -> dict[str, Any]:
    descriptor = {name: value for name, value in (entry.get("StorageDescriptor") or {}).items() if name != "Columns"}
    return {**entry, "StorageDescriptor": descriptor}
