"""ORC files as Athena reads them: columns by their position, unless the SerDe asks for names.

Source: the Athena guide, "Index access in ORC and Parquet"; Trino for which types fit, and for its message.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from local.engine.athena.data import json_values, typed_values
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows, UnreadableError
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type

SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"

_TEXTS = ("varchar", "char")
_WHOLE = ("smallint", "integer", "bigint")
# a column's type -> the names of the files' types that it is read from
_FITS = {
    "boolean": ("boolean",),
    "tinyint": ("tinyint",),
    **dict.fromkeys(_WHOLE, ("smallint", "int", "bigint")),
    "real": ("float",),
    "double": ("double", "float"),
    "decimal": ("decimal",),
    **dict.fromkeys(_TEXTS, ("string", "varchar", "char")),
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
    import pyorc  # here: most engines never read ORC

    try:
        reader = pyorc.Reader(io.BytesIO(file.body()), struct_repr=pyorc.StructRepr.DICT)
        fields = list(reader.schema.fields.items())
    except (pyorc.ORCError, ValueError, AttributeError) as error:
        raise QueryFailedError("HIVE_BAD_DATA", f"Malformed ORC file. {error} [{file.uri}]") from error
    if by_name:
        known = {name.lower(): (name, kind) for name, kind in fields}
        places = [known.get(column.name) for column in columns]
    else:
        places = [fields[index] if index < len(fields) else None for index in range(len(columns))]
    wrong = [
        None if place is None or fits(place[1], column.type) else _misfit(file, column.type, place)
        for column, place in zip(columns, places, strict=True)
    ]
    names = [place[0] if place else None for place in places]
    try:
        for record in reader:
            yield [
                misfit or (None if name is None else typed_values.cell(_plain(record[name]), column, index))
                for index, (name, misfit, column) in enumerate(zip(names, wrong, columns, strict=True))
            ]
    except (pyorc.ORCError, ValueError, OverflowError) as error:
        raise QueryFailedError("HIVE_BAD_DATA", f"Malformed ORC file. {error} [{file.uri}]") from error


def _misfit(file: DataFile, kind: Type, place: tuple[str, Any]) -> UnreadableError:
    name, stored = place
    return UnreadableError(
        f"Malformed ORC file. Cannot read SQL type '{kind}' from ORC stream '.{name}' of type "
        f"{stored.kind.name} with attributes {{}} [{file.uri}]"
    )


def fits(stored: Any, kind: Type) -> bool:
    """Whether a file's type, as pyorc describes it, is read as a column's."""
    name = stored.name
    if kind.name not in _NESTED:
        return name in _FITS.get(kind.name, ())
    if name != _NESTED[kind.name]:
        return False
    if kind.name == "array":
        return fits(stored.type, kind.element)
    if kind.name == "map":
        return fits(stored.key, kind.parameters[0]) and fits(stored.value, kind.parameters[1])
    known = {field.lower(): own for field, own in stored.fields.items()}
    return all(
        str(field).lower() not in known or fits(known[str(field).lower()], own) for field, own in kind.parameters
    )


def _plain(value: Any) -> Any:
    """A value as the columns take it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return json_values.utc(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
