"""Glue's crawlers, classifiers, databases, tables and partitions, as MiniStack keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from ministack.services import glue

from local.engine.errors import ApiError
from local.engine.seams.answers import Response, checked

_BATCH = 100
"""The most partitions that Glue takes in one request."""


def crawlers() -> MutableMapping[str, dict[str, Any]]:
    """Crawlers by name."""
    return glue._crawlers  # type: ignore[no-any-return]


def create_crawler(definition: dict[str, Any], tags: dict[str, str]) -> None:
    """Create a crawler."""
    checked(glue._create_crawler(definition))
    if tags:
        glue._tags[glue._arn("crawler", definition["Name"])] = dict(tags)


def delete_crawler(name: str) -> None:
    """Delete a crawler that exists."""
    checked(glue._delete_crawler({"Name": name}))


def crawler_tags(name: str) -> dict[str, str]:
    """A crawler's tags."""
    return dict(glue._tags.get(glue._arn("crawler", name), {}))


def database_name(name: str) -> str | None:
    """A database as the catalog writes it; Glue folds names to lower case, MiniStack keeps them."""
    return _folded(glue._databases, name)


def table(database: str, name: str) -> dict[str, Any] | None:
    """A table of the catalog."""
    key = _folded(glue._tables, f"{database}/{name}")
    found: dict[str, Any] | None = glue._tables.get(key)
    return found


def _folded(names: Any, wanted: str) -> str | None:
    if wanted in names:
        return wanted
    return next((str(name) for name in names if name.lower() == wanted.lower()), None)


def create_table(database: str, table_input: dict[str, Any]) -> None:
    """Add a table to the catalog."""
    checked(glue._create_table({"DatabaseName": database, "TableInput": table_input}))


def update_table(database: str, table_input: dict[str, Any]) -> None:
    """Replace a table of the catalog."""
    checked(glue._update_table({"DatabaseName": database, "TableInput": table_input}))


def tables(database: str) -> list[dict[str, Any]]:
    """The tables of a database."""
    start = f"{database}/"
    return [dict(table) for key, table in list(glue._tables.items()) if key.startswith(start)]


def delete_table(database: str, name: str) -> None:
    """Delete a table with its partitions."""
    checked(glue._delete_table({"DatabaseName": database, "Name": name}))


def partitions(database: str, table_name: str) -> list[dict[str, Any]]:
    """The partitions of a table."""
    return [dict(item) for item in glue._partitions.get(f"{database}/{table_name}", [])]


def create_partitions(database: str, table_name: str, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Add partitions, in as many batches as Glue needs."""
    for batch in _batches(inputs):
        request = {"DatabaseName": database, "TableName": table_name, "PartitionInputList": batch}
        _all_done(glue._batch_create_partition(request))


def update_partitions(database: str, table_name: str, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Replace partitions, in as many batches as Glue needs."""
    for batch in _batches(inputs):
        entries = [{"PartitionValueList": item["Values"], "PartitionInput": item} for item in batch]
        request = {"DatabaseName": database, "TableName": table_name, "Entries": entries}
        _all_done(glue._batch_update_partition(request))


def delete_partition(database: str, table_name: str, values: Sequence[str]) -> None:
    """Delete one partition."""
    checked(
        glue._delete_partition({"DatabaseName": database, "TableName": table_name, "PartitionValues": list(values)})
    )


def classifier(name: str) -> dict[str, dict[str, Any]] | None:
    """A classifier by its kind (`CsvClassifier` ...)."""
    found: dict[str, dict[str, Any]] | None = glue._classifiers.get(name)
    return found


def _batches(items: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return ([dict(item) for item in items[start : start + _BATCH]] for start in range(0, len(items), _BATCH))


def _all_done(response: Response) -> None:
    """Raise the first refusal of a batch as an ApiError."""
    checked(response)
    for error in json.loads(response[2]).get("Errors") or []:
        detail = error["ErrorDetail"]
        raise ApiError(detail["ErrorCode"], detail["ErrorMessage"])
