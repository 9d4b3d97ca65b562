"""ORC files as Athena reads them: columns by their position, unless the SerDe asks for names.

Source: the Athena guide, "Index access in ORC and Parquet"; Trino for which types fit, and for its message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.engine import orc_files
from local.engine.athena.data import typed_values
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows, UnreadableError
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type
from local.engine.orc_files import Described, OrcError

SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"

# a column's type -> the names of the files' types that it is read from
_FITS = {
    "boolean": ("boolean",),
    "tinyint": ("tinyint",),
    **dict.fromkeys(("smallint", "integer", "bigint"), ("smallint", "int", "bigint")),
    "real": ("float",),
    "double": ("double", "float"),
    "decimal": ("decimal",),
    **dict.fromkeys(("varchar", "char"), ("string", "varchar", "char")),
    "varbinary": ("binary",),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamp with local time zone"),
}
_NESTED = {"array": "array", "map": "map", "row": "struct"}


def read(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], properties: Mapping[str, str]
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    rows = Rows(store, columns)
    by_name = str(properties.get("orc.column.index.access", "true")).lower() == "false"
    for file in found:
        rows.add(file, _rows(file, columns, by_name=by_name))
    return rows.select()


def _rows(file: DataFile, columns: Sequence[TableColumn], *, by_name: bool) -> Iterator[list[Any]]:
    try:
        kind, records = orc_files.rows(file.body())
    except OrcError as error:
        raise QueryFailedError("HIVE_BAD_DATA", f"Malformed ORC file. {error} [{file.uri}]") from error
    fields = kind.get("fields", [])
    places = _places([name.lower() for name, _ in fields], columns, by_name=by_name)
    wrong = [
        None if place is None or _fits(fields[place][1], column.type) else _misfit(file, column.type, *fields[place])
        for column, place in zip(columns, places, strict=True)
    ]
    for record in records:
        yield [
            misfit or (None if place is None else _cell(record[place], fields[place][1], column, index))
            for index, (place, misfit, column) in enumerate(zip(places, wrong, columns, strict=True))
        ]


def _places(names: Sequence[str], columns: Sequence[TableColumn], *, by_name: bool) -> list[int | None]:
    """The field of each column; a file may have fewer."""
    if by_name:
        return [names.index(column.name) if column.name in names else None for column in columns]
    return [index if index < len(names) else None for index in range(len(columns))]


def _misfit(file: DataFile, kind: Type, name: str, stored: Described) -> UnreadableError:
    return UnreadableError(
        f"Malformed ORC file. Cannot read SQL type '{kind}' from ORC stream '.{name}' of type "
        f"{str(stored['name']).upper()} with attributes {{}} [{file.uri}]"
    )


def _fits(stored: Described, kind: Type) -> bool:
    """Whether a file's type is read as a column's."""
    name = stored["name"]
    if kind.name not in _NESTED:
        return name in _FITS.get(kind.name, ())
    if name != _NESTED[kind.name]:
        return False
    if kind.name == "array":
        return _fits(stored["element"], kind.element)
    if kind.name == "map":
        return _fits(stored["key"], kind.parameters[0]) and _fits(stored["value"], kind.parameters[1])
    known = {field.lower(): own for field, own in stored["fields"]}
    members = ((known.get(str(field).lower()), own) for field, own in kind.parameters)
    return all(found is None or _fits(found, own) for found, own in members)


def _cell(value: Any, stored: Described, column: TableColumn, index: int) -> Any:
    return typed_values.cell(_named(value, stored), column, index)


def _named(value: Any, stored: Described) -> Any:
    """Lists of members as objects again."""
    if value is None:
        return None
    if stored["name"] == "struct":
        return {name: _named(item, kind) for item, (name, kind) in zip(value, stored["fields"], strict=True)}
    if stored["name"] == "map":
        return {str(key): _named(item, stored["value"]) for key, item in value}
    if stored["name"] == "array":
        return [_named(item, stored["element"]) for item in value]
    return value
