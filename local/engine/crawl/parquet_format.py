"""Parquet by its footer. Source of the types: Parquet's LogicalTypes document and Hive's names for them.

DuckDB reads the footer, from a sparse copy that has the object's length and only its last bytes: a file of any size
costs as much disk and memory as its footer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.parquet_footer import uncompressed_size
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import Array, HiveType, Map, Struct, merged

_MAGIC = b"PAR1"
_LARGEST_FOOTER = 64 * MEGABYTE
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_ELEMENTS = (
    "SELECT name, type, repetition_type, num_children, converted_type, scale, precision, logical_type "
    "FROM parquet_schema(?)"
)
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
_CONVERTED = {
    "UTF8": "string",
    "ENUM": "string",
    "JSON": "string",
    "DATE": "date",
    "TIMESTAMP_MILLIS": "timestamp",
    "TIMESTAMP_MICROS": "timestamp",
    "INT_8": "tinyint",
    "INT_16": "smallint",
    # Hive has no unsigned types: the next wider one holds them (chosen)
    "UINT_8": "smallint",
    "UINT_16": "int",
    "UINT_32": "bigint",
}


@dataclass(frozen=True)
class _Element:
    name: str
    physical: str | None
    repetition: str | None
    children: int
    converted: str | None
    scale: int
    precision: int
    logical: str


class ParquetFormat:
    """The classifier. Close it when the crawl has ended."""

    def __init__(self) -> None:
        self._connection: Any = None

    def sample(self, document: Document) -> Sample | None:
        """Read the footer; a file that was written by half has none."""
        if document.size < 12 or document.raw(0, 4) != _MAGIC:
            return None
        ending = document.raw(document.size - 8, 8)
        length = int.from_bytes(ending[:4], "little")
        if ending[4:] != _MAGIC or length + 12 > document.size:
            document.broken = "the Parquet file has no footer: it was not written to its end"
            return None
        if length > _LARGEST_FOOTER:
            document.broken = f"the Parquet footer of {length} bytes is larger than {_LARGEST_FOOTER}"
            return None
        try:
            elements, rows, size = self._footer(document, length)
        except (duckdb.Error, ValueError) as error:
            document.broken = f"the Parquet footer cannot be read: {str(error).splitlines()[0]}"
            self.close()  # some errors leave the connection unusable, and every later file would be UNKNOWN
            return None
        columns = tuple(_columns(elements))
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

    def _footer(self, document: Document, length: int) -> tuple[list[_Element], int, int]:
        footer = document.raw(document.size - length - 8, length + 8)
        # the sizes in a very long footer are not worth the time to read them: Glue's figure is an estimate, too
        size = uncompressed_size(footer[:-8]) if length <= MEGABYTE else document.size
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "200MB"})
        with tempfile.NamedTemporaryFile(prefix="landfall-footer-", suffix=".parquet") as copy:
            copy.write(_MAGIC)
            copy.seek(document.size - length - 8)
            copy.write(footer)
            copy.flush()
            rows = self._connection.execute(_ELEMENTS, [copy.name]).fetchall()
            count = self._connection.execute(_ROWS, [copy.name]).fetchone()[0]
        return [_element(row) for row in rows], int(count), size


def _element(row: Sequence[Any]) -> _Element:
    name, physical, repetition, children, converted, scale, precision, logical = row
    return _Element(
        name, physical, repetition, children or 0, converted, scale or 0, precision or 0, str(logical or "")
    )


def _columns(elements: Sequence[_Element]) -> Iterator[Column]:
    """The root's children; names in lower case, as the catalog folds them."""
    rest = iter(elements)
    root = next(rest)
    folded = merged((name.lower(), kind) for name, kind in (_field(rest) for _ in range(root.children)))
    return (Column(name, kind) for name, kind in folded.items())


def _field(rest: Iterator[_Element]) -> tuple[str, HiveType]:
    """One element with all that is below it; the elements come in depth-first order."""
    element = next(rest)
    kind = _group(element, rest) if element.children else _scalar(element)
    annotated = element.converted in ("LIST", "MAP", "MAP_KEY_VALUE")
    # a repeated field outside of a LIST is a list of itself, by the document on logical types
    return element.name, Array(kind) if element.repetition == "REPEATED" and not annotated else kind


def _group(element: _Element, rest: Iterator[_Element]) -> HiveType:
    fields = [_field(rest) for _ in range(element.children)]
    inner = fields[0][1]
    if _is(element, "LIST") and isinstance(inner, Array):
        return Array(_list_element(fields[0][0], element.name, inner.element))
    if _is(element, "MAP") and isinstance(inner, Array) and isinstance(inner.element, Struct):
        entry = inner.element.fields
        if len(entry) == 2:
            return Map(entry[0][1], entry[1][1])
    return Struct(tuple(fields))


def _list_element(name: str, parent: str, kind: HiveType) -> HiveType:
    """The middle level of a LIST is no struct, except under the names that old writers gave to real ones."""
    if isinstance(kind, Struct) and len(kind.fields) == 1 and name not in ("array", f"{parent}_tuple"):
        return kind.fields[0][1]
    return kind


def _is(element: _Element, kind: str) -> bool:
    return str(element.converted or "").startswith(kind) or element.logical.startswith(kind.capitalize())


def _scalar(element: _Element) -> str:
    if element.converted == "DECIMAL" or element.logical.startswith("Decimal"):
        return f"decimal({element.precision},{element.scale})"
    if element.logical.startswith("Timestamp"):
        return "timestamp"
    return _CONVERTED.get(str(element.converted), "") or _PHYSICAL.get(str(element.physical), "binary")
