"""Parquet files with any schema, such as no writer of today makes: levels and values are given as they are stored."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from verification.examples.parquet_bytes import number

INT32, INT64, INT96, DOUBLE, BYTES = 1, 2, 3, 5, 6
REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
UTF8, MAP, PAIRS, LIST = 0, 1, 2, 3
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_PLAIN, _RLE = 0, 3
_FORMS = {INT32: "<i", INT64: "<q", DOUBLE: "<d"}

Value = int | float | bytes | None
Level = tuple[int, int, Value]
"""Repetition level, definition level, and the value if there is one."""


@dataclass(frozen=True)
class Node:
    """An element of the schema."""

    name: str
    repetition: int = REQUIRED
    type: int | None = None
    converted: int | None = None
    children: tuple[Node, ...] = ()
    logical: bytes = b""
    """A LogicalType in Thrift's compact protocol."""


def group(name: str, repetition: int, *children: Node, converted: int | None = None) -> Node:
    """A group, such as a LIST."""
    return Node(name, repetition, converted=converted, children=children)


def file(columns: Sequence[Node], data: Sequence[Sequence[Level]], rows: int = 1) -> bytes:
    """A file of one row group and a page for each leaf; `data` has the leaves in the order of the schema."""
    body, chunks = b"PAR1", []
    leaves = [leaf for column in columns for leaf in _leaves(column, (), 0, 0)]
    for (path, kind, most_repeated, most_defined), levels in zip(leaves, data, strict=True):
        page = _levels([level[0] for level in levels], most_repeated)
        page += _levels([level[1] for level in levels], most_defined)
        page += b"".join(_value(kind, level[2]) for level in levels if level[2] is not None)
        described = _struct((1, _I32, number(len(levels))), *((i, _I32, number(e)) for i, e in _ENCODINGS))
        sizes = [(i, _I32, number(len(page))) for i in (2, 3)]
        header = _struct((1, _I32, number(0)), *sizes, (5, _STRUCT, described))
        chunks.append(_chunk(path, kind, len(levels), len(body), len(header) + len(page)))
        body += header + page
    elements = [
        _element(Node("schema", children=tuple(columns))),
        *(e for column in columns for e in _elements(column)),
    ]
    groups = _struct((1, _LIST, _list(_STRUCT, chunks)), (2, _I64, number(len(body))), (3, _I64, number(rows)))
    footer = _struct(
        (1, _I32, number(1)),
        (2, _LIST, _list(_STRUCT, elements)),
        (3, _I64, number(rows)),
        (4, _LIST, _list(_STRUCT, [groups])),
    )
    return body + footer + struct.pack("<I", len(footer)) + b"PAR1"


_ENCODINGS = ((2, _PLAIN), (3, _RLE), (4, _RLE))


def _leaves(
    node: Node, path: tuple[str, ...], repeated: int, defined: int
) -> list[tuple[tuple[str, ...], int, int, int]]:
    path, repeated = (*path, node.name), repeated + (node.repetition == REPEATED)
    defined += node.repetition != REQUIRED
    if node.type is not None:
        return [(path, node.type, repeated, defined)]
    return [leaf for child in node.children for leaf in _leaves(child, path, repeated, defined)]


def _levels(levels: Sequence[int], most: int) -> bytes:
    """Runs of one each, in the hybrid encoding; nothing where there is only one level."""
    if not most:
        return b""
    runs = b"".join(b"\x02" + bytes([level]) for level in levels)
    return struct.pack("<I", len(runs)) + runs


def _value(kind: int, value: Value) -> bytes:
    if isinstance(value, bytes):
        return value if kind == INT96 else struct.pack("<I", len(value)) + value
    return struct.pack(_FORMS[kind], value)


def _chunk(path: tuple[str, ...], kind: int, count: int, start: int, size: int) -> bytes:
    names = _list(_BINARY, [_text(name) for name in path])
    details = _struct(
        (1, _I32, number(kind)),
        (2, _LIST, _list(_I32, [number(_PLAIN), number(_RLE)])),
        (3, _LIST, names),
        (4, _I32, number(0)),
        *((i, _I64, number(n)) for i, n in ((5, count), (6, size), (7, size), (9, start))),
    )
    return _struct((2, _I64, number(start)), (3, _STRUCT, details))


def _elements(node: Node) -> list[bytes]:
    return [_element(node), *(element for child in node.children for element in _elements(child))]


def _element(node: Node) -> bytes:
    fields = [(3, _I32, number(node.repetition)), (4, _BINARY, _text(node.name.encode()))]
    if node.type is not None:
        fields.insert(0, (1, _I32, number(node.type)))
    if node.children:
        fields.append((5, _I32, number(len(node.children))))
    if node.converted is not None:
        fields.append((6, _I32, number(node.converted)))
    if node.logical:
        fields.append((10, _STRUCT, node.logical))
    return _struct(*fields)


def _struct(*fields: tuple[int, int, bytes]) -> bytes:
    body, before = b"", 0
    for place, kind, value in fields:
        body += bytes([(place - before) << 4 | kind]) + value
        before = place
    return body + b"\x00"


def _list(kind: int, items: Sequence[bytes]) -> bytes:
    head = bytes([len(items) << 4 | kind]) if len(items) < 15 else bytes([0xF0 | kind]) + _varint(len(items))
    return head + b"".join(items)


def _text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(len(data)) + data


def _varint(value: int) -> bytes:
    return number(value // 2 if value % 2 == 0 else -(value + 1) // 2)
