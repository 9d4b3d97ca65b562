"""One table or several: which folders and files are one table, and which of its folders are partitions. Pure.

Sources: AWS Glue guide, "How does a crawler determine when to create partitions?" (when the majority of schemas at a
folder level are similar, one table), "Creating a single schema for each Amazon S3 include path" (format, compression
and path keep data apart always, schemas unless CombineCompatibleSchemas), "Specifying the table location and
partitioning level"; re:Post knowledge center, "How does the AWS Glue crawler detect the schema?" (a threshold of 0.7,
at most five different schemas).

Glue does not publish how it measures similarity. Chosen here: two schemas are similar if they share more than 70 % of
all their columns, by name and by scalar, struct or array; a level is one table if more than 70 % of its folders are
similar to each other. Files that no classifier knows neither make nor part a table of others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from local.engine.crawl import types
from local.engine.crawl.folders import File, Folder
from local.engine.crawl.formats import Column

_THRESHOLD = 0.7
_MOST_SCHEMAS = 5

_Columns = dict[str, types.HiveType]


@dataclass
class Group:
    """Files that are one table."""

    path: str
    """The table's folder, or the key of its only file."""
    files: list[File]
    others: list[File] = field(default_factory=list)
    """Files in its folders that are of another kind: Athena reads them with the table, as on AWS."""


def groups(root: Folder, *, combines: bool, depth: int = 0) -> list[Group]:
    """The tables of a tree; `depth` is how many levels below the root a table begins at the earliest."""
    if depth > 0:
        # files above the level are tables of their own (chosen)
        own = [Group(file.key, [file]) for file in root.files]
        below = (groups(folder, combines=combines, depth=depth - 1) for folder in root.folders.values())
        return [*own, *(group for found in below for group in found)]
    return _tables(root, combines)


def _tables(folder: Folder, combines: bool) -> list[Group]:
    files = list(folder.all_files())
    if not files:
        return []
    known = [file for file in files if file.reading]
    if not known:
        return [Group(folder.path, files)]
    kind = _one_kind(folder, combines)
    if kind is not None:
        inside = [file for file in files if file.skipped or _kind(file) == kind]
        return [Group(folder.path, inside, [file for file in files if not file.skipped and _kind(file) != kind])]
    # AWS's legislators example: files of different schemas in one folder are a table each. So are files beside folders
    # of another kind (chosen): the folder cannot be their table, as it holds the others too
    own = [Group(file.key, [file]) for file in folder.files]
    return [*own, *(group for child in folder.folders.values() for group in _tables(child, combines))]


@dataclass
class _Unit:
    """A schema that is compared: of a folder's files."""

    kind: Hashable
    columns: _Columns


def _one_kind(folder: Folder, combines: bool) -> Hashable | None:
    """The kind of data that makes the whole tree one table; None if it is several."""
    units: list[_Unit] = []
    for inner in folder.walk():
        known = [file for file in inner.files if file.reading]
        if not known:
            continue
        found = _majority([_Unit(_kind(file), _named(file.columns)) for file in known], combines)
        if found is None:
            return None
        units.append(found)
    found = _majority(units, combines)
    return found.kind if found else None


def _majority(units: Sequence[_Unit], combines: bool) -> _Unit | None:
    """What more than 70 % of the units have in common, if there are at most five different schemas."""
    clusters = _clusters(units, combines)
    if not clusters or len(clusters) > _MOST_SCHEMAS:
        return None
    count, largest = max(clusters, key=lambda cluster: cluster[0])
    return largest if count / len(units) > _THRESHOLD else None


def _clusters(units: Sequence[_Unit], combines: bool) -> list[tuple[int, _Unit]]:
    """Similar units together: how many, with all of their columns."""
    # most files of a lake are exactly alike: those are counted before any comparison
    alike = Counter((unit.kind, tuple(unit.columns.items())) for unit in units)
    clusters: list[tuple[int, _Unit]] = []
    for (kind, columns), count in alike.items():
        unit = _Unit(kind, dict(columns))
        for index, (members, first) in enumerate(clusters):
            if first.kind == kind and (combines or similarity(first.columns, unit.columns) > _THRESHOLD):
                merged = types.merged([*first.columns.items(), *unit.columns.items()])
                clusters[index] = (members + count, _Unit(kind, merged))
                break
        else:
            clusters.append((count, unit))
    return clusters


def similarity(left: _Columns, right: _Columns) -> float:
    """The share of columns that two schemas have in common, from 0 to 1."""
    names = left.keys() | right.keys()
    if not names:
        return 1.0
    common = [name for name in left.keys() & right.keys() if types.alike(left[name], right[name])]
    return len(common) / len(names)


def _kind(file: File) -> Hashable:
    return file.reading.kind if file.reading else None


def _named(columns: Sequence[Column]) -> _Columns:
    return {column.name: column.type for column in columns}


@dataclass
class PartitionFiles:
    """A partition's values, its folder and what is in it."""

    values: tuple[str, ...]
    path: str
    files: list[File]


def partitions(group: Group) -> tuple[list[str], list[PartitionFiles]]:
    """The partition keys of a group and its partitions.

    `key=value` folders give `key`, others `partition_0` and so on by their level; a level with several keys counts as
    others (chosen). Files at different depths: the shallowest one ends the keys, so that every file is in a partition
    and Athena, which reads a partition's folders too, finds every row (chosen: Glue is silent).
    """
    if not group.path.endswith("/") and group.path:
        return [], []
    folders = [(file, file.key[len(group.path) :].split("/")[:-1]) for file in group.files]
    depth = min((len(names) for _, names in folders), default=0)
    if depth == 0:
        return [], []
    keys = [_key([names[level] for _, names in folders], level) for level in range(depth)]
    found: dict[str, PartitionFiles] = {}
    for file, names in folders:
        path = f"{group.path}{'/'.join(names[:depth])}/"
        if path not in found:
            values = (_value(name, key) for name, key in zip(names, keys, strict=False))
            found[path] = PartitionFiles(tuple(values), path, [])
        found[path].files.append(file)
    return _unique([name for name, _ in keys]), list(found.values())


def _key(names: Sequence[str], level: int) -> tuple[str, bool]:
    """The level's column, and whether its folders are `key=value`."""
    hive = {name.partition("=")[0].lower() for name in names if "=" in name and not name.startswith("=")}
    if len(hive) == 1 and all("=" in name and not name.startswith("=") for name in names):
        return hive.pop(), True
    return f"partition_{level}", False


def _value(name: str, key: tuple[str, bool]) -> str:
    return name.partition("=")[2] if key[1] else name


def _unique(names: list[str]) -> list[str]:
    """A key that occurs at two levels gets its level (chosen)."""
    return [f"{name}_{level}" if name in names[:level] else name for level, name in enumerate(names)]
