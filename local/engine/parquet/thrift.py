"""Reads Thrift's compact protocol, by its specification. Whatever is not as it says raises one of WRONG."""

from __future__ import annotations

import struct
from typing import Any

STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE = (4, 5, 6)
_DEEPEST = 32

WRONG = (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, struct.error)
"""What reading something else as Thrift may raise."""


class Fields(dict[int, Any]):
    """A struct's values by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, int] = {}
        """Where each value begins; of a truth value, the byte that has it."""


class Reader:
    """Takes values from the bytes, one after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def fields(self, depth: int = 0, last: int | None = None) -> Fields:
        """A struct, up to the field `last`."""
        if depth > _DEEPEST:
            raise ValueError("too deep for a footer")
        found = Fields()
        number = 0
        while (header := self._byte()) & 0x0F != STOP:
            number = number + (header >> 4) if header >> 4 else self._whole()
            if last is not None and number > last:
                break
            kind = header & 0x0F
            found.places[number] = self._at - 1 if kind in (TRUE, FALSE) else self._at
            found[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _WHOLE:
            return self._whole()
        if kind in (TRUE, FALSE, BYTE):  # a truth value within a list has a byte of its own
            return self._byte()
        if kind == DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in (LIST, SET):
            return self._list(depth)
        if kind == MAP:
            return self._map(depth)
        if kind == STRUCT:
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
