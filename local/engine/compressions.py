"""What may be around a file other than gzip and bzip2: snappy and LZ4 as Hadoop and as programs write them, zstd.

Reading is bounded, so that a bomb of a few kilobytes does not take the machine's memory. A file that is broken raises
ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, Protocol

import cramjam

SNAPPY_FRAME, LZ4_FRAME, ZSTD_FRAME = b"\xff\x06\x00\x00sNaPpY", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"

_LARGEST_BLOCK = 64 * 1024 * 1024
_COMPRESSED, _PLAIN, _FIRST_SKIPPABLE = 0x00, 0x01, 0x80
_CHECKSUM = 4

Raw = Callable[[bytes, int], bytes]


class _Whole(Protocol):
    """What cramjam's modules have in common."""

    def decompress_into(self, data: bytes, output: bytearray) -> int: ...


def snappy_block(data: bytes, most: int) -> bytes:
    """One block of snappy that has no frame."""
    try:
        if cramjam.snappy.decompress_raw_len(data) > most:
            raise ValueError("a block of snappy is larger than it says")
        return bytes(cramjam.snappy.decompress_raw(data))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from error


def lz4_block(data: bytes, most: int) -> bytes:
    """One block of LZ4 that has no frame."""
    try:
        return bytes(cramjam.lz4.decompress_block(data, output_len=most))
    except cramjam.DecompressionError as error:
        raise ValueError(str(error)) from error


def hadoop(stream: BinaryIO, raw: Raw) -> Iterator[bytes]:
    """The pieces of a file of Hadoop's BlockCompressorStream: lengths before each block and each chunk of it."""
    while head := stream.read(4):
        left = _number(head)
        while left:
            chunk = raw(_exactly(stream, _number(_exactly(stream, 4))), left)
            if not chunk:
                raise ValueError("a block of nothing")
            left -= len(chunk)
            yield chunk


def snappy_frames(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces of a file of snappy's own framing format."""
    while kind := stream.read(1):
        data = _exactly(stream, int.from_bytes(_exactly(stream, 3), "little"))
        if kind[0] == _COMPRESSED:
            yield snappy_block(data[_CHECKSUM:], _LARGEST_BLOCK)
        elif kind[0] == _PLAIN:
            yield data[_CHECKSUM:]
        elif kind[0] < _FIRST_SKIPPABLE:
            raise ValueError(f"a chunk of the unknown kind {kind[0]}")


def head(codec: _Whole, data: bytes, most: int) -> bytes:
    """The first bytes of a file of LZ4's or Zstandard's own format."""
    size = min(most, max(65536, 8 * len(data)))
    while True:
        output = bytearray(size)
        try:
            return bytes(output[: codec.decompress_into(data, output)])
        except cramjam.DecompressionError as error:
            if "whole buffer" not in str(error):
                raise ValueError(str(error)) from error
        if size == most:
            return bytes(output)
        size = min(most, 8 * size)


lz4_head, zstd_head = partial(head, cramjam.lz4), partial(head, cramjam.zstd)


def is_hadoop(start: bytes, raw: Raw) -> bool:
    """Whether a file begins with a block of Hadoop's; `start` has enough of it for one chunk."""
    if len(start) < 9 or start[0]:
        return False
    try:
        left, length = _number(start[:4]), _number(start[4:8])
        if not left or not 0 < length <= len(start) - 8:
            return False
        found = len(raw(start[8 : 8 + length], left))
    except ValueError:
        return False
    # LZ4 makes something of nearly anything; snappy says itself how long it is
    return found == left or (raw is snappy_block and 0 < found < left)


def _number(data: bytes) -> int:
    number = int.from_bytes(data, "big")
    if len(data) < 4 or number > _LARGEST_BLOCK:
        raise ValueError("the file ends within a block, or is no file of Hadoop's")
    return number


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("the file ends within a block")
    return data
