"""The sizes in a Parquet footer, read by ourselves: DuckDB's parquet_metadata ends the process on some broken ones.

The footer is a FileMetaData in Thrift's compact protocol: parquet-format's parquet.thrift, and the specification of
Thrift's protocol. Whatever is not as these say is a ValueError.
"""

from __future__ import annotations

import struct
from typing import Any

_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)
_DEEPEST = 32
_ROW_GROUPS, _COLUMNS, _META_DATA, _UNCOMPRESSED = 4, 1, 3, 6


def uncompressed_size(footer: bytes) -> int:
    """The bytes of all column chunks before compression. ValueError if this is no footer."""
    try:
        groups = _Reader(footer).fields(0).get(_ROW_GROUPS, [])
        chunks = [chunk[_META_DATA] for group in groups for chunk in group[_COLUMNS]]
        return sum(int(chunk[_UNCOMPRESSED]) for chunk in chunks)
    except (IndexError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise ValueError(f"not a Parquet footer: {error!r}") from error


class _Reader:
    """Takes values from the bytes, one after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def fields(self, depth: int) -> dict[int, Any]:
        """A struct's values by their ids."""
        if depth > _DEEPEST:
            raise ValueError("too deep for a footer")
        found: dict[int, Any] = {}
        number = 0
        while (header := self._byte()) & 0x0F != _STOP:
            number = number + (header >> 4) if header >> 4 else self._whole()
            kind = header & 0x0F
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _WHOLE:
            return self._whole()
        if kind in (_TRUE, _FALSE, _BYTE):  # a truth value within a list has a byte of its own
            return self._byte()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _MAP:
            return self._map(depth)
        if kind == _STRUCT:
            return self.fields(depth + 1)
        raise ValueError(f"Thrift has no type {kind}")

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        size = header >> 4 if header >> 4 != 15 else self._varint()
        return [self._value(header & 0x0F, depth + 1) for _ in range(size)]

    def _map(self, depth: int) -> list[Any]:
        size = self._varint()
        kinds = self._byte() if size else 0
        return [(self._value(kinds >> 4, depth + 1), self._value(kinds & 0x0F, depth + 1)) for _ in range(size)]

    def _whole(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _bytes(self, length: int) -> bytes:
        if self._at + length > len(self._data):
            raise ValueError("the footer ends within a value")
        self._at += length
        return self._data[self._at - length : self._at]
