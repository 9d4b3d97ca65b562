"""A crawler's definition as a crawl reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.engine.errors import CrawlError

_DEEPEST = 1000  # a key has 1,024 bytes
_OTHER_TARGETS = (
    "JdbcTargets",
    "MongoDBTargets",
    "DynamoDBTargets",
    "CatalogTargets",
    "DeltaTargets",
    "IcebergTargets",
    "HudiTargets",
)
_LOG = "LOG"


@dataclass(frozen=True)
class Options:
    """What the crawler's definition asks for."""

    crawler: str
    database: str
    prefix: str = ""
    role: str = ""
    targets: tuple[Mapping[str, Any], ...] = ()
    classifiers: tuple[str, ...] = ()
    combines_schemas: bool = False
    """TableGroupingPolicy CombineCompatibleSchemas: only format, compression and delimiter keep files apart."""
    table_level: int | None = None
    """TableLevelConfiguration: the level of a table's folder; the bucket is level 1."""
    merges_new_columns: bool = False
    inherits_from_table: bool = False
    updates: str = "UPDATE_IN_DATABASE"
    deletes: str = "DEPRECATE_IN_DATABASE"
    new_folders_only: bool = False


def read(crawler: Mapping[str, Any]) -> Options:
    """The options; CrawlError if the definition asks for what the local engine cannot do, or is not valid."""
    targets = crawler.get("Targets") or {}
    for kind in _OTHER_TARGETS:
        if targets.get(kind):
            raise CrawlError(f"NOT_SUPPORTED: the local engine crawls S3 targets only, not {kind}")
    recrawl = (crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior") or "CRAWL_EVERYTHING"
    if recrawl == "CRAWL_EVENT_MODE":
        raise CrawlError("NOT_SUPPORTED: the local engine does not crawl by S3 events (CRAWL_EVENT_MODE)")
    new_folders_only = recrawl == "CRAWL_NEW_FOLDERS_ONLY"
    configuration = _configuration(str(crawler.get("Configuration") or ""))
    grouping, output = _member(configuration, "Grouping"), _member(configuration, "CrawlerOutput")
    policy = crawler.get("SchemaChangePolicy") or {}
    return Options(
        crawler=str(crawler["Name"]),
        database=str(crawler.get("DatabaseName") or ""),
        prefix=str(crawler.get("TablePrefix") or ""),
        role=str(crawler.get("Role") or ""),
        targets=tuple(targets.get("S3Targets") or ()),
        classifiers=tuple(crawler.get("Classifiers") or ()),
        combines_schemas=grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas",
        table_level=_level(grouping.get("TableLevelConfiguration")),
        merges_new_columns=_member(output, "Tables").get("AddOrUpdateBehavior") == "MergeNewColumns",
        inherits_from_table=_member(output, "Partitions").get("AddOrUpdateBehavior") == "InheritFromTable",
        # the guide, "Scheduling incremental crawls": new folders only forces both to LOG
        updates=_LOG if new_folders_only else policy.get("UpdateBehavior") or "UPDATE_IN_DATABASE",
        deletes=_LOG if new_folders_only else policy.get("DeleteBehavior") or "DEPRECATE_IN_DATABASE",
        new_folders_only=new_folders_only,
    )


def _configuration(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CrawlError(f"The crawler's Configuration is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise CrawlError("The crawler's Configuration is not a JSON object")
    return value


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


def _level(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= _DEEPEST or value % 1:
        raise CrawlError(f"TableLevelConfiguration must be a positive whole number, not {value!r}")
    return int(value)
