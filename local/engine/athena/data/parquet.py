"""Parquet files: columns by name or by place, and a type that does not fit the table's fails where it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.parquet_values import fitted, type_name
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import macros
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import quoted, text
from local.engine.parquet import footer, shapes
from local.engine.parquet.footer import MAGIC
from local.engine.parquet.shapes import Shape

SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_Columns = list[tuple[str, Shape]]


def is_read_by_name(properties: Mapping[str, str]) -> bool:
    """Whether a column of the table is the file's of that name, and not the one at its place.

    Source: the Athena guide, "Understand index access for Apache ORC and Apache Parquet".
    """
    return str(properties.get("parquet.column.index.access", "")).lower() != "true"


def read(
    connection: Any,
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them: one part for each schema that the files have."""
    names, groups = [], {}  # type: ignore[var-annotated]
    for file in found:
        body, own = _opened(file)
        name = store.add(body, "parquet", counted=True)
        names.append(name)
        known = _named(connection, name, own)
        places = _by_name(known, columns) if is_read_by_name(properties) else list(range(len(known)))
        groups.setdefault(_cells(known, places, columns, file), []).append(name)
    selects = (
        f"SELECT {cells} FROM read_parquet([{', '.join(map(text, group))}], filename=true, hive_partitioning=false)"
        for cells, group in groups.items()
    )
    return names, " UNION ALL ".join(selects)


def _opened(file: DataFile) -> tuple[bytes, _Columns]:
    """The file as DuckDB can read it, and its columns."""
    body = file.body()
    length = footer.length_of(body[-8:])
    if not body.startswith(MAGIC) or length is None:
        raise QueryFailedError("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} expected magic number: PAR1")
    start = len(body) - 8 - length
    try:
        if start < len(MAGIC):
            raise ValueError("the file is shorter than its footer")
        known = footer.read(body[start:-8])
        columns = shapes.columns(known.elements)
    except ValueError as error:
        raise QueryFailedError("HIVE_BAD_DATA", f"Malformed Parquet file. {error} [{file.uri}]") from error
    if known.is_changed:
        body = b"".join((body[:start], known.readable, body[-8:]))
    return body, columns


def _named(connection: Any, name: str, columns: _Columns) -> _Columns:
    """The columns by the names that DuckDB gives them: it changes those that differ in case only."""
    if len({own.lower() for own, _ in columns}) == len(columns):
        return columns
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({text(name)}, hive_partitioning=false)")
    return [(str(row[0]), shape) for row, (_, shape) in zip(described.fetchall(), columns, strict=True)]


def _by_name(known: _Columns, columns: Sequence[TableColumn]) -> list[int | None]:
    """The place of each of the table's columns in the file: of the first such name, in any case."""
    places: dict[str, int] = {}
    for place, (name, _) in enumerate(known):
        places.setdefault(name.lower(), place)
    return [places.get(column.name) for column in columns]


def _cells(known: _Columns, places: Sequence[int | None], columns: Sequence[TableColumn], file: DataFile) -> str:
    cells = []
    for index, column in enumerate(columns):
        place = places[index] if index < len(places) else None
        sql = "NULL" if place is None else fitted(quoted(known[place][0]), known[place][1], column.type)
        if sql is None:
            sql = _failing(known[place or 0][1], column, file)
        target = t.duckdb_type(column.type)
        cells.append(f"{f'CAST(NULL AS {target})' if sql == 'NULL' else sql} AS {quoted(column.name)}")
    return ", ".join([*cells, "filename"])


def _failing(own: Shape, column: TableColumn, file: DataFile) -> str:
    """A cell that fails when the query reads it, as Athena opens the columns of the query only."""
    message = (
        f"Field {column.name}'s type {type_name(own)} in parquet file {file.uri} is incompatible with type "
        f"{column.type} defined in table schema"
    )
    failure = macros.checked("NULL", "filename IS NOT NULL", "HIVE_BAD_DATA", text(message))
    return f"CAST({failure} AS {t.duckdb_type(column.type)})"
