"""Hive's buckets: which file of a table a row is in, by the hash of its bucket columns.

Source: Hive's bucketing, version 1, which Athena writes and reads; names of files as Trino knows them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from local.engine.athena.data import hive_types
from local.engine.athena.data.files import DataFile
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableRequest
from local.engine.athena.types import Type

FUNCTION = "landfall_bucket_hash"
_NAMES = (re.compile(r"(0\d+)_\d+.*"), re.compile(r".*_bucket-(\d+)(?:[_.].*)?"))
_LONG = ("bigint",)
_INT = ("boolean", "tinyint", "smallint", "integer", "date")


def register(connection: Any) -> None:
    """Give a DuckDB connection the function of `hash_sql`."""
    connection.create_function(
        FUNCTION, lambda text, kind: _hash(text, kind), ["VARCHAR", "VARCHAR"], "BIGINT", null_handling="special"
    )


def bucket_sql(columns: Sequence[tuple[str, Type]], count: int) -> str:
    """SQL of the bucket of a row, given the SQL and type of each bucket column."""
    found = "0"
    for sql, kind in columns:
        found = f"((31 * ({found}) + {FUNCTION}({_text_sql(sql, kind)}, '{kind.name}')) % 4294967296)"
    return f"CAST((({found}) & 2147483647) % {count} AS INTEGER)"


def _text_sql(sql: str, kind: Type) -> str:
    _check(kind)
    if kind.name == "boolean":
        sql = f"CAST({sql} AS INTEGER)"
    if kind.name == "date":
        sql = f"date_diff('day', DATE '1970-01-01', {sql})"
    return f"CAST({sql} AS VARCHAR)"


def choose(table: Mapping[str, Any], request: TableRequest, files: Iterable[DataFile]) -> Iterator[DataFile]:
    """The files that can hold the rows that WHERE lets through; one whose name shows no bucket is always read."""
    chosen = wanted(table, request)
    for file in files:
        own = bucket_of_file(file.item.key) if chosen is not None else None
        if chosen is None or own is None or own in chosen:
            yield file


def wanted(table: Mapping[str, Any], request: TableRequest) -> set[int] | None:
    """The buckets that can hold the rows that WHERE lets through; None if all can, or the table has none."""
    descriptor = table.get("StorageDescriptor") or {}
    count = int(descriptor.get("NumberOfBuckets") or 0)
    names = [str(name).lower() for name in descriptor.get("BucketColumns") or []]
    if count < 1 or not names or any(name not in request.equal for name in names):
        return None
    declared = {str(column["Name"]).lower(): str(column.get("Type")) for column in descriptor.get("Columns") or []}
    try:
        kinds = [hive_types.parse(declared[name]) for name in names]
        hashes = [
            [_hash(_written(text, kind), kind.name) for text in request.equal[name]]
            for name, kind in zip(names, kinds, strict=True)
        ]
    except (KeyError, ValueError, QueryFailedError):
        return None
    return {(_joined(chosen) & 0x7FFFFFFF) % count for chosen in product(*hashes)}


def _joined(hashes: Sequence[int]) -> int:
    found = 0
    for own in hashes:
        found = (31 * found + own) & 0xFFFFFFFF
    return found


def _written(text: str, kind: Type) -> str:
    """A literal as the text that is hashed; ValueError if it is none of the type."""
    if kind.name == "varchar":
        return text
    if kind.name in (*_LONG, *_INT) and kind.name not in ("boolean", "date"):
        return str(int(text))
    raise ValueError(text)


def bucket_of_file(key: str) -> int | None:
    """The bucket that a file's name says; None if it says none."""
    name = key.rpartition("/")[2]
    found = next((match for match in (pattern.fullmatch(name) for pattern in _NAMES) if match), None)
    return int(found[1]) if found else None


def _check(kind: Type) -> None:
    if kind.name not in (*_LONG, *_INT, "varchar", "real", "double"):
        raise not_supported(f"buckets by a column of the type {kind}")


def _hash(text: str | None, kind: str) -> int:
    """Java's hash of a value as an unsigned number of 32 bits; NULL has 0."""
    if text is None:
        return 0
    hashes: dict[str, Callable[[str], int]] = {
        "varchar": _of_text,
        "real": lambda own: struct.unpack(">I", struct.pack(">f", float(own)))[0],
        "double": lambda own: _folded(struct.unpack(">Q", struct.pack(">d", float(own)))[0]),
        **dict.fromkeys(_LONG, lambda own: _folded(int(own))),
    }
    return hashes.get(kind, int)(text) & 0xFFFFFFFF


def _of_text(text: str) -> int:
    found = 0
    for byte in text.encode():
        found = (31 * found + (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF
    return found


def _folded(bits: int) -> int:
    own = bits & 0xFFFFFFFFFFFFFFFF
    return own ^ (own >> 32)
