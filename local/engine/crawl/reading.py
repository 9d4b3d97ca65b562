"""One object, read no further than a classifier needs.

Glue reads "either the first 1,000 records or the first megabyte", for JSON on to 10 MB in steps of a megabyte
(re:Post knowledge center, "How does the AWS Glue crawler detect the schema?"). What is read is bounded here too, before
and after decompression: a gzip bomb costs no more than any other file.
"""

from __future__ import annotations

import bz2
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

MEGABYTE = 1024 * 1024
MOST_RECORDS = 1000
MOST_BYTES = 10 * MEGABYTE

_CHUNK = 64 * 1024
_GZIP_HEADER = 31  # zlib's window bits for a gzip member


class _Decompressor(Protocol):
    """What zlib's and bz2's decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


@dataclass
class Document:
    """An object of a bucket. Reading it raises nothing: what is broken ends where it breaks, and `broken` says why."""

    key: str
    size: int
    open: Callable[[], BinaryIO]
    broken: str = ""
    _head: bytearray = field(default_factory=bytearray, repr=False)
    _ended: bool = False
    _stream: Iterator[bytes] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, body: bytes, key: str = "") -> Document:
        """A document of these bytes."""
        return cls(key, len(body), lambda: io.BytesIO(body))

    @property
    def compression(self) -> str:
        """`none`, `gzip` or `bzip2`, as compressionType has it; told by the first bytes, not by the name."""
        first = self.raw(0, 3)
        if first[:2] == b"\x1f\x8b":
            return "gzip"
        return "bzip2" if first == b"BZh" else "none"

    def raw(self, start: int, length: int) -> bytes:
        """Bytes as they are stored."""
        with self.open() as body:
            body.seek(start)
            return body.read(length)

    def head(self, length: int) -> bytes:
        """The first bytes, decompressed; fewer if the file ends or breaks."""
        if self._stream is None:
            self._stream = self._read()
        while len(self._head) < length and not self._ended:
            piece = next(self._stream, None)
            if piece is None:
                self._ended = True
            else:
                self._head += piece
        return bytes(self._head[:length])

    def is_whole(self, length: int) -> bool:
        """Whether the file has no more than these bytes, decompressed."""
        return len(self.head(length + 1)) <= length

    def _read(self) -> Iterator[bytes]:
        """Pieces of the contents, each of a bounded size."""
        compression = self.compression
        with self.open() as body:
            if compression == "none":
                while piece := body.read(_CHUNK):
                    yield piece
                return
            try:
                yield from _decompressed(body, _gzip if compression == "gzip" else bz2.BZ2Decompressor)
            except (zlib.error, OSError, ValueError, EOFError) as error:
                self.broken = f"{compression}: {error}"


def _gzip() -> _Decompressor:
    return _Gzip()


class _Gzip:
    """zlib's decompressor, which keeps what it could not yet give, in the form of bz2's."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_GZIP_HEADER)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


def _decompressed(body: BinaryIO, start: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """The contents of one member after another."""
    machine, data = start(), body.read(_CHUNK)
    while data:
        piece = machine.decompress(data, _CHUNK)
        while piece:
            yield piece
            piece = b"" if machine.eof else machine.decompress(b"", _CHUNK)
        data = b""
        if machine.eof:
            data = machine.unused_data or body.read(_CHUNK)
            if not data:
                return
            machine = start()
        data = data or body.read(_CHUNK)
    raise EOFError("the file ends within its compressed data")
