"""What a crawl changed in the catalog, and how the table of an earlier crawl is merged with what is found now."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.engine.crawl.catalog import DEPRECATED

_FUNDAMENTAL = ("classification", "compressionType", "delimiter")


@dataclass
class Changes:
    """Names of tables, and `table/value/value` of partitions, that a crawl wrote."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    partitions_created: list[str] = field(default_factory=list)
    partitions_updated: list[str] = field(default_factory=list)
    partitions_deleted: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The counts of the end event, by their names there. What was deprecated was updated, not deleted (chosen)."""
        return {
            "tablesCreated": len(self.created),
            "tablesUpdated": len(self.updated),
            "tablesDeleted": len(self.deleted),
            "partitionsCreated": len(self.partitions_created),
            "partitionsUpdated": len(self.partitions_updated),
            "partitionsDeleted": len(self.partitions_deleted),
        }

    def summary(self) -> dict[str, dict[str, Any]]:
        """ListCrawls' summary: by kind and by what was done to it."""
        done = {
            "TABLE": {"ADD": self.created, "UPDATE": self.updated, "DELETE": self.deleted},
            "PARTITION": {
                "ADD": self.partitions_created,
                "UPDATE": self.partitions_updated,
                "DELETE": self.partitions_deleted,
            },
        }
        shown = {
            kind: {verb: {"Details": {"names": names}, "Count": len(names)} for verb, names in verbs.items() if names}
            for kind, verbs in done.items()
        }
        return {kind: verbs for kind, verbs in shown.items() if verbs}


def obstacle_to_merging(name: str, existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Glue's warning that MergeNewColumns cannot merge into a table; empty if it can.

    Sources: the guide, "Setting crawler configuration options", names classification, compression type and delimiter;
    users saw the words, and that a parameter which a table made by hand lacks has changed, too
    (aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection#463).
    """
    before, after = existing.get("Parameters") or {}, wanted["Parameters"]
    for parameter in _FUNDAMENTAL:
        if parameter in after and before.get(parameter) != after[parameter]:
            return (
                f"Cannot merge new columns into the table {name} as defined in the Data Catalog because the parameter "
                f"'{parameter}' has changed. The existing value is '{before.get(parameter, 'null')}', and the crawled "
                f"value is '{after[parameter]}'. Either remove the table or resolve the inconsistent parameter value."
            )
    return ""


def with_new_columns(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The existing entry with the columns that are new, and the counts of now; nothing is removed or retyped.

    The input and output formats stay, parameters of others stay (same source).
    """
    merged = copy.deepcopy(dict(wanted))
    before, after = existing.get("StorageDescriptor") or {}, merged["StorageDescriptor"]
    columns = list(before.get("Columns") or [])
    known = {column["Name"] for column in columns}
    after["Columns"] = [*columns, *(column for column in after["Columns"] if column["Name"] not in known)]
    for name in ("InputFormat", "OutputFormat"):
        after[name] = before.get(name) or after[name]
    serde, found = before.get("SerdeInfo") or {}, after["SerdeInfo"]
    after["SerdeInfo"] = {
        "SerializationLibrary": serde.get("SerializationLibrary") or found["SerializationLibrary"],
        "Parameters": {**(serde.get("Parameters") or {}), **found["Parameters"]},
    }
    after["Parameters"] = {**_unmarked(before), **after["Parameters"]}
    merged["Parameters"] = {**_unmarked(existing), **merged["Parameters"]}
    return merged


def _unmarked(entry: Mapping[str, Any]) -> dict[str, str]:
    """The parameters without the mark of a deprecated entry: its data are back."""
    return {name: value for name, value in (entry.get("Parameters") or {}).items() if name != DEPRECATED}


def inherited(partition: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A partition with the table's columns, formats and SerDe (InheritFromTable); location and counts are its own."""
    merged = copy.deepcopy(dict(partition))
    source = table.get("StorageDescriptor") or {}
    for name in ("Columns", "InputFormat", "OutputFormat", "SerdeInfo", "Compressed"):
        if name in source:
            merged["StorageDescriptor"][name] = copy.deepcopy(source[name])
    for name in (*_FUNDAMENTAL, "areColumnsQuoted", "skip.header.line.count"):
        if name in (table.get("Parameters") or {}):
            for described in (merged["Parameters"], merged["StorageDescriptor"]["Parameters"]):
                described[name] = table["Parameters"][name]
    return merged
