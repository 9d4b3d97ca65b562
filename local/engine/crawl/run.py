"""One crawl in two halves: what is there (read at the start), and the catalog (written at the end)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.engine import seams
from local.engine.crawl import catalog, listing, naming
from local.engine.crawl.csv_format import CsvFormat
from local.engine.crawl.formats import UNKNOWN, Format, Sample, Shape
from local.engine.errors import ApiError, CrawlError

FORMATS: Sequence[Format] = (CsvFormat(),)
_SAMPLE_BYTES = 1024 * 1024
_OTHER_TARGETS = ("JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets")


@dataclass
class Changes:
    """The tables that a crawl wrote."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The counts of the end event, by their names there."""
        return {"tablesCreated": len(self.created), "tablesUpdated": len(self.updated)}


def examine(crawler: Mapping[str, Any], crawl_id: str) -> list[dict[str, Any]]:
    """Read the targets; the tables that they make, as TableInputs."""
    targets = crawler.get("Targets") or {}
    for kind in _OTHER_TARGETS:
        if targets.get(kind):
            raise CrawlError(f"NOT_SUPPORTED: the local engine crawls S3 targets only, not {kind}")
    if seams.database_name(_database(crawler)) is None:
        raise CrawlError(f"Database {_database(crawler)} not found.")
    tables: dict[str, dict[str, Any]] = {}
    for target in targets.get("S3Targets") or []:
        found = _examine_target(listing.parse_target(target["Path"]), crawler, crawl_id)
        if found is not None:
            # two targets of one name: Glue appends a hash of its own; the local engine refuses to guess it
            if found["Name"] in tables:
                raise CrawlError(f"NOT_SUPPORTED: in the local engine two targets cannot both make {found['Name']}")
            tables[found["Name"]] = found
    return list(tables.values())


def write(crawler: Mapping[str, Any], tables: Sequence[dict[str, Any]], report: Callable[[str], None]) -> Changes:
    """Create what is missing and update what changed, as the crawler's policy says."""
    database = _database(crawler)
    policy = (crawler.get("SchemaChangePolicy") or {}).get("UpdateBehavior") or "UPDATE_IN_DATABASE"
    changes = Changes()
    for table in tables:
        name = table["Name"]
        existing = seams.table(database, name)
        try:
            if existing is None:
                seams.create_table(database, table)
                changes.created.append(name)
                report(f"INFO : Created table {name} in database {database}")
            elif catalog.differs(existing, table) and policy == "UPDATE_IN_DATABASE":
                seams.update_table(database, table)
                changes.updated.append(name)
                report(f"INFO : Updated table {name} in database {database}")
            elif catalog.differs(existing, table):
                report(f"INFO : Table {name} in database {database} has changed; it is left as it is (LOG)")
        except ApiError as error:
            raise CrawlError(error.message) from error
    return changes


def _examine_target(target: listing.Target, crawler: Mapping[str, Any], crawl_id: str) -> dict[str, Any] | None:
    files = listing.data_files(target)
    if not files:
        return None
    shape, samples = _classify(target.bucket, files)
    contents = catalog.Contents(
        objects=len(files),
        size=sum(item.size for item in files),
        sampled_records=sum(sample.records for sample in samples),
        sampled_size=sum(sample.size for sample in samples),
    )
    return catalog.table_input(
        name=naming.table_name(target.bucket, target.path, crawler.get("TablePrefix") or ""),
        location=target.location,
        shape=shape,
        contents=contents,
        crawler=str(crawler["Name"]),
        crawl_id=crawl_id,
    )


def _classify(bucket: str, files: Sequence[seams.S3Object]) -> tuple[Shape, list[Sample]]:
    """The format that recognises the most files, and what it saw in them."""
    best: tuple[Format, list[Sample]] | None = None
    for candidate in FORMATS:
        samples = []
        for item in files:
            body = seams.read_object(bucket, item.key)
            if body is None:  # deleted since the listing
                continue
            sample = candidate.sample(body[:_SAMPLE_BYTES], whole=len(body) <= _SAMPLE_BYTES)
            if sample is not None:
                samples.append(sample)
        if samples and (best is None or len(samples) > len(best[1])):
            best = (candidate, samples)
    return (best[0].combine(best[1]), best[1]) if best else (UNKNOWN, [])


def _database(crawler: Mapping[str, Any]) -> str:
    name = str(crawler.get("DatabaseName") or "")
    return seams.database_name(name) or name
