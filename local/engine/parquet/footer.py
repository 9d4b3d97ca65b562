"""What a Parquet footer says, read by ourselves: DuckDB's parquet_metadata ends the process on some broken ones.

The footer is a FileMetaData in Thrift's compact protocol: parquet-format's parquet.thrift. Whatever is not as that says
is a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local.engine.parquet import thrift

MAGIC = b"PAR1"
_SCHEMA, _ROWS, _ROW_GROUPS = 2, 3, 4
_COLUMNS, _META_DATA, _UNCOMPRESSED = 1, 3, 6
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _SCALE, _PRECISION, _LOGICAL = 1, 3, 4, 5, 6, 7, 8, 10

_PHYSICAL = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_REPETITIONS = ("REQUIRED", "OPTIONAL", "REPEATED")
_CONVERTED_TYPES = (
    "UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS",
    "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16", "INT_32",
    "INT_64", "JSON", "BSON", "INTERVAL",
)  # fmt: skip
_LOGICAL_TYPES = {
    1: "UTF8", 2: "MAP", 3: "LIST", 4: "ENUM", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP", 10: "INTEGER",
    11: "UNKNOWN", 12: "JSON", 13: "BSON", 14: "UUID", 15: "FLOAT16",
}  # fmt: skip
_DECIMAL, _TIME, _TIMESTAMP, _INTEGER = 5, 7, 8, 10
_UNITS = {1: "MILLIS", 2: "MICROS", 3: "NANOS"}
_IS_UTC, _UNIT = 1, 2
_MAP_BYTE = 2
"""ConvertedType MAP as the protocol writes it."""


@dataclass(frozen=True)
class Element:
    """A column, or a group of them."""

    name: str
    physical: str
    """INT64 …; empty for a group."""
    repetition: str
    children: int
    annotation: str = ""
    """UTF8, TIMESTAMP_NANOS, LIST …: the logical type, else the converted one of old writers."""
    scale: int = 0
    precision: int = 0
    is_utc: bool = False


@dataclass(frozen=True)
class Footer:
    """The schema in depth-first order, the number of rows, and the footer as DuckDB can read it."""

    elements: tuple[Element, ...]
    rows: int
    readable: bytes
    uncompressed: int = 0
    """The bytes of all column chunks before compression, if they were asked for."""
    is_changed: bool = False
    """Whether DuckDB could not read it as it is."""


def length_of(ending: bytes) -> int | None:
    """The footer's bytes, by the last eight ones of the file; None if these are not of Parquet."""
    return int.from_bytes(ending[-8:-4], "little") if ending[-4:] == MAGIC and len(ending) >= 8 else None


def read(footer: bytes, *, with_sizes: bool = False) -> Footer:
    """Schema and rows; sizes cost more time, the more chunks there are. ValueError if this is no footer."""
    try:
        data = thrift.Reader(footer).fields(last=None if with_sizes else _ROWS)
        found = data[_SCHEMA]
        elements = tuple(map(_element, found))
        changes = {**_zoned_nanoseconds(footer, found, elements), **_old_maps(found, elements)}
        rows, size = int(data[_ROWS]), _uncompressed(data)
    except thrift.WRONG as error:
        raise ValueError(f"not a Parquet footer: {error!r}") from error
    changed = bytearray(footer) if changes else footer
    for place, value in changes.items():
        changed[place] = value  # type: ignore[index] # there are changes, so it is a bytearray
    return Footer(elements, rows, bytes(changed), size, bool(changes))


def _uncompressed(data: thrift.Fields) -> int:
    chunks = [chunk[_META_DATA] for group in data.get(_ROW_GROUPS, []) for chunk in group[_COLUMNS]]
    return sum(int(chunk[_UNCOMPRESSED]) for chunk in chunks)


def _element(data: thrift.Fields) -> Element:
    logical = data.get(_LOGICAL) or thrift.Fields()
    kind = next((number for number in logical if number in _LOGICAL_TYPES), 0)
    details = logical.get(kind) or thrift.Fields()
    return Element(
        name=data[_NAME].decode(errors="replace"),
        physical=_PHYSICAL[data[_TYPE]] if _TYPE in data else "",
        repetition=_REPETITIONS[data.get(_REPETITION, 0)],
        children=data.get(_CHILDREN, 0),
        annotation=_annotation(kind, details) or _converted(data),
        scale=details.get(1, 0) if kind == _DECIMAL else data.get(_SCALE, 0),
        precision=details.get(2, 0) if kind == _DECIMAL else data.get(_PRECISION, 0),
        is_utc=kind in (_TIME, _TIMESTAMP) and bool(details.get(_IS_UTC)),
    )


def _annotation(kind: int, details: thrift.Fields) -> str:
    if kind in (_TIME, _TIMESTAMP):
        unit = next(iter(details[_UNIT]))
        return f"{_LOGICAL_TYPES[kind]}_{_UNITS[unit]}"
    if kind == _INTEGER:
        return f"{'' if details.get(2) else 'U'}INT_{details[1]}"
    return _LOGICAL_TYPES.get(kind, "")


def _converted(data: thrift.Fields) -> str:
    number = data.get(_CONVERTED)
    return _CONVERTED_TYPES[number] if number is not None and 0 <= number < len(_CONVERTED_TYPES) else ""


def _zoned_nanoseconds(footer: bytes, found: Sequence[thrift.Fields], elements: Sequence[Element]) -> dict[int, int]:
    """The bytes that make them plain: DuckDB would cut zoned ones to microseconds. Both are UTC to Athena."""
    changes: dict[int, int] = {}
    for data, element in zip(found, elements, strict=True):
        if element.annotation == "TIMESTAMP_NANOS" and element.is_utc:
            place = data[_LOGICAL][_TIMESTAMP].places[_IS_UTC]
            # a field's header: how far its id is from the one before, and a nibble that is the truth value
            changes[place] = footer[place] & 0xF0 | thrift.FALSE
    return changes


def _old_maps(found: Sequence[thrift.Fields], elements: Sequence[Element]) -> dict[int, int]:
    """The bytes that make them MAP: a MAP_KEY_VALUE outside of a MAP is one, which DuckDB refuses."""
    is_old = [e.annotation == "MAP_KEY_VALUE" and e.repetition != "REPEATED" and e.children == 1 for e in elements]
    return {data.places[_CONVERTED]: _MAP_BYTE for data, old in zip(found, is_old, strict=True) if old}
