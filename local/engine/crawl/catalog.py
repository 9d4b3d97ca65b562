"""Tables and partitions as a crawler writes them.

Source: tables that crawlers wrote, as public repositories show them (GetTable answers, SHOW CREATE TABLE): the names
of the parameters, that they stand on the table and on its storage descriptor alike, and that recordCount is sizeKey
divided by averageRecordSize, rounded down, where a file was not read to its end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.crawl import types
from local.engine.crawl.folders import File
from local.engine.crawl.formats import Shape

RUN = "CRAWL_RUN_ID"
CRAWLER = "UPDATED_BY_CRAWLER"
DEPRECATED = "DEPRECATED_BY_CRAWLER"
_COMPARED = ("Columns", "Location", "InputFormat", "OutputFormat", "SerdeInfo", "Compressed")


@dataclass(frozen=True)
class Contents:
    """What lies under a location: objects, their bytes, and the records in them, which may be an estimate."""

    objects: int
    size: int
    records: int
    average: int
    """Bytes of a record, uncompressed; 0 if nothing was read."""


def contents(files: Sequence[File], average: int = 0) -> Contents:
    """Count; `average` is for files of which none was read."""
    samples = [file.reading.sample for file in files if file.reading]
    records, size = sum(sample.records for sample in samples), sum(sample.size for sample in samples)
    average = max(1, size // records) if records else average
    return Contents(
        objects=len(files),
        size=sum(file.size for file in files),
        records=sum(_records(file, average) for file in files),
        average=average,
    )


def _records(file: File, average: int) -> int:
    """Counted, or estimated by the stored size: too few for a compressed file, as in crawled tables."""
    sample = file.reading.sample if file.reading else None
    if sample is not None and sample.total_records is not None:
        return sample.total_records
    own = max(1, sample.size // sample.records) if sample and sample.records else average
    return file.size // own if own else 0


@dataclass(frozen=True)
class Written:
    """Which crawl writes, and what it says of itself in every entry."""

    crawler: str
    crawl_id: str


def parameters(shape: Shape, compression: str, counted: Contents, written: Written) -> dict[str, str]:
    """The parameters of a table or partition."""
    return {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        RUN: written.crawl_id,
        CRAWLER: written.crawler,
        "averageRecordSize": str(counted.average),
        "classification": shape.classification,
        "compressionType": compression,
        "objectCount": str(counted.objects),
        "recordCount": str(counted.records),
        "sizeKey": str(counted.size),
        "typeOfData": "file",
        **shape.parameters,
    }


def descriptor(shape: Shape, location: str, described: Mapping[str, str]) -> dict[str, Any]:
    """The StorageDescriptor."""
    return {
        "Columns": [{"Name": column.name, "Type": types.text(column.type)} for column in shape.columns],
        "Location": location,
        "InputFormat": shape.input_format,
        "OutputFormat": shape.output_format,
        "Compressed": described["compressionType"] != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": shape.serde, "Parameters": dict(shape.serde_parameters)},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(described),
        "StoredAsSubDirectories": False,
    }


def table_input(
    name: str,
    location: str,
    shape: Shape,
    described: Mapping[str, str],
    *,
    keys: Sequence[str] = (),
    exclusions: Sequence[str] = (),
) -> dict[str, Any]:
    """The TableInput. Partition keys are strings, as in all of AWS's examples."""
    described = dict(described)
    if keys:
        described["partition_filtering.enabled"] = "true"
    if exclusions:
        described["exclusions"] = json.dumps(list(exclusions), separators=(",", ":"))
    return {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "Parameters": described,
        "StorageDescriptor": descriptor(shape, location, described),
    }


def partition_input(values: Sequence[str], location: str, shape: Shape, described: Mapping[str, str]) -> dict[str, Any]:
    """The PartitionInput: a storage descriptor of its own, and the parameters of its own files."""
    return {
        "Values": list(values),
        "Parameters": dict(described),
        "StorageDescriptor": descriptor(shape, location, described),
    }


def differs(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the crawl found something else than the catalog says; the id of the crawl is no difference."""
    return _comparable(existing) != _comparable(wanted)


def _comparable(entry: Mapping[str, Any]) -> dict[str, Any]:
    described = entry.get("StorageDescriptor") or {}
    return {
        "parameters": {name: value for name, value in (entry.get("Parameters") or {}).items() if name != RUN},
        "partitions": entry.get("PartitionKeys") or [],
        **{name: described.get(name) for name in _COMPARED},
    }
