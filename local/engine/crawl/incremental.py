"""Where the files of new folders belong, when only new folders are crawled. Pure.

Source: the AWS Glue guide, "Scheduling incremental crawls for adding new partitions": new partitions are added to the
tables of the first crawl; objects whose schema is not compatible are logged and not added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.crawl.folders import File
from local.engine.crawl.grouping import PartitionFiles, similarity
from local.engine.crawl.listing import folder_of

_SIMILAR = 0.7
"""As for tables; that the same threshold holds here is chosen."""


@dataclass(frozen=True)
class CatalogTable:
    """A table of an earlier crawl."""

    entry: Mapping[str, Any]
    path: str
    """Its folder in the bucket."""

    @property
    def keys(self) -> list[str]:
        """Its partition keys."""
        return [str(key["Name"]) for key in self.entry.get("PartitionKeys") or []]

    def takes(self, file: File, combines: bool) -> bool:
        """Whether a file is of the table's format, and its schema similar."""
        described = self.entry.get("Parameters") or {}
        if file.reading is None:
            return file.skipped
        columns = (self.entry.get("StorageDescriptor") or {}).get("Columns") or []
        shape = file.reading.format.combine([file.reading.sample], file.reading.format.context([file.reading.sample]))
        if shape.classification != described.get("classification"):
            return False
        same = file.reading.compression == described.get("compressionType") and shape.parameters.get(
            "delimiter"
        ) == described.get("delimiter")
        known = {str(column["Name"]): str(column["Type"]) for column in columns}
        found = {column.name: column.type for column in file.columns}
        return same and (combines or similarity(dict(known), found) > _SIMILAR)


def tables_of(tables: Iterable[Mapping[str, Any]], crawler: str, bucket: str) -> list[CatalogTable]:
    """The crawler's own tables of a bucket, the deepest folders first."""
    start, found = f"s3://{bucket}/", []
    for table in tables:
        location = str((table.get("StorageDescriptor") or {}).get("Location") or "")
        is_own = (table.get("Parameters") or {}).get("UPDATED_BY_CRAWLER") == crawler
        if is_own and location.startswith(start):
            found.append(CatalogTable(table, location.removeprefix(start)))
    return sorted(found, key=lambda table: len(table.path), reverse=True)


def place(
    files: Sequence[File], tables: Sequence[CatalogTable], *, combines: bool
) -> tuple[list[tuple[Mapping[str, Any], list[PartitionFiles]]], list[str]]:
    """The new partitions of each table, and why the other folders have none."""
    folders: dict[str, list[File]] = defaultdict(list)
    for file in files:
        folders[folder_of(file.key)].append(file)
    found: dict[str, tuple[CatalogTable, dict[str, PartitionFiles]]] = {}
    left = []
    for folder, members in folders.items():
        table = next((table for table in tables if folder.startswith(table.path)), None)
        reason = _reason(folder, members, table, combines)
        if table is None or reason:
            left.append(reason)
            continue
        names = folder[len(table.path) :].split("/")[: len(table.keys)]
        path = f"{table.path}{'/'.join(names)}/"
        partitions = found.setdefault(table.path, (table, {}))[1]
        values = tuple(_value(name, key) for name, key in zip(names, table.keys, strict=True))
        partitions.setdefault(path, PartitionFiles(values, path, [])).files.extend(members)
    return [(table.entry, list(partitions.values())) for table, partitions in found.values()], left


def _reason(folder: str, files: Sequence[File], table: CatalogTable | None, combines: bool) -> str:
    if table is None:
        return f"the folder {folder} is in no table of this crawler"
    if not table.keys:
        return f"the folder {folder} is in the table {table.entry['Name']}, which has no partitions"
    if len(folder[len(table.path) :].split("/")) - 1 < len(table.keys):
        return f"the folder {folder} has fewer levels than the partition keys of {table.entry['Name']}"
    if not all(table.takes(file, combines) for file in files):
        return f"the folder {folder} is not compatible with the table {table.entry['Name']}"
    return ""


def _value(name: str, key: str) -> str:
    found, equals, value = name.partition("=")
    return value if equals and found.lower() == key else name
