"""Glue's tables and their versions, where MiniStack 1.5.33 keeps other than Glue does."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from ministack.core import responses
from ministack.services import glue

from local.engine.ministack_adapter.answers import Response

Entry = dict[str, Any]
_GIVEN = (
    "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor",
    "PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable", "ViewDefinition",
    "IsMultiDialectView",
)  # fmt: skip
"""The members of a TableInput; the last one is CloudFormation's."""
_KEPT = ("CreateTime", "CreatedBy", "CatalogId", "DatabaseName", "IsRegisteredWithLakeFormation")
_archive = responses.AccountRegionScopedDict()


def keep_tables_as_glue() -> None:
    """Let an update replace the whole table, as Glue's does, and keep every version of it until it is deleted."""
    create, update = glue._create_table, glue._update_table

    def create_and_number(data: dict[str, Any]) -> Response:
        response: Response = create(data)
        if response[0] < 300:
            key, table_input = _named(data)
            kept = _kept(glue._tables[key]) | {"CreatedBy": _creator()}
            glue._tables[key] = _entry(table_input) | kept | {"VersionId": "0", "UpdateTime": int(time.time())}
            _archive[key] = {}
        return response

    def update_and_archive(data: dict[str, Any]) -> Response:
        key, table_input = _named(data)
        before = copy.deepcopy(dict(glue._tables.get(key) or {}))
        response: Response = update(data)
        if response[0] < 300:
            number = int(before.get("VersionId", "0"))
            if not data.get("SkipArchive"):
                _archive.setdefault(key, {})[str(number)] = before
            changed = {"VersionId": str(number + 1), "UpdateTime": int(time.time())}
            glue._tables[key] = _entry(table_input) | _kept(before) | changed
        return response

    glue._create_table, glue._update_table = create_and_number, update_and_archive
    for name in ("_delete_table", "_batch_delete_table", "_delete_database"):
        setattr(glue, name, _forgetting(getattr(glue, name)))
    glue.reset = _forgetting(glue.reset)


def _forgetting(original: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, and afterwards the versions of tables that are gone are gone, too."""

    def act(*arguments: Any) -> Any:
        answer = original(*arguments)
        for key in [key for key in _archive if key not in glue._tables]:
            _archive.pop(key, None)
        return answer

    return act


def archived_versions(table: Mapping[str, Any]) -> MutableMapping[str, Entry]:
    """A table's earlier versions by their number, as they were."""
    found: MutableMapping[str, Entry] = _archive.setdefault(f"{table['DatabaseName']}/{table['Name']}", {})
    return found


def _entry(table_input: Mapping[str, Any]) -> Entry:
    """What GetTable shows of a TableInput: members that were not given or are empty texts are left out."""
    given = {name: table_input[name] for name in _GIVEN if table_input.get(name) not in (None, "")}
    always = {"StorageDescriptor": {}, "Parameters": {}, "PartitionKeys": [], "Retention": 0}
    return always | copy.deepcopy(given)


def _named(data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    table_input = data.get("TableInput") or {}
    return f"{data.get('DatabaseName')}/{table_input.get('Name')}", table_input


def _kept(entry: Mapping[str, Any]) -> Entry:
    return {name: entry[name] for name in _KEPT if name in entry}


def _creator() -> str:
    return f"arn:aws:iam::{responses.get_account_id()}:root"
