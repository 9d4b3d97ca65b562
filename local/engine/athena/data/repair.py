"""What MSCK REPAIR TABLE finds: folders of the table that are named as its partitions.

Sources: the Athena guide, "MSCK REPAIR TABLE" and its troubleshooting (names in camel case are detected, not added; a
`:` in a value fails silently; names that begin with `_` are not added; locations of s3:// only; sub-folders are scanned
too), and Hive's HiveMetaStoreChecker (folders, not objects; a value has no `=`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena.data import hive_paths
from local.engine.athena.failures import QueryFailedError

_SCHEME = "s3://"
_TASK = "org.apache.hadoop.hive.ql.exec.DDLTask"


@dataclass
class Folders:
    """Folders by what becomes of them: values with their location, and names that are only detected."""

    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)
    detected: set[str] = field(default_factory=set)
    locations: set[str] = field(default_factory=set)
    """Of all folders, without a slash at the end."""


def find(table: Mapping[str, Any]) -> Folders:
    """The partition folders of a table; none if it has no partition keys."""
    names = [str(column["Name"]).lower() for column in table.get("PartitionKeys") or []]
    place = str((table.get("StorageDescriptor") or {}).get("Location") or "")
    found = Folders()
    if not names:
        return found
    if not place.startswith(_SCHEME):
        message = f"MetaException(message:Got exception: the location {place} does not begin with {_SCHEME})"
        raise QueryFailedError("FAILED", f"Execution Error, return code 1 from {_TASK}. {message}")
    bucket, key = hive_paths.location(place)
    root = hive_paths.folder(key)
    taken: set[tuple[str, ...]] = set()
    for path in sorted(_folders(bucket, root), key=lambda path: (len(path), path)):
        found.locations.add(f"{_SCHEME}{bucket}/{root}{'/'.join(path)}")
        # what is in a partition is its data
        if not any(path[:length] in taken for length in range(len(path))) and _add(
            found, names, path, f"{_SCHEME}{bucket}/{root}{'/'.join(path)}"
        ):
            taken.add(path)
    return found


def _folders(bucket: str, root: str) -> set[tuple[str, ...]]:
    """All folders below the root, by their names; hidden ones and those in them are none."""
    found: set[tuple[str, ...]] = set()
    for item in ministack_adapter.list_objects(bucket, root):
        parts = item.key[len(root) :].split("/")[:-1]
        for length in range(1, len(parts) + 1):
            if not parts[length - 1] or parts[length - 1].startswith(("_", ".")):
                break
            found.add(tuple(parts[:length]))
    return found


def _add(found: Folders, names: list[str], path: tuple[str, ...], place: str) -> bool:
    """A folder is a partition if its last names are the keys with their values."""
    pairs = [part.split("=") for part in path[-len(names) :]]
    if len(pairs) < len(names) or any(len(pair) != 2 or not pair[1] or ":" in pair[1] for pair in pairs):
        return False
    if [pair[0] for pair in pairs] == names:
        found.partitions.setdefault(tuple(hive_paths.unescape(pair[1]) for pair in pairs), place)
        return True
    if [pair[0].lower() for pair in pairs] == names:
        found.detected.add("/".join(path[-len(names) :]))
    return False
