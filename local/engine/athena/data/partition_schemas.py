"""A partition's columns next to the table's: which of them fit, and SQL of the ones as the others.

Sources: Trino's HiveSplitManager and HiveCoercionPolicy as of 2023 (later versions convert more; Athena's list is not
published, and none of its users has seen more); the Athena guide, "Update tables with partitions": Parquet, and ORC if
it is read by name, compare by name, all else by place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data import avro, hive_json, openx_json, orc, parquet
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import macros
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type

_BY_PLACE_READ_BY_NAME = (openx_json.SERDE, hive_json.SERDE, avro.SERDE)
_FLOATING = ("real", "double")


class MismatchError(QueryFailedError):
    """A partition's columns do not fit the table's."""


def read_types(
    library: str,
    properties: Mapping[str, str],
    columns: Sequence[TableColumn],
    own: Sequence[TableColumn],
    mismatch: Callable[[int, int], QueryFailedError],
) -> list[Type]:
    """What each of the table's columns is read as in a partition; `mismatch` makes the error of two columns' places."""
    places = _places(library, properties, columns, own)
    found = []
    for index, column in enumerate(columns):
        place = places.get(index)
        kind = own[place].type if place is not None else column.type
        if place is not None and not can_coerce(kind, column.type):
            raise mismatch(index, place)
        # JSON and Avro compare by place, and are read by name all the same: another column's type says nothing
        is_named = library in _BY_PLACE_READ_BY_NAME and place is not None and own[place].name != column.name
        found.append(column.type if is_named else kind)
    return found


def _places(
    library: str, properties: Mapping[str, str], columns: Sequence[TableColumn], own: Sequence[TableColumn]
) -> dict[int, int]:
    """The place of the partition's column that is compared with each of the table's; there may be none."""
    is_by_name = (library == parquet.SERDE and parquet.is_read_by_name(properties)) or (
        library == orc.SERDE and str(properties.get("orc.column.index.access", "")).lower() == "false"
    )
    if not is_by_name:
        return {index: index for index in range(min(len(columns), len(own)))}
    known = {column.name: place for place, column in enumerate(own)}
    return {index: known[column.name] for index, column in enumerate(columns) if column.name in known}


def can_coerce(own: Type, wanted: Type) -> bool:
    """Whether a partition's type fits the table's."""
    if own == wanted:
        return True
    if own.name == wanted.name and own.name in ("array", "map"):
        return all(can_coerce(a, b) for a, b in zip(own.parameters, wanted.parameters, strict=True))
    if own.name == wanted.name == "row":
        # fields may be missing at the end; those before must have the same names
        pairs = zip(own.parameters, wanted.parameters, strict=False)
        return all(a.lower() == b.lower() and can_coerce(x, y) for (a, x), (b, y) in pairs)
    if own.name == "varchar":
        return wanted.name == "varchar" or wanted.is_whole
    if own.name == "char":
        return wanted.name == "char"
    if wanted.name == "varchar":
        return own.is_whole or own.name == "decimal"
    if own.is_whole:
        return wanted.is_whole and t.WHOLE.index(own.name) < t.WHOLE.index(wanted.name)
    numbers = (*_FLOATING, "decimal")
    return own.name in numbers and wanted.name in numbers


def coerced(sql: str, own: Type, wanted: Type) -> str:
    """SQL of a value of a partition's type as the table's."""
    if own == wanted:
        return sql
    if wanted.name == "array":
        return f"list_transform({sql}, lambda item: {coerced('item', own.element, wanted.element)})"
    if wanted.name == "map":
        sides = (
            f"list_transform(map_{side}({sql}), lambda item: {coerced('item', a, b)})"
            for side, a, b in zip(("keys", "values"), own.parameters, wanted.parameters, strict=True)
        )
        return f"CASE WHEN {sql} IS NOT NULL THEN map({', '.join(sides)}) END"
    if wanted.name == "row":
        return _row(sql, own, wanted)
    if wanted.name in ("varchar", "char"):
        return _text(sql, own, wanted)
    if own.name == "varchar":
        # as Java's Long.parseLong: another text, or a number that is too large, is NULL
        number = f"TRY_CAST({sql} AS {t.duckdb_type(wanted)})"
        return f"CASE WHEN regexp_full_match({sql}, '[+-]?[0-9]+') THEN {number} END"
    return f"CAST({sql} AS {t.duckdb_type(wanted)})"


def _row(sql: str, own: Type, wanted: Type) -> str:
    fields = []
    for index, (_, kind) in enumerate(wanted.parameters):
        value = f"CAST(NULL AS {t.duckdb_type(kind)})"
        if index < len(own.parameters):
            value = coerced(f"struct_extract({sql}, 'f{index}')", own.parameters[index][1], kind)
        fields.append(f"f{index} := {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"


def _text(sql: str, own: Type, wanted: Type) -> str:
    """A text is cut, a number that is too long fails."""
    length = wanted.parameters[0] if wanted.parameters else None
    if own.name in ("varchar", "char"):
        return f"left({sql}, {length})" if length else sql
    shown = f"CAST({sql} AS VARCHAR)"
    if not length:
        return shown
    message = f"'Varchar representation of ' || {shown} || ' exceeds varchar({length}) bounds'"
    return macros.checked(shown, f"length({shown}) > {length}", "INVALID_ARGUMENTS", message)


def mismatch_error(
    table: Mapping[str, Any], partition: str, column: tuple[str, str], own: tuple[str, str]
) -> MismatchError:
    """Athena's words; a column is its name and its type as the catalog has them."""
    name = f"{table['DatabaseName']}.{table['Name']}"
    message = (
        "There is a mismatch between the table and partition schemas. "
        "The types are incompatible and cannot be coerced. "
        f"The column '{column[0]}' in table '{name}' is declared as type '{column[1]}', "
        f"but partition '{partition}' declared column '{own[0]}' as type '{own[1]}'."
    )
    return MismatchError("HIVE_PARTITION_SCHEMA_MISMATCH", message)
