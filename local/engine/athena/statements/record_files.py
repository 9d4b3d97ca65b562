"""Rows as ORC and Avro files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.query.scope import Output
from local.engine.athena.types import Type

Rows = Sequence[Sequence[Any]]
_ORC_KINDS = {
    "boolean": "Boolean", "tinyint": "TinyInt", "smallint": "SmallInt", "integer": "Int", "bigint": "BigInt",
    "real": "Float", "double": "Double", "varchar": "String", "varbinary": "Binary", "date": "Date",
    "timestamp": "Timestamp",
}  # fmt: skip
_ORC_COMPRESSIONS = {"ZLIB": "ZLIB", "GZIP": "ZLIB", "SNAPPY": "SNAPPY", "LZ4": "LZ4", "ZSTD": "ZSTD", "NONE": "NONE"}
_AVRO_KINDS: dict[str, Any] = {
    "boolean": "boolean", "tinyint": "int", "smallint": "int", "integer": "int", "bigint": "long", "real": "float",
    "double": "double", "varchar": "string", "char": "string", "varbinary": "bytes",
    "date": {"type": "int", "logicalType": "date"},
    "timestamp": {"type": "long", "logicalType": "timestamp-millis"},
}  # fmt: skip


def orc(rows: Rows, columns: Sequence[Output], compression: str) -> bytes:
    """An ORC file."""
    import pyorc  # here: most queries write none

    if compression not in _ORC_COMPRESSIONS:
        raise not_supported(f"the compression {compression} of ORC")
    file = io.BytesIO()
    schema = pyorc.Struct(**{_name(index, column): _orc_type(column.type) for index, column in enumerate(columns)})
    with pyorc.Writer(
        file, schema, compression=pyorc.CompressionKind[_ORC_COMPRESSIONS[compression]],
        struct_repr=pyorc.StructRepr.DICT,
    ) as writer:  # fmt: skip
        for row in rows:
            values = ((_name(i, column), _orc_value(row[i], column.type)) for i, column in enumerate(columns))
            writer.write(dict(values))
    return file.getvalue()


def avro(rows: Rows, columns: Sequence[Output]) -> bytes:
    """An Avro file; DEFLATE, as Athena writes it."""
    import fastavro  # as above

    names = _record_names()
    fields = [
        {"name": _name(index, column), "type": ["null", _avro_type(column.type, names)], "default": None}
        for index, column in enumerate(columns)
    ]
    file = io.BytesIO()
    records = ({_name(i, column): _avro_value(row[i], column.type) for i, column in enumerate(columns)} for row in rows)
    schema = fastavro.parse_schema({"type": "record", "name": next(names), "fields": fields})
    fastavro.writer(file, schema, records, codec="deflate")
    return file.getvalue()


def _name(index: int, column: Output) -> str:
    return str(column.name or f"_col{index}")


def _fields(kind: Type) -> list[tuple[str, Type]]:
    return [(str(name or f"field{index}"), own) for index, (name, own) in enumerate(kind.parameters)]


def _orc_type(kind: Type) -> Any:
    import pyorc

    if kind.name == "array":
        return pyorc.Array(_orc_type(kind.element))
    if kind.name == "map":
        return pyorc.Map(*map(_orc_type, kind.parameters))
    if kind.name == "row":
        return pyorc.Struct(**{name: _orc_type(own) for name, own in _fields(kind)})
    if kind.name == "decimal":
        return pyorc.Decimal(*kind.parameters)
    if kind.name == "char":
        return pyorc.Char(kind.parameters[0])
    if kind.name not in _ORC_KINDS:
        raise _no_type(kind)
    return getattr(pyorc, _ORC_KINDS[kind.name])()


def _orc_value(value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind.name == "array":
        return [_orc_value(item, kind.element) for item in value]
    if kind.name == "map":
        return {_orc_value(key, kind.parameters[0]): _orc_value(own, kind.parameters[1]) for key, own in value.items()}
    if kind.name == "row":
        return {name: _orc_value(value[f"f{i}"], own) for i, (name, own) in enumerate(_fields(kind))}
    return _instant(value)


def _record_names() -> Iterator[str]:
    number = 0
    while True:
        yield f"record_{number}"
        number += 1


def _avro_type(kind: Type, names: Iterator[str]) -> Any:
    if kind.name == "array":
        return {"type": "array", "items": ["null", _avro_type(kind.element, names)]}
    if kind.name == "map":
        if kind.parameters[0].name != "varchar":
            raise QueryFailedError("NOT_SUPPORTED", f"Avro maps have keys of the type varchar only, not {kind}")
        return {"type": "map", "values": ["null", _avro_type(kind.parameters[1], names)]}
    if kind.name == "row":
        fields = [{"name": name, "type": ["null", _avro_type(own, names)]} for name, own in _fields(kind)]
        return {"type": "record", "name": next(names), "fields": fields}
    if kind.name == "decimal":
        precision, scale = kind.parameters
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
    if kind.name not in _AVRO_KINDS:
        raise _no_type(kind)
    return _AVRO_KINDS[kind.name]


def _avro_value(value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind.name == "array":
        return [_avro_value(item, kind.element) for item in value]
    if kind.name == "map":
        return {key: _avro_value(own, kind.parameters[1]) for key, own in value.items()}
    if kind.name == "row":
        return {name: _avro_value(value[f"f{i}"], own) for i, (name, own) in enumerate(_fields(kind))}
    return _instant(value)


def _instant(value: Any) -> Any:
    """A timestamp has no zone; the libraries would take it for one of this machine's."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _no_type(kind: Type) -> QueryFailedError:
    return QueryFailedError("NOT_SUPPORTED", f"Unsupported Hive type: {kind}")
