"""Parquet files: columns by name, and a type that does not fit the table's fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import quoted, text
from local.engine.athena.types import Type

SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_MAGIC = b"PAR1"
# the file's type -> the table's types that it is read as
_WIDER = {
    "TINYINT": ("tinyint", "smallint", "integer", "bigint"),
    "SMALLINT": ("smallint", "integer", "bigint"),
    "UTINYINT": ("smallint", "integer", "bigint"),
    "USMALLINT": ("integer", "bigint"),
    "INTEGER": ("integer", "bigint"),
    "UINTEGER": ("bigint",),
    "BIGINT": ("bigint",),
    "FLOAT": ("real", "double"),
    "DOUBLE": ("double",),
    "VARCHAR": ("varchar", "char"),
    "BLOB": ("varbinary", "varchar"),
    "BOOLEAN": ("boolean",),
    "DATE": ("date",),
    "TIMESTAMP": ("timestamp",),
    "TIMESTAMP_NS": ("timestamp",),
    "TIMESTAMP_MS": ("timestamp",),
    "TIMESTAMP_S": ("timestamp",),
    "TIMESTAMP WITH TIME ZONE": ("timestamp",),
}


def read(
    connection: Any, found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn]
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them: one part for each schema that the files have."""
    names, groups = [], {}  # type: ignore[var-annotated]
    for file in found:
        body = file.body()
        if not (body.startswith(_MAGIC) and body.endswith(_MAGIC)):
            raise QueryFailedError("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri} expected magic number: PAR1")
        name = store.add(body, "parquet", counted=True)
        names.append(name)
        cells = _cells(_schema(connection, name, file), columns, file)
        groups.setdefault(cells, []).append(name)
    selects = (
        f"SELECT {cells} FROM read_parquet([{', '.join(map(text, group))}], filename=true, hive_partitioning=false)"
        for cells, group in groups.items()
    )
    return names, " UNION ALL ".join(selects)


def _schema(connection: Any, name: str, file: DataFile) -> dict[str, tuple[str, str]]:
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({text(name)}, hive_partitioning=false)")
    return {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in described.fetchall()}


def _cells(schema: dict[str, tuple[str, str]], columns: Sequence[TableColumn], file: DataFile) -> str:
    cells = []
    for column in columns:
        own = schema.get(column.name)
        if own is None:
            sql = f"CAST(NULL AS {t.duckdb_type(column.type)})"
        else:
            sql = _as(quoted(own[0]), own[1], column, file)
        cells.append(f"{sql} AS {quoted(column.name)}")
    return ", ".join([*cells, "filename"])


def _as(sql: str, own: str, column: TableColumn, file: DataFile) -> str:
    found = _fitted(sql, own, column.type)
    if found is None:
        message = (
            f"Field {column.name}'s type {own} in parquet file {file.uri} is incompatible with type {column.type} "
            "defined in table schema"
        )
        raise QueryFailedError("HIVE_BAD_DATA", message)
    return found


def _fitted(sql: str, own: str, wanted: Type) -> str | None:
    """SQL of a file's value as the table's type; None if it does not fit."""
    target = t.duckdb_type(wanted)
    if wanted.name in ("array", "map", "row"):
        return _nested(sql, own, wanted)
    if wanted.name == "decimal":
        return f"CAST({sql} AS {target})" if own.startswith("DECIMAL") or own in ("INTEGER", "BIGINT") else None
    if own.startswith("ENUM"):
        own = "VARCHAR"
    if wanted.name not in _WIDER.get(own, ()):
        return None
    if own == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {sql})"
    if own == "BLOB" and wanted.name == "varchar":
        return f"decode({sql})"
    if wanted.name == "varchar" and wanted.parameters:
        return f"left({sql}, {wanted.parameters[0]})"
    return sql if own == target else f"CAST({sql} AS {target})"


def _nested(sql: str, own: str, wanted: Type) -> str | None:
    if wanted.name == "array" and own.endswith("[]"):
        item = _fitted("item", own[:-2], wanted.element)
        return None if item is None else f"list_transform({sql}, lambda item: {item})"
    if wanted.name == "map" and own.startswith("MAP("):
        kinds = _split(own[4:-1])
        parts = [_fitted("item", kind, part) for kind, part in zip(kinds, wanted.parameters, strict=True)]
        if None in parts:
            return None
        sides = (
            f"list_transform(map_{s}({sql}), lambda item: {p})" for s, p in zip(("keys", "values"), parts, strict=True)
        )
        return f"CASE WHEN {sql} IS NOT NULL THEN map({', '.join(sides)}) END"
    if wanted.name == "row" and own.startswith("STRUCT("):
        return _row(sql, own, wanted)
    return None


def _row(sql: str, own: str, wanted: Type) -> str | None:
    known = {}
    for part in _split(own[7:-1]):
        name, _, kind = (
            part.partition(" ")
            if not part.startswith('"')
            else (part[1:].partition('"')[0], "", part[1:].partition('"')[2])
        )
        known[name.lower()] = (name, kind.strip())
    fields = []
    for index, (name, kind) in enumerate(wanted.parameters):
        found = known.get(str(name).lower())
        if found is None:
            fields.append(f"f{index} := CAST(NULL AS {t.duckdb_type(kind)})")
            continue
        fitted = _fitted(f"struct_extract({sql}, {text(found[0])})", found[1], kind)
        if fitted is None:
            return None
        fields.append(f"f{index} := {fitted}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"


def _split(text_of_types: str) -> list[str]:
    parts, depth, start, inside = [], 0, 0, False
    for index, char in enumerate(text_of_types):
        inside ^= char == '"'
        depth += (char == "(") - (char == ")") if not inside else 0
        if char == "," and not depth and not inside:
            parts.append(text_of_types[start:index].strip())
            start = index + 1
    return [*parts, text_of_types[start:].strip()]
