"""Avro by its header. Source: the Avro 1.11 specification, "Object Container Files" and "Logical Types"."""

from __future__ import annotations

import io
import json
from collections.abc import Hashable, Sequence
from typing import Any, BinaryIO

from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import Array, HiveType, Map, Struct, merged

_MAGIC = b"Obj\x01"
_SERDE = "org.apache.hadoop.hive.serde2.avro.AvroSerDe"
_INPUT = "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat"
_PRIMITIVE = {
    "int": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "string": "string",
    "bytes": "binary",
    "enum": "string",
    "fixed": "binary",
    "null": "string",
}
_LOGICAL = {"date": "date", "timestamp-millis": "timestamp", "timestamp-micros": "timestamp"}


class AvroFormat:
    """The classifier."""

    def sample(self, document: Document) -> Sample | None:
        """Read the schema, and the number and size of the first block's records."""
        if document.head(4) != _MAGIC:
            return None
        stream = io.BytesIO(document.head(MEGABYTE))
        stream.seek(len(_MAGIC))
        try:
            metadata = _map(stream)
            schema = metadata["avro.schema"].decode()
            columns = _columns(json.loads(schema))
            _exactly(stream, 16)  # the marker between blocks
            at_end = not stream.read(1)
            stream.seek(0 if at_end else -1, io.SEEK_CUR)
            records, size = (0, 0) if at_end else (_long(stream), _long(stream))
        except (EOFError, ValueError, KeyError, TypeError) as error:
            document.broken = f"the Avro header cannot be read: {error!r}"
            return None
        return Sample((schema, columns), records=records, size=size)

    def kind(self, sample: Sample) -> Hashable:
        """All Avro is alike."""
        return None

    def context(self, samples: Sequence[Sample]) -> None:
        """Files of Avro tell nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """The fields of the record."""
        columns: tuple[Column, ...] = sample.evidence[1]
        return columns

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """Merge the columns of all files; the schema is the last file's, which writers extend (chosen)."""
        columns = merged((column.name, column.type) for sample in samples for column in sample.evidence[1])
        schema = samples[-1].evidence[0]
        return Shape(
            classification="avro",
            columns=tuple(Column(name, kind) for name, kind in columns.items()),
            parameters={"avro.schema.literal": schema},
            serde=_SERDE,
            serde_parameters={"avro.schema.literal": schema, "serialization.format": "1"},
            input_format=_INPUT,
            output_format=_OUTPUT,
        )


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length) if 0 <= length <= MEGABYTE else b""
    if len(data) != length:
        raise EOFError("the header is longer than the file's first megabyte")
    return data


def _long(stream: BinaryIO) -> int:
    """A zig-zag number of variable length."""
    value = shift = 0
    while True:
        byte = _exactly(stream, 1)[0]
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1)
        if shift > 63:
            raise ValueError("a number has more than 64 bits")


def _map(stream: BinaryIO) -> dict[str, bytes]:
    entries: dict[str, bytes] = {}
    while count := _long(stream):
        if count < 0:
            _long(stream)  # the block's size in bytes
        for _ in range(abs(count)):
            name = _exactly(stream, _long(stream)).decode()
            entries[name] = _exactly(stream, _long(stream))
    return entries


def _columns(schema: Any) -> tuple[Column, ...]:
    kind = _type(schema, {})
    if not isinstance(kind, Struct):
        raise TypeError("the schema is no record")
    return tuple(Column(name.lower(), field) for name, field in kind.fields)


def _type(schema: Any, named: dict[str, HiveType]) -> HiveType:
    """A schema's type; named types may be referred to after they were defined."""
    if isinstance(schema, list):
        others = [_type(item, named) for item in schema if item != "null"]
        # a union of several types: Hive has no such column that Athena reads (chosen)
        return others[0] if len(others) == 1 else "string"
    if isinstance(schema, str):
        return named[schema] if schema in named else _PRIMITIVE[schema]
    kind = _complex(schema, named)
    if "name" in schema:
        named[schema["name"]] = kind
    return kind


def _complex(schema: dict[str, Any], named: dict[str, HiveType]) -> HiveType:
    base, logical = schema["type"], schema.get("logicalType")
    if logical in _LOGICAL:
        return _LOGICAL[logical]
    if logical == "decimal":
        return f"decimal({schema['precision']},{schema.get('scale', 0)})"
    if base in ("record", "error"):
        return Struct(tuple((field["name"], _type(field["type"], named)) for field in schema["fields"]))
    if base == "array":
        return Array(_type(schema["items"], named))
    if base == "map":
        return Map("string", _type(schema["values"], named))
    return _type(base, named)
