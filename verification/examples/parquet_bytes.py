"""Parquet and Avro files for the cases."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb


@cache
def parquet(select: str) -> bytes:
    """The result of a SELECT as a Parquet file, compressed with Snappy within."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file.parquet"
        duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def avro(schema: object, records: Iterable[bytes]) -> bytes:
    """An Avro object container of one block; the records are encoded already."""
    marker, encoded = bytes(16), list(records)
    metadata = {b"avro.schema": json.dumps(schema).encode(), b"avro.codec": b"null"}
    header = number(len(metadata)) + b"".join(text(name) + text(value) for name, value in metadata.items()) + number(0)
    body = b"".join(encoded)
    return b"Obj\x01" + header + marker + number(len(encoded)) + number(len(body)) + body + marker


def number(value: int) -> bytes:
    """An int or long in Avro: zig-zag, seven bits a byte."""
    rest, found = (value << 1) ^ (value >> 63), bytearray()
    while rest > 0x7F:
        found.append((rest & 0x7F) | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def text(value: bytes) -> bytes:
    """A string or bytes in Avro."""
    return number(len(value)) + value
