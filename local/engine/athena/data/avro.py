"""Avro files as the AvroSerDe reads them: by the schema in each file, columns by their names in any case."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import fastavro

from local.engine.athena.data import json_values, typed_values
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn

SERDE = "org.apache.hadoop.hive.serde2.avro.AvroSerDe"


def read(found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn]) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    rows = Rows(store, columns)
    for file in found:
        rows.add(file, _rows(file, columns))
    return rows.select()


def _rows(file: DataFile, columns: Sequence[TableColumn]) -> Iterator[list[Any]]:
    for record in _records(file):
        yield [typed_values.cell(record.get(column.name), column, index) for index, column in enumerate(columns)]


def _records(file: DataFile) -> Iterator[dict[str, Any]]:
    try:
        for record in fastavro.reader(io.BytesIO(file.body())):
            yield {key.lower(): _plain(value) for key, value in record.items()}
    except (ValueError, EOFError, KeyError, IndexError, OSError) as error:
        raise QueryFailedError("HIVE_CURSOR_ERROR", f"Failed to read Avro file: {file.uri}") from error


def _plain(value: Any) -> Any:
    """A value as the columns take it; Avro's instants are UTC, which is how Athena shows a timestamp."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return json_values.utc(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
