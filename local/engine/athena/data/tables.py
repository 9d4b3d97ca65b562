"""A table of the catalog as a relation: its columns, and the DuckDB view over its files."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import types as t
from local.engine.athena.data import buckets, catalog_tables, hive_paths, hive_types, layout, partition_schemas, readers
from local.engine.athena.data.files import DIGITS, PROTOCOL, DataFile, ObjectFiles
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import macros
from local.engine.athena.relation import TableColumn, TableRelation, TableRequest
from local.engine.athena.sql import quoted
from local.engine.athena.sql import text as literal
from local.engine.athena.types import Type

_HIDDEN = (TableColumn("$path", t.VARCHAR, hidden=True), TableColumn("$file_size", t.BIGINT, hidden=True))
_MOST_REFUSED = 200
"""Partitions that do not fit and that WHERE may still leave out; with more of them the query fails at once."""
_PARTITIONS, _PROPERTIES = "$partitions", "$properties"
_VIEW = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/")


class Tables:
    """The tables that one query reads. Each becomes a view of the connection when the query names it."""

    def __init__(self, connection: Any, store: ObjectFiles) -> None:
        self._connection = connection
        self._store = store
        self._number = 0

    def relation(self, request: TableRequest) -> TableRelation:
        """The relation for a table or view; QueryFailedError if there is none or it cannot be read."""
        if request.database == catalog_tables.SCHEMA:
            return self._of_catalog(catalog_tables.information_schema(request.name, request.position, view_of))
        if request.name.endswith(_PARTITIONS):
            return self._partitions(request)
        if request.name.endswith(_PROPERTIES):
            return self._properties(request)
        table = find(request)
        view = view_of(table)
        if view is not None:
            return TableRelation((), query=view["originalSql"], database=view.get("schema") or request.database)
        data, keys = columns_of(table)
        wanted, refused = _parts(table, data, request)
        # refused ones first: LIMIT must not end the query before they are met
        parts = [_refusal(partition, failure, data, keys) for partition, failure in refused]
        parts += [self._select(table, part, data, keys) for part in wanted]
        name = self._next_name()
        if parts:
            self._connection.execute(f"CREATE TEMP VIEW {name} AS {' UNION ALL '.join(parts)}")
        else:
            every = (*data, *keys, *_HIDDEN)
            nothing = ", ".join(f"CAST(NULL AS {t.duckdb_type(c.type)}) AS {quoted(c.name)}" for c in every)
            self._connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {nothing} WHERE FALSE")
        return TableRelation((*data, *keys, *_HIDDEN), view=name)

    def _partitions(self, request: TableRequest) -> TableRelation:
        """`"orders$partitions"`: a row for each registered partition, from the catalog alone."""
        table = find(replace(request, name=request.name.removesuffix(_PARTITIONS)))
        _, keys = columns_of(table)
        if not keys:
            raise _no_table(request)
        rows = [", ".join(map(_partition_value, own.values, keys)) for own in layout.registered_partitions(table)]
        return self._of_rows(keys, rows)

    def _properties(self, request: TableRequest) -> TableRelation:
        """`"orders$properties"`: the table's parameters, a column each."""
        table = find(replace(request, name=request.name.removesuffix(_PROPERTIES)))
        if view_of(table) is not None or not table.get("Parameters"):
            raise _no_table(request)
        return self._of_catalog(catalog_tables.properties(table))

    def _of_catalog(self, table: catalog_tables.CatalogTable) -> TableRelation:
        rows = [
            ", ".join(
                f"CAST({'NULL' if value is None else literal(str(value))} AS {t.duckdb_type(column.type)})"
                for value, column in zip(row, table.columns, strict=True)
            )
            for row in table.rows
        ]
        return self._of_rows(table.columns, rows)

    def _of_rows(self, columns: Sequence[TableColumn], rows: Sequence[str]) -> TableRelation:
        """A view of rows that are written out as SQL."""
        name = self._next_name()
        none = ", ".join(f"CAST(NULL AS {t.duckdb_type(column.type)})" for column in columns)
        names = ", ".join(quoted(column.name) for column in columns)
        every = ", ".join(f"({row})" for row in rows or [none])
        which = "" if rows else "WHERE FALSE"
        self._connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM (VALUES {every}) AS p({names}) {which}")
        return TableRelation(tuple(columns), view=name)

    def _next_name(self) -> str:
        self._number += 1
        return f"t{self._number - 1}"

    def _select(
        self, table: Mapping[str, Any], part: _Part, data: Sequence[TableColumn], keys: Sequence[TableColumn]
    ) -> str:
        """The SELECT that reads the files of a part as the table's columns."""
        own = [replace(column, type=kind) for column, kind in zip(data, part.types, strict=True)]
        self._first = self._store.file_count
        serde = readers.Serde(part.library, dict(part.properties), table.get("Parameters") or {})
        sql = readers.select(self._connection, part.files, self._store, serde, own)
        cells = [
            f"{partition_schemas.coerced(quoted(column.name), kind, column.type)} AS {quoted(column.name)}"
            for column, kind in zip(data, part.types, strict=True)
        ]
        return f"SELECT {', '.join([*cells, *self._of_files(part.files, keys)])} FROM ({sql})"

    def _of_files(self, found: Sequence[DataFile], keys: Sequence[TableColumn]) -> list[str]:
        """What all rows of a file have alike: looked up by the number in the file's name."""
        start = len(PROTOCOL) + 4
        place = f"CAST(substring(filename, {start}, {DIGITS}) AS INTEGER) - {self._first - 1}"
        cells = []
        for index, key in enumerate(keys):
            values = ", ".join(_partition_value(file.values[index], key) for file in found)
            cells.append(f"list_extract([{values}], {place}) AS {quoted(key.name)}")
        paths, sizes = (
            ", ".join(parts) for parts in ((literal(f.uri) for f in found), (str(f.item.size) for f in found))
        )
        cells.append(f'list_extract([{paths}], {place}) AS "$path"')
        cells.append(f'CAST(list_extract([{sizes}], {place}) AS BIGINT) AS "$file_size"')
        return cells


@dataclass(frozen=True)
class _Part:
    """Files that are read in one way: partitions have a SerDe and columns of their own."""

    library: str
    properties: tuple[tuple[str, str], ...]
    types: tuple[Type, ...]
    files: list[DataFile] = field(default_factory=list, compare=False)


_Refused = list[tuple[layout.Partition, QueryFailedError]]


def _parts(
    table: Mapping[str, Any], data: Sequence[TableColumn], request: TableRequest
) -> tuple[list[_Part], _Refused]:
    """The files of all partitions that the query may read, and the partitions with columns that do not fit."""
    found: dict[_Part, _Part] = {}
    refused: _Refused = []
    for partition in layout.wanted(table, request):
        try:
            part = _part(table, data, partition)
        except partition_schemas.MismatchError as error:
            refused.append((partition, error))
            if len(refused) > _MOST_REFUSED:
                raise
            continue
        files = list(buckets.choose(table, request, layout.files(partition)))
        if files:
            found.setdefault(part, part).files.extend(files)
    return list(found.values()), refused


def _refusal(
    partition: layout.Partition, failure: QueryFailedError, data: Sequence[TableColumn], keys: Sequence[TableColumn]
) -> str:
    """A row that fails when it is met: WHERE may leave its partition out in ways that DuckDB finds, as Athena does.

    Only the partition's own columns can be read of it.
    """
    # not a bare column: DuckDB would add its name to the message
    fails = "CAST(reason || '' AS BOOLEAN)"
    nothing = f"CASE WHEN {fails} THEN NULL END"
    cells = [f"CAST({nothing} AS {t.duckdb_type(c.type)}) AS {quoted(c.name)}" for c in (*data, *_HIDDEN)]
    values = [f"{_partition_value(partition.values[i], key)} AS {quoted(key.name)}" for i, key in enumerate(keys)]
    ordered = [*cells[: len(data)], *values, *cells[len(data) :]]
    reason = literal(f"{macros.FAILED}{failure}")
    return f"SELECT {', '.join(ordered)} FROM (VALUES ({reason})) AS refused(reason) WHERE {fails}"


def _part(table: Mapping[str, Any], data: Sequence[TableColumn], partition: layout.Partition) -> _Part:
    """How a partition is read. One that names no SerDe has the table's (chosen)."""
    base = table.get("StorageDescriptor") or {}
    descriptor = partition.descriptor or base
    serde = descriptor.get("SerdeInfo") or {}
    if not serde.get("SerializationLibrary"):
        serde = base.get("SerdeInfo") or {}
    library = str(serde.get("SerializationLibrary") or "")
    properties = {str(name): str(value) for name, value in (serde.get("Parameters") or {}).items()}
    kinds = [column.type for column in data]
    if descriptor is not base and descriptor.get("Columns") != base.get("Columns"):
        own = tuple(_column(table, entry) for entry in descriptor.get("Columns") or [])

        def mismatch(index: int, place: int) -> QueryFailedError:
            names = [str(key["Name"]).lower() for key in table.get("PartitionKeys") or []]
            columns = (_shown(base["Columns"][index]), _shown(descriptor["Columns"][place]))
            name = hive_paths.partition_name(names, partition.values)
            return partition_schemas.mismatch_error(table, name, *columns)

        kinds = partition_schemas.read_types(library, properties, data, own, mismatch)
    return _Part(library, tuple(sorted(properties.items())), tuple(kinds))


def _shown(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry["Name"]).lower(), str(entry.get("Type") or "string").lower()


def find(request: TableRequest) -> Mapping[str, Any]:
    """The catalog's entry for a table."""
    database = ministack_adapter.database_name(request.database)
    if database is None:
        raise QueryFailedError("SCHEMA_NOT_FOUND", f"{request.position}: Schema '{request.database}' does not exist")
    table = ministack_adapter.table(database, request.name)
    if table is None:
        raise _no_table(request)
    return table


def _no_table(request: TableRequest) -> QueryFailedError:
    full = f"awsdatacatalog.{request.database}.{request.name}"
    return QueryFailedError("TABLE_NOT_FOUND", f"{request.position}: Table '{full}' does not exist")


def view_of(table: Mapping[str, Any]) -> dict[str, Any] | None:
    """What CREATE VIEW has kept; None for a table."""
    if table.get("TableType") != "VIRTUAL_VIEW":
        return None
    match = _VIEW.search(str(table.get("ViewOriginalText") or ""))
    if match is None:
        raise not_supported("views that Athena has not made")
    return dict(json.loads(base64.b64decode(match[1])))


def columns_of(table: Mapping[str, Any]) -> tuple[tuple[TableColumn, ...], tuple[TableColumn, ...]]:
    """A table's own columns, and its partition columns."""
    own = tuple(_column(table, entry) for entry in (table.get("StorageDescriptor") or {}).get("Columns") or [])
    keys = tuple(_column(table, entry) for entry in table.get("PartitionKeys") or [])
    names = [column.name for column in (*own, *keys)]
    if len(set(names)) < len(names):
        # what crawlers make of a folder `year=2024` above files with a column `year`
        message = f"Hive metadata for table {table.get('Name')} is invalid: Table descriptor contains duplicate columns"
        raise QueryFailedError("HIVE_INVALID_METADATA", message)
    return own, keys


def _column(table: Mapping[str, Any], entry: Mapping[str, Any]) -> TableColumn:
    kind = str(entry.get("Type") or "string")
    try:
        return TableColumn(str(entry["Name"]).lower(), hive_types.parse(kind))
    except ValueError as error:
        place = f"'{table.get('DatabaseName')}.{table.get('Name')}' column '{entry['Name']}'"
        message = f"Glue table {place} has invalid data type: {kind}"
        raise QueryFailedError("HIVE_INVALID_METADATA", message) from error


def _partition_value(value: str | None, key: TableColumn) -> str:
    target = t.duckdb_type(key.type)
    if value is None:
        return f"CAST(NULL AS {target})"
    if key.type.name in ("varchar", "char"):
        return literal(value)
    reads: dict[str, Callable[[str], bool]] = {
        "date": lambda own: re.fullmatch(r"\d{4}-\d{2}-\d{2}", own) is not None,
        **dict.fromkeys(t.WHOLE, lambda own: re.fullmatch(r"[+-]?\d+", own) is not None),
    }
    if key.type.name in reads and not reads[key.type.name](value):
        message = f"Invalid partition value '{value}' for {key.type} partition key: {key.name}"
        raise QueryFailedError("HIVE_INVALID_PARTITION_VALUE", message)
    return f"CAST({literal(value)} AS {target})"
