"""Which SerDe reads a table's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.engine.athena.data import avro, hive_json, lazy_simple, open_csv, openx_json, parquet
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import not_supported
from local.engine.athena.query.scope import TableColumn


def select(
    connection: Any,
    found: Sequence[DataFile],
    store: ObjectFiles,
    table: Mapping[str, Any],
    columns: Sequence[TableColumn],
) -> str:
    """The SELECT that reads a table's own columns from its files."""
    serde = table["StorageDescriptor"].get("SerdeInfo") or {}
    library, properties = str(serde.get("SerializationLibrary") or ""), serde.get("Parameters") or {}
    parameters = table.get("Parameters") or {}
    skip = _skipped_lines(parameters)
    if library == lazy_simple.SERDE:
        return lazy_simple.read(found, store, columns, properties, skip)[1]
    if library == open_csv.SERDE:
        return open_csv.read(found, store, columns, properties, parameters, skip)[1]
    if library == openx_json.SERDE:
        return openx_json.read(found, store, columns, properties, parameters)[1]
    if library == hive_json.SERDE:
        return hive_json.read(found, store, columns, properties)[1]
    if library == avro.SERDE:
        return avro.read(found, store, columns)[1]
    if library == parquet.SERDE:
        return parquet.read(connection, found, store, columns)[1]
    raise not_supported(f"the SerDe {library or 'of a table without one'}")


def _skipped_lines(parameters: Mapping[str, str]) -> int:
    own = str(parameters.get("skip.header.line.count") or "0")
    return int(own) if own.isdigit() else 0
