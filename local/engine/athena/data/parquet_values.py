"""SQL of a Parquet file's values as the table's types.

Sources: Trino's ColumnReaderFactory for what is read as what; of it only what users saw Athena read (an INT64 as
`integer`, which Trino takes, is refused: aws/aws-sdk-pandas#57).
"""

from __future__ import annotations

from local.engine.athena import types as t
from local.engine.athena.sql import text
from local.engine.athena.types import Type
from local.engine.parquet.footer import Element
from local.engine.parquet.shapes import Group, Leaf, ListOf, MapOf, Shape

# the file's type -> the table's types that it is read as
_WIDER = {
    "INT_8": ("tinyint", "smallint", "integer", "bigint"),
    "INT_16": ("smallint", "integer", "bigint"),
    "UINT_8": ("smallint", "integer", "bigint"),
    "UINT_16": ("integer", "bigint"),
    "INT_32": ("integer", "bigint"),
    "UINT_32": ("bigint",),
    # aws/aws-sdk-pandas, test_store_metadata_partitions_sample_dataset: smallint, on AWS
    "INT_64": ("tinyint", "smallint", "bigint"),
    "UINT_64": ("bigint",),
    "FLOAT": ("real", "double"),
    "DOUBLE": ("double",),
    "UTF8": ("varchar", "char"),
    "ENUM": ("varchar", "char"),
    "JSON": ("varchar", "char"),
    "BYTE_ARRAY": ("varbinary", "varchar"),
    "BSON": ("varbinary", "varchar"),
    "FIXED_LEN_BYTE_ARRAY": ("varbinary", "varchar"),
    "UUID": ("varbinary",),
    "BOOLEAN": ("boolean",),
    "DATE": ("date",),
    "INT96": ("timestamp",),
    "TIMESTAMP_MILLIS": ("timestamp", "bigint"),
    "TIMESTAMP_MICROS": ("timestamp", "bigint"),
    "TIMESTAMP_NANOS": ("timestamp", "bigint"),
    "TIME_MICROS": ("bigint",),
    # a column of nothing but NULL: what its type is does not matter
    "UNKNOWN": ("boolean", *t.WHOLE, "real", "double", "varchar", "char", "varbinary", "date", "timestamp"),
}
_PLAIN = {"INT32": "INT_32", "INT64": "INT_64"}
_EPOCH = {"TIMESTAMP_MILLIS": "epoch_ms", "TIMESTAMP_NANOS": "epoch_ns"}
# parquet-mr's names, which are those in Athena's messages
_NAMES = {"BYTE_ARRAY": "BINARY"}
_MOST = {"UINT_32": 1 << 32, "UINT_64": 1 << 64}


def fitted(sql: str, own: Shape, wanted: Type) -> str | None:
    """SQL of a file's value as the table's type; None if it does not fit."""
    if isinstance(own, ListOf) and wanted.name == "array":
        item = fitted("item", own.item, wanted.element)
        return None if item is None else f"list_transform({sql}, lambda item: {item})"
    if isinstance(own, MapOf) and wanted.name == "map":
        return _map(sql, own, wanted)
    if isinstance(own, Group) and wanted.name == "row":
        return _row(sql, own, wanted)
    return _plain(sql, own.element, wanted) if isinstance(own, Leaf) else None


def type_name(own: Shape) -> str:
    """The file's type as Athena's messages have it; of a group its kind (theirs are not known)."""
    if isinstance(own, Leaf):
        return _NAMES.get(own.element.physical, own.element.physical)
    return {ListOf: "LIST", MapOf: "MAP", Group: "GROUP"}[type(own)]


def _plain(sql: str, own: Element, wanted: Type) -> str | None:
    target = t.duckdb_type(wanted)
    kind = own.annotation if own.annotation in {*_WIDER, "DECIMAL"} else _PLAIN.get(own.physical, own.physical)
    if wanted.name == "decimal":
        is_number = kind == "DECIMAL" or kind in ("INT_32", "INT_64")
        return f"CAST({sql} AS {target})" if is_number else None
    if wanted.name not in _WIDER.get(kind, ()) or (own.annotation and own.annotation not in _WIDER):
        return None
    if kind == "UNKNOWN":
        return f"CAST(NULL AS {target})"
    if wanted.name == "bigint" and kind.startswith("TIME"):
        return f"{_EPOCH.get(kind, 'epoch_us')}({sql})"
    if kind in _MOST:
        return _signed(sql, _MOST[kind])
    if wanted.name == "timestamp" and own.is_utc and kind != "TIMESTAMP_NANOS":
        return f"timezone('UTC', {sql})"
    if kind == "UUID":
        return f"unhex(replace(CAST({sql} AS VARCHAR), '-', ''))"
    if kind in ("BYTE_ARRAY", "BSON", "FIXED_LEN_BYTE_ARRAY") and wanted.name == "varchar":
        sql = f"decode({sql})"
    if wanted.name == "varchar" and wanted.parameters:
        return f"left({sql}, {wanted.parameters[0]})"
    return f"CAST({sql} AS {target})"


def _signed(sql: str, most: int) -> str:
    """Athena takes the bits of an unsigned number for a signed one (trinodb/trino#27274)."""
    return f"CAST(CASE WHEN {sql} < {most // 2} THEN {sql} ELSE CAST({sql} AS HUGEINT) - {most} END AS BIGINT)"


def _map(sql: str, own: MapOf, wanted: Type) -> str | None:
    key, value = (
        fitted("item", side, kind) for side, kind in zip((own.key, own.value), wanted.parameters, strict=True)
    )
    if key is None or value is None:
        return None
    keys, values = (
        f"list_transform(map_{side}({sql}), lambda item: {item})" for side, item in (("keys", key), ("values", value))
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN map({keys}, {values}) END"


def _row(sql: str, own: Group, wanted: Type) -> str | None:
    """A struct's fields by their names, in any case; what the file does not have is NULL."""
    known: dict[str, tuple[str, Shape]] = {}
    for name, shape in own.fields:
        known.setdefault(name.lower(), (name, shape))
    fields = []
    for index, (name, kind) in enumerate(wanted.parameters):
        found = known.get(str(name).lower())
        value: str | None = f"CAST(NULL AS {t.duckdb_type(kind)})"
        if found is not None:
            value = fitted(sql if own.pulled else f"struct_extract({sql}, {text(found[0])})", found[1], kind)
        if value is None:
            return None
        fields.append(f"f{index} := {value}")
    packed = f"struct_pack({', '.join(fields)})"
    return packed if own.pulled else f"CASE WHEN {sql} IS NOT NULL THEN {packed} END"
