"""One object, read no further than a classifier needs.

Glue reads "either the first 1,000 records or the first megabyte", for JSON on to 10 MB in steps of a megabyte
(re:Post knowledge center, "How does the AWS Glue crawler detect the schema?"). What is read is bounded here too, before
and after decompression: a gzip bomb costs no more than any other file.
"""

from __future__ import annotations

import bz2
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from local.engine import compressions

MEGABYTE = 1024 * 1024
MOST_RECORDS = 1000
MOST_BYTES = 10 * MEGABYTE

_CHUNK = 64 * 1024
_GZIP_HEADER = 31  # zlib's window bits for a gzip member
_LARGEST_CHUNK = 1024 * 1024
"""Bytes of a first chunk of Hadoop's by which a file is known; its writers make them of 256 KB."""
_BROKEN = (zlib.error, zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)


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
    _codec: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, body: bytes, key: str = "") -> Document:
        """A document of these bytes."""
        return cls(key, len(body), lambda: io.BytesIO(body))

    @property
    def compression(self) -> str:
        """What is around the file, as compressionType has it: by its first bytes, but for bare snappy, by its name."""
        return self._found_codec().partition(" ")[0]

    def _found_codec(self) -> str:
        """The compression, and which of its forms."""
        if self._codec is None:
            first = self.raw(0, 16)
            known = (name for magic, name in _MAGIC.items() if first.startswith(magic))
            self._codec = next(known, None) or self._hidden_codec(first)
            if self._codec == "zip" and len(members(self)) != 1:
                self._codec = "none"
        return self._codec

    def _hidden_codec(self, first: bytes) -> str:
        """Compressions without a magic number."""
        if not first[:1].strip(b"\0") and len(first) > 8:
            start = self.raw(0, 8 + min(_LARGEST_CHUNK, int.from_bytes(first[4:8], "big")))
            for name, raw in (("snappy", compressions.snappy_block), ("lz4", compressions.lz4_block)):
                if compressions.is_hadoop(start, raw):
                    return f"{name} hadoop"
        return "snappy bare" if self.key.endswith(".snappy") else "none"

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
        codec = self._found_codec()
        with self.open() as body:
            try:
                yield from compressions.checked(_READS[codec](body))
            except _BROKEN as error:
                self.broken = f"{codec}: {error}"


def _pieces(body: BinaryIO) -> Iterator[bytes]:
    while piece := body.read(_CHUNK):
        yield piece


def members(document: Document) -> list[str]:
    """The files of a ZIP archive; none if it is broken."""
    try:
        with document.open() as body, zipfile.ZipFile(body) as archive:
            return [name for name in archive.namelist() if not name.endswith("/")]
    except _BROKEN:
        return []


def _zipped(body: BinaryIO) -> Iterator[bytes]:
    """The one file of an archive."""
    with zipfile.ZipFile(body) as archive:
        name = next(name for name in archive.namelist() if not name.endswith("/"))
        with archive.open(name) as member:
            while piece := member.read(_CHUNK):
                yield piece


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


_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    compressions.SNAPPY_FRAME: "snappy framed",
    compressions.LZ4_FRAME: "lz4 framed",
}
_READS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {
    "none": _pieces,
    "gzip": lambda body: _decompressed(body, _gzip),
    "bzip2": lambda body: _decompressed(body, bz2.BZ2Decompressor),
    "zip": _zipped,
    "snappy framed": compressions.snappy_frames,
    "snappy hadoop": lambda body: compressions.hadoop(body, compressions.snappy_block),
    "snappy bare": lambda body: iter([compressions.snappy_block(body.read(), MOST_BYTES * 10)]),
    "lz4 framed": lambda body: iter([compressions.lz4_head(body.read(), MOST_BYTES + 1)]),
    "lz4 hadoop": lambda body: compressions.hadoop(body, compressions.lz4_block),
}
