"""Writes what a crawl found into the catalog, as the crawler's policies say."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.engine import ministack_adapter
from local.engine.crawl import catalog, changes, naming
from local.engine.crawl.changes import Changes
from local.engine.crawl.findings import Finding, Findings
from local.engine.crawl.options import Options

_UPDATE, _DELETE, _DEPRECATE = "UPDATE_IN_DATABASE", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"
# tables and partitions are told one by one up to here, then only in total
_MOST_LINES = 20

Entry = Mapping[str, Any]


class Writer:
    """Writes one crawl. ApiError is the catalog's refusal."""

    def __init__(self, options: Options, database: str, report: Callable[[str], None]) -> None:
        self._options = options
        self._database = database
        self._report = report
        self._changes = Changes()
        self._covers: Callable[[str], bool] = lambda location: False

    def write(self, found: Findings) -> Changes:
        """Create what is missing, update what changed, and treat what is gone."""
        existing = {str(table["Name"]): table for table in ministack_adapter.tables(self._database)}
        self._covers = found.covers
        seen: set[str] = set()
        for finding in found.tables:
            name = self._name(finding, existing, seen)
            seen.add(name)
            self._write_table(finding, {**finding.table, "Name": name}, existing.get(name))
        for finding in found.additions:
            self._add_partitions(finding, existing)
        if not self._options.new_folders_only:
            for name, table in existing.items():
                if name not in seen and self._is_ours(table) and found.covers(_location(table)):
                    self._treat_gone_table(name, table)
        return self._changes

    def _name(self, finding: Finding, existing: Mapping[str, Entry], taken: set[str]) -> str:
        """The name of the table that this location already has; else the folder's, with a hash if that is taken."""
        location, plain = _location(finding.table), str(finding.table["Name"])
        hashed = naming.with_hash(plain, location)
        for name in (plain, hashed):
            if name in existing and _location(existing[name]) == location and name not in taken:
                return name
        return hashed if plain in taken or plain in existing else plain

    def _write_table(self, finding: Finding, table: dict[str, Any], existing: Entry | None) -> None:
        name = str(table["Name"])
        if existing is None:
            ministack_adapter.create_table(self._database, table)
            self._changes.created.append(name)
            self._report(f"INFO : Created table {name} in database {self._database}")
        elif not self._update_table(name, table, existing):
            return
        current = ministack_adapter.table(self._database, name) or table
        self._write_partitions(name, finding.partitions, current)

    def _update_table(self, name: str, table: dict[str, Any], existing: Entry) -> bool:
        """Whether the partitions may be written, too."""
        options = self._options
        if options.merges_new_columns:
            obstacle = changes.obstacle_to_merging(name, existing, table)
            if obstacle:
                self._deprecate_table(name, existing)
                self._warn(obstacle)
                return False
            table = changes.with_new_columns(existing, table)
        if not catalog.differs(existing, table):
            return True
        if options.updates != _UPDATE and not options.merges_new_columns:
            self._report(f"INFO : Table {name} in database {self._database} has changed; it is left as it is (LOG)")
            return _keys(existing) == _keys(table)
        if _keys(existing) != _keys(table):
            # values of other keys mean nothing any more
            self._delete_partitions(
                name, [list(item["Values"]) for item in ministack_adapter.partitions(self._entry(name))]
            )
        ministack_adapter.update_table(self._database, table)
        self._changes.updated.append(name)
        self._report(f"INFO : Updated table {name} in database {self._database}")
        return True

    def _write_partitions(self, name: str, wanted: Sequence[dict[str, Any]], table: Entry) -> None:
        """New ones always; changed and lost ones as the policies say."""
        existing = {tuple(item["Values"]): item for item in ministack_adapter.partitions(self._entry(name))}
        new, changed = [], []
        for partition in wanted:
            before = existing.pop(tuple(partition["Values"]), None)
            if self._options.inherits_from_table:
                partition = changes.inherited(partition, table)
            if before is None:
                new.append(partition)
            elif catalog.differs(before, self._merged(before, partition)):
                changed.append(self._merged(before, partition))
        self._create_partitions(name, new)
        self._update_partitions(name, changed)
        # somebody else's partitions may lie outside of the targets
        gone = [item for item in existing.values() if self._covers(_location(item))]
        self._treat_gone_partitions(name, gone)

    def _merged(self, before: Entry, partition: dict[str, Any]) -> dict[str, Any]:
        if self._options.merges_new_columns and not self._options.inherits_from_table:
            return changes.with_new_columns(before, partition)
        return partition

    def _create_partitions(self, name: str, new: Sequence[dict[str, Any]]) -> None:
        if new:
            ministack_adapter.create_partitions(self._entry(name), new)
            self._changes.partitions_created += [_partition_name(name, item["Values"]) for item in new]
            self._tell("Created", name, new)

    def _update_partitions(self, name: str, changed: Sequence[dict[str, Any]]) -> None:
        options = self._options
        if not changed:
            return
        if options.updates != _UPDATE and not options.merges_new_columns and not options.inherits_from_table:
            self._report(f"INFO : {len(changed)} partitions of table {name} have changed; they are left (LOG)")
            return
        ministack_adapter.update_partitions(self._entry(name), changed)
        self._changes.partitions_updated += [_partition_name(name, item["Values"]) for item in changed]
        self._tell("Updated", name, changed)

    def _add_partitions(self, addition: Finding, existing: Mapping[str, Entry]) -> None:
        """Partitions of new folders, for a table that an earlier crawl made; the table stays as it is."""
        name = str(addition.table["Name"])
        known = {tuple(item["Values"]) for item in ministack_adapter.partitions(self._entry(name))}
        new = [item for item in addition.partitions if tuple(item["Values"]) not in known]
        if self._options.inherits_from_table:
            new = [changes.inherited(item, existing[name]) for item in new]
        self._create_partitions(name, new)

    def _treat_gone_table(self, name: str, table: Entry) -> None:
        if self._options.deletes == _DELETE:
            ministack_adapter.delete_table(self._database, name)
            self._changes.deleted.append(name)
            self._report(f"INFO : Deleted table {name} from database {self._database}")
        elif self._options.deletes == _DEPRECATE:
            self._deprecate_table(name, table)
        else:
            self._report(f"INFO : The data of table {name} in database {self._database} are gone; it is left (LOG)")

    def _treat_gone_partitions(self, name: str, gone: Sequence[Entry]) -> None:
        if not gone:
            return
        if self._options.deletes == _DELETE:
            self._delete_partitions(name, [list(item["Values"]) for item in gone])
        elif self._options.deletes == _DEPRECATE:
            # the guide speaks of tables only; a partition is marked in the same way (chosen)
            marked = [_deprecated(item) for item in gone if catalog.DEPRECATED not in (item.get("Parameters") or {})]
            if marked:
                ministack_adapter.update_partitions(self._entry(name), marked)
                self._changes.partitions_updated += [_partition_name(name, item["Values"]) for item in marked]
                self._tell("Deprecated", name, marked)
        else:
            self._report(f"INFO : The data of {len(gone)} partitions of table {name} are gone; they are left (LOG)")

    def _delete_partitions(self, name: str, values: Sequence[list[str]]) -> None:
        for item in values:
            ministack_adapter.delete_partition(self._entry(name), item)
        self._changes.partitions_deleted += [_partition_name(name, item) for item in values]
        self._tell("Deleted", name, [{"Values": item} for item in values])

    def _deprecate_table(self, name: str, table: Entry) -> None:
        if catalog.DEPRECATED in (table.get("Parameters") or {}):
            return
        ministack_adapter.update_table(self._database, {**_deprecated(table), "Name": name})
        self._changes.updated.append(name)
        self._report(f"INFO : Deprecated table {name} in database {self._database}")

    def _entry(self, name: str) -> Entry:
        """What names a table to the catalog."""
        return {"DatabaseName": self._database, "Name": name}

    def _is_ours(self, table: Entry) -> bool:
        return (table.get("Parameters") or {}).get(catalog.CRAWLER) == self._options.crawler

    def _warn(self, text: str) -> None:
        self._changes.warnings.append(text)
        self._report(f"WARN : {text}")

    def _tell(self, done: str, name: str, partitions: Sequence[Entry]) -> None:
        for item in partitions[:_MOST_LINES]:
            self._report(f"INFO : {done} partition {_partition_name(name, item['Values'])}")
        if len(partitions) > _MOST_LINES:
            self._report(f"INFO : {done} {len(partitions)} partitions of table {name}")


def _deprecated(entry: Entry) -> dict[str, Any]:
    """The entry with the mark; its value is the time in milliseconds, as in tables of the wild."""
    mark = {catalog.DEPRECATED: str(int(time.time() * 1000))}
    kept = {name: entry[name] for name in ("Values", "PartitionKeys", "TableType", "Owner") if name in entry}
    stored = entry.get("StorageDescriptor") or {}
    return {
        **kept,
        "Parameters": {**(entry.get("Parameters") or {}), **mark},
        "StorageDescriptor": {**stored, "Parameters": {**(stored.get("Parameters") or {}), **mark}},
    }


def _location(table: Entry) -> str:
    return str((table.get("StorageDescriptor") or {}).get("Location") or "").rstrip("/")


def _keys(table: Entry) -> list[str]:
    return [key["Name"] for key in table.get("PartitionKeys") or []]


def _partition_name(table: str, values: Sequence[str]) -> str:
    return "/".join([table, *values])
