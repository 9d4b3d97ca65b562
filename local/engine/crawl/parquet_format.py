"""Parquet by its footer. Source of the types: Parquet's LogicalTypes document and Hive's names for them.

DuckDB opens the file too, as a sparse copy that has the object's length and only its last bytes: what Athena cannot
open here is broken, and a file of any size costs as much disk and memory as its footer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import duckdb

from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import Array, HiveType, Map, Struct, merged
from local.engine.parquet import footer, shapes
from local.engine.parquet.footer import MAGIC, Element
from local.engine.parquet.shapes import Leaf, ListOf, MapOf
from local.engine.parquet.shapes import Shape as ParquetShape

_LARGEST_FOOTER = 64 * MEGABYTE
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_ROWS = "SELECT num_rows FROM parquet_file_metadata(?)"

_PHYSICAL = {
    "BOOLEAN": "boolean",
    "INT32": "int",
    "INT64": "bigint",
    "INT96": "timestamp",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BYTE_ARRAY": "binary",
    "FIXED_LEN_BYTE_ARRAY": "binary",
}
_ANNOTATED = {
    "UTF8": "string",
    "ENUM": "string",
    "JSON": "string",
    "DATE": "date",
    "TIMESTAMP_MILLIS": "timestamp",
    "TIMESTAMP_MICROS": "timestamp",
    # seen in crawled tables: NatLabRockies/buildstockbatch#411 and #418
    "TIMESTAMP_NANOS": "bigint",
    "INT_8": "tinyint",
    "INT_16": "smallint",
    # Hive has no unsigned types: the next wider one holds them (chosen)
    "UINT_8": "smallint",
    "UINT_16": "int",
    "UINT_32": "bigint",
}


class ParquetFormat:
    """The classifier. Close it when the crawl has ended."""

    def __init__(self) -> None:
        self._connection: Any = None

    def sample(self, document: Document) -> Sample | None:
        """Read the footer; a file that was written by half has none."""
        if document.size < 12 or document.raw(0, 4) != MAGIC:
            return None
        length = footer.length_of(document.raw(document.size - 8, 8))
        if length is None or length + 12 > document.size:
            document.broken = "the Parquet file has no footer: it was not written to its end"
            return None
        if length > _LARGEST_FOOTER:
            document.broken = f"the Parquet footer of {length} bytes is larger than {_LARGEST_FOOTER}"
            return None
        try:
            columns, rows, size = self._read(document, length)
        except (duckdb.Error, ValueError) as error:
            document.broken = f"the Parquet footer cannot be read: {str(error).splitlines()[0]}"
            self.close()  # some errors leave the connection unusable, and every later file would be UNKNOWN
            return None
        return Sample(columns, records=rows, size=size, total_records=rows)

    def kind(self, sample: Sample) -> Hashable:
        """All Parquet is alike."""
        return None

    def context(self, samples: Sequence[Sample]) -> None:
        """Files of Parquet tell nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """The columns of the footer."""
        columns: tuple[Column, ...] = sample.evidence
        return columns

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """Merge the columns of all files, in the order of first sight; a conflict of types widens."""
        columns = merged((column.name, column.type) for sample in samples for column in sample.evidence)
        return Shape(
            classification="parquet",
            columns=tuple(Column(name, kind) for name, kind in columns.items()),
            serde=_SERDE,
            serde_parameters={"serialization.format": "1"},
            input_format=_INPUT,
            output_format=_OUTPUT,
        )

    def close(self) -> None:
        """Give back DuckDB's memory."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, document: Document, length: int) -> tuple[tuple[Column, ...], int, int]:
        ending = document.raw(document.size - length - 8, length + 8)
        # the sizes in a very long footer are not worth the time to read them: Glue's figure is an estimate, too
        known = footer.read(ending[:-8], with_sizes=length <= MEGABYTE)
        size = known.uncompressed if length <= MEGABYTE else document.size
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "200MB"})
        with tempfile.NamedTemporaryFile(prefix="landfall-footer-", suffix=".parquet") as copy:
            copy.write(MAGIC)
            copy.seek(document.size - length - 8)
            copy.write(known.readable + ending[-8:])
            copy.flush()
            count = self._connection.execute(_ROWS, [copy.name]).fetchone()[0]
        return tuple(_columns(known.elements)), int(count), size


def _columns(elements: Sequence[Element]) -> Iterator[Column]:
    """The file's columns; names in lower case, as the catalog folds them."""
    folded = merged((name.lower(), _type(shape)) for name, shape in shapes.columns(elements))
    return (Column(name, kind) for name, kind in folded.items())


def _type(shape: ParquetShape) -> HiveType:
    if isinstance(shape, Leaf):
        return _scalar(shape.element)
    if isinstance(shape, ListOf):
        return Array(_type(shape.item))
    if isinstance(shape, MapOf):
        return Map(_type(shape.key), _type(shape.value))
    return Struct(tuple((name, _type(field)) for name, field in shape.fields))


def _scalar(element: Element) -> str:
    if element.annotation == "DECIMAL":
        return f"decimal({element.precision},{element.scale})"
    return _ANNOTATED.get(element.annotation, "") or _PHYSICAL.get(element.physical, "binary")
