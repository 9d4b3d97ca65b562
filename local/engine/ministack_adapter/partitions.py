"""The partitions of Glue's tables, as MiniStack keeps them. A table is given by its entry in the catalog."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ministack.services import glue

from local.engine.errors import ApiError
from local.engine.ministack_adapter.access import require_glue_of
from local.engine.ministack_adapter.answers import Response, checked

_BATCH = 100
"""The most partitions that Glue takes in one request."""

Entry = Mapping[str, Any]


def partitions(table: Entry) -> list[dict[str, Any]]:
    """A table's partitions, in the order of their values."""
    require_glue_of("glue:GetPartitions", table)
    found = glue._partitions.get(f"{table['DatabaseName']}/{table['Name']}") or []
    return sorted((dict(entry) for entry in found), key=lambda entry: [str(value) for value in entry["Values"]])


def create_partitions(table: Entry, inputs: Sequence[Entry]) -> None:
    """Add partitions, in as many batches as Glue needs; AlreadyExistsException if one is there."""
    require_glue_of("glue:BatchCreatePartition", table)
    for batch in _batches(inputs):
        _all_done(glue._batch_create_partition({**_names(table), "PartitionInputList": batch}))


def create_partition(table: Entry, partition_input: Entry) -> None:
    """Add a partition; AlreadyExistsException if it is there."""
    require_glue_of("glue:CreatePartition", table)
    checked(glue._create_partition({**_names(table), "PartitionInput": dict(partition_input)}))


def update_partitions(table: Entry, inputs: Sequence[Entry]) -> None:
    """Replace partitions, in as many batches as Glue needs."""
    require_glue_of("glue:BatchUpdatePartition", table)
    for batch in _batches(inputs):
        entries = [{"PartitionValueList": item["Values"], "PartitionInput": item} for item in batch]
        _all_done(glue._batch_update_partition({**_names(table), "Entries": entries}))


def update_partition(table: Entry, values: Sequence[str], partition_input: Entry) -> None:
    """Replace one partition, whose values may change."""
    require_glue_of("glue:UpdatePartition", table)
    entry = {"PartitionValueList": list(values), "PartitionInput": dict(partition_input)}
    _all_done(glue._batch_update_partition({**_names(table), "Entries": [entry]}))


def delete_partition(table: Entry, values: Sequence[str]) -> None:
    """Take a partition away."""
    require_glue_of("glue:DeletePartition", table)
    checked(glue._delete_partition({**_names(table), "PartitionValues": list(values)}))


def _names(table: Entry) -> dict[str, Any]:
    return {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}


def _batches(items: Sequence[Entry]) -> Iterator[list[dict[str, Any]]]:
    return ([dict(item) for item in items[start : start + _BATCH]] for start in range(0, len(items), _BATCH))


def _all_done(response: Response) -> None:
    """Raise the first refusal of a batch as an ApiError."""
    checked(response)
    for error in json.loads(response[2]).get("Errors") or []:
        detail = error["ErrorDetail"]
        raise ApiError(detail["ErrorCode"], detail["ErrorMessage"])
