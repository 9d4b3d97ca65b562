"""A table as a crawler writes it, and when it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.engine.crawl.formats import Shape

# the id of the run that wrote the table changes with each run, and is no reason to write it again
_RUN = "CRAWL_RUN_ID"


@dataclass(frozen=True)
class Contents:
    """What lies under a table's location."""

    objects: int
    size: int
    sampled_records: int
    sampled_size: int


def table_input(
    *, name: str, location: str, shape: Shape, contents: Contents, crawler: str, crawl_id: str
) -> dict[str, Any]:
    """The TableInput; the parameters stand on the table and on its storage descriptor alike."""
    parameters = _parameters(shape, contents, crawler) | {_RUN: crawl_id}
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": parameters,
        "StorageDescriptor": {
            "Columns": [{"Name": column.name, "Type": column.type} for column in shape.columns],
            "Location": location,
            "InputFormat": shape.input_format,
            "OutputFormat": shape.output_format,
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {
                "SerializationLibrary": shape.serde,
                "Parameters": dict(shape.serde_parameters),
            },
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": dict(parameters),
            "StoredAsSubDirectories": False,
        },
    }


def differs(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the crawl found something else than the catalog says."""
    return _comparable(existing) != _comparable(wanted)


def _parameters(shape: Shape, contents: Contents, crawler: str) -> dict[str, str]:
    # Glue's own tables show recordCount = sizeKey / averageRecordSize: it is an estimate there as well
    average = max(1, contents.sampled_size // contents.sampled_records) if contents.sampled_records else 0
    return {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": crawler,
        "averageRecordSize": str(average),
        "classification": shape.classification,
        "compressionType": "none",
        "objectCount": str(contents.objects),
        "recordCount": str(contents.size // average if average else 0),
        "sizeKey": str(contents.size),
        "typeOfData": "file",
        **shape.parameters,
    }


def _comparable(table: Mapping[str, Any]) -> dict[str, Any]:
    descriptor = table.get("StorageDescriptor") or {}
    kept = ("Columns", "Location", "InputFormat", "OutputFormat", "SerdeInfo")
    return {
        "parameters": {name: value for name, value in (table.get("Parameters") or {}).items() if name != _RUN},
        "partitions": table.get("PartitionKeys") or [],
        **{name: descriptor.get(name) for name in kept},
    }
