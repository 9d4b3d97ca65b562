"""Reads targets: lists, samples, classifies, groups; what comes out are entries for the catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from local.engine import ministack_adapter
from local.engine.crawl import catalog, grouping, incremental, listing, naming
from local.engine.crawl.catalog import Written
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.findings import Finding, Findings
from local.engine.crawl.folders import File, tree
from local.engine.crawl.formats import UNKNOWN, Column, Format, Sample, Shape
from local.engine.crawl.grouping import Group, PartitionFiles
from local.engine.crawl.listing import Target
from local.engine.crawl.options import Options
from local.engine.crawl.reading import Document
from local.engine.errors import CrawlError
from local.engine.iam.watch import DeniedError

_PROGRESS = 1000
_MOST_LINES = 20


class Examination:
    """One crawl's look at its targets; `findings` grows with each."""

    def __init__(
        self,
        options: Options,
        classifiers: Classifiers,
        crawl_id: str,
        *,
        report: Callable[[str], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        self.findings = Findings()
        self._options = options
        self._classifiers = classifiers
        self._written = Written(options.crawler, crawl_id)
        self._report = report
        self._is_stopped = is_stopped

    def add(self, target: Target, known: Collection[str] | None) -> None:
        """Examine a target. `known` are the folders of earlier crawls, if only new ones are to be crawled."""
        objects = listing.data_files(target)
        self._report(f"INFO : Found {len(objects)} objects in {target.location}")
        self.findings.locations.append(target.location)
        self.findings.folders |= {_folder(target, item) for item in objects}
        if known is not None:
            objects = [item for item in objects if _folder(target, item) not in known]
            self._report(f"INFO : {len({_folder(target, item) for item in objects})} folders are new")
        files = self._read(target, objects)
        if known is not None:
            self._add_to_tables(target, files)
        else:
            self.findings.tables += [self._finding(target, group) for group in self._groups(target, files)]

    def _groups(self, target: Target, files: list[File]) -> list[Group]:
        if target.path and not target.path.endswith("/"):
            return [Group(file.key, [file]) for file in files]
        root = tree(target.path, files)
        return grouping.groups(root, combines=self._options.combines_schemas, depth=self._depth(target))

    def _depth(self, target: Target) -> int:
        """How far below the target tables begin; a level above the target means the target (chosen)."""
        level = self._options.table_level
        return max(0, level - 1 - target.path.count("/")) if level is not None else 0

    def _read(self, target: Target, objects: Sequence[ministack_adapter.S3Object]) -> list[File]:
        sampled = listing.sampled(objects, target.sample_size)
        files, unknown = [], 0
        for number, item in enumerate(objects, start=1):
            if self._is_stopped():
                raise CrawlError("The crawl was stopped")
            file = File(item.key, item.size, skipped=True)
            if item.key in sampled:
                document = Document(
                    item.key, item.size, partial(ministack_adapter.open_object, target.bucket, item.key)
                )
                try:
                    file = File(item.key, item.size, self._classifiers.read(document))
                except DeniedError:
                    # a file that may not be read is left out, and the crawl goes on
                    self._report(
                        "ERROR : Error Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied) "
                        f"retrieving file at s3://{target.bucket}/{item.key}. Tables created did not infer schemas "
                        "from this file."
                    )
                    continue
                if file.reading is None and not document.broken and not document.head(1):
                    continue  # deleted since the listing, or a compressed nothing
                unknown += file.reading is None
                self._tell(target, document, file, unknown)
            files.append(file)
            if number % _PROGRESS == 0:
                self._report(f"INFO : Classified {number} of {len(objects)} objects in {target.location}")
        if unknown > _MOST_LINES:
            self._report(f"INFO : {unknown} objects in {target.location} were classified UNKNOWN")
        _name_columns(files)
        return files

    def _tell(self, target: Target, document: Document, file: File, unknown: int) -> None:
        """What is wrong with a file; of many unknown ones only the first are named."""
        if unknown > _MOST_LINES:
            return
        if document.broken:
            self._report(f"WARN : s3://{target.bucket}/{file.key}: {document.broken}")
        if file.reading is None:
            self._report(f"INFO : s3://{target.bucket}/{file.key} was classified UNKNOWN")

    def _finding(self, target: Target, group: Group) -> Finding:
        if group.others:
            keys_of_others = ", ".join(file.key for file in group.others[:_MOST_LINES])
            self._report(
                f"WARN : {len(group.others)} objects in s3://{target.bucket}/{group.path} are not of the table's "
                f"format and are left out of it: {keys_of_others}"
            )
        keys, parts = grouping.partitions(group)
        family = _family(group.files)
        counted = catalog.contents(group.files)
        table = catalog.table_input(
            naming.table_name(target.bucket, group.path, self._options.prefix),
            f"s3://{target.bucket}/{group.path}",
            family.shape(group.files),
            catalog.parameters(family.shape(group.files), family.compression, counted, self._written),
            keys=keys,
            exclusions=[f"{target.location}{pattern}" for pattern in target.exclusions],
        )
        return Finding(table, [self._partition(target, part, family, counted.average) for part in parts])

    def _partition(self, target: Target, part: PartitionFiles, family: _Family, average: int) -> dict[str, Any]:
        shape = family.shape(part.files)
        counted = catalog.contents(part.files, average)
        described = catalog.parameters(shape, family.compression, counted, self._written)
        return catalog.partition_input(part.values, f"s3://{target.bucket}/{part.path}", shape, described)

    def _add_to_tables(self, target: Target, files: Sequence[File]) -> None:
        """New folders become partitions of the tables that they lie in; what does not fit is logged only."""
        tables = incremental.tables_of(
            ministack_adapter.tables(self._options.database), self._options.crawler, target.bucket
        )
        placed, left = incremental.place(files, tables, combines=self._options.combines_schemas)
        for reason in left:
            self._report(f"WARN : {reason}; it is not added, as only new folders are crawled")
        for table, parts in placed:
            family = _family([file for part in parts for file in part.files])
            self.findings.additions.append(Finding(table, [self._partition(target, part, family, 0) for part in parts]))


@dataclass(frozen=True)
class _Family:
    """What the files of a table have in common; no format is Glue's UNKNOWN."""

    format: Format | None
    compression: str
    samples: Sequence[Sample]
    context: Any

    def shape(self, files: Sequence[File]) -> Shape:
        """The shape of some of the files; of all, if none of them was read."""
        if self.format is None:
            return UNKNOWN
        return self.format.combine(_samples(files) or self.samples, self.context)


def _family(files: Sequence[File]) -> _Family:
    reading = next((file.reading for file in files if file.reading), None)
    if reading is None:
        return _Family(None, "none", (), None)
    samples = _samples(files)
    return _Family(reading.format, reading.compression, samples, reading.format.context(samples))


def _samples(files: Sequence[File]) -> list[Sample]:
    return [file.reading.sample for file in files if file.reading]


def _name_columns(files: Sequence[File]) -> None:
    """Give every file its columns, as they look beside the other files of its format."""
    families: dict[Format, list[File]] = defaultdict(list)
    for file in files:
        if file.reading:
            families[file.reading.format].append(file)
    # most files of a lake have the same columns: one copy is enough
    shared: dict[tuple[Column, ...], tuple[Column, ...]] = {}
    for format_, members in families.items():
        context = format_.context(_samples(members))
        for file in members:
            if file.reading:
                columns = format_.columns(file.reading.sample, context)
                file.columns = shared.setdefault(columns, columns)


def _folder(target: Target, item: ministack_adapter.S3Object) -> str:
    return f"s3://{target.bucket}/{listing.folder_of(item.key)}"
