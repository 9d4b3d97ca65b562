"""Objects as files that DuckDB opens, in place: bytes that MiniStack holds in this process are read where they are.

Files have plain names, landfall://00000000.csv, so that every key that S3 allows can be read (`a b.csv`, `a*[1]?.csv`);
DuckDB takes such keys for globs and escapes. What is read is counted: it is the query's DataScannedInBytes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fsspec import AbstractFileSystem

from local.engine import compressions, ministack_adapter
from local.engine.athena.failures import QueryFailedError, not_supported

PROTOCOL = "landfall"
DIGITS = 8
_MOST_TEXT = 1024 * 1024 * 1024
"""Bytes of one compressed file that are read, uncompressed."""
_UNKNOWN = ("lzo", "deflate")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class DataFile:
    """An object of a table, with the values of its partition."""

    bucket: str
    item: ministack_adapter.S3Object
    values: tuple[str | None, ...] = ()

    @property
    def uri(self) -> str:
        """What "$path" says."""
        return f"s3://{self.bucket}/{self.item.key}"

    def body(self) -> bytes:
        """The object's bytes; none if it was deleted since the listing."""
        return ministack_adapter.read_object(self.bucket, self.item.key) or b""

    def text(self) -> bytes:
        """The bytes without the compression that the suffix names, which has no capital letters (the Athena guide)."""
        body, suffix = self.body(), self.item.key.rpartition("/")[2].rpartition(".")[2]
        if body.startswith(_ZIP) or suffix == "zip":
            # Athena has no words of its own for it: it takes the bytes for text
            message = f"The ZIP file format is not supported: {self.uri}; unpack it, or compress it with gzip"
            raise QueryFailedError("NOT_SUPPORTED", message)
        if suffix in _UNKNOWN:
            raise not_supported(f"the compression of {self.uri}")
        if suffix not in _CODECS:
            return body
        try:
            found = _CODECS[suffix](body, _MOST_TEXT + 1)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise QueryFailedError("HIVE_CURSOR_ERROR", f"Failed to read file: {self.uri}") from error
        if len(found) > _MOST_TEXT:
            # a bomb of a few kilobytes is not to take the machine's memory
            raise not_supported(f"files of more than {_MOST_TEXT >> 20} MiB uncompressed: {self.uri}")
        return found


def _blocks(body: bytes, most: int, raw: compressions.Raw) -> bytes:
    found = bytearray()
    for piece in compressions.hadoop(io.BytesIO(body), raw):
        found += piece
        if len(found) >= most:
            break
    return bytes(found)


# Hadoop's codecs by their suffixes; snappy and LZ4 in its own frames only, as its codecs write them
_CODECS: dict[str, Callable[[bytes, int], bytes]] = {
    "gz": lambda body, most: gzip.GzipFile(fileobj=io.BytesIO(body)).read(most),
    "bz2": lambda body, most: bz2.BZ2File(io.BytesIO(body)).read(most),
    "snappy": partial(_blocks, raw=compressions.snappy_block),
    "lz4": partial(_blocks, raw=compressions.lz4_block),
    "zst": compressions.zstd_head,
}


class ObjectFiles(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The files of one query."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, count: Callable[[int], None]) -> None:
        super().__init__()
        self.count = count
        self._bodies: list[tuple[bytes, bool]] = []

    def add(self, body: bytes, suffix: str, *, counted: bool) -> str:
        """A file of these bytes; `counted` if reading it is to be counted, since nothing has counted it yet."""
        self._bodies.append((body, counted))
        return f"{PROTOCOL}://{len(self._bodies) - 1:0{DIGITS}d}.{suffix}"

    @property
    def file_count(self) -> int:
        """How many files there are."""
        return len(self._bodies)

    def body(self, path: str) -> bytes:
        """A file's bytes."""
        return self._body(path)[0]

    def _body(self, path: str) -> tuple[bytes, bool]:
        number = path.rpartition("/")[2].partition(".")[0]
        if not number.isdigit() or int(number) >= len(self._bodies):
            raise FileNotFoundError(path)
        return self._bodies[int(number)]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
        if mode != "rb":
            raise PermissionError(path)
        body, counted = self._body(path)
        return _CountedFile(body, self.count) if counted else io.BytesIO(body)

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and kind of a file."""
        return {"name": path, "size": len(self._body(path)[0]), "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        """Whether there is such a file."""
        try:
            self._body(path)
        except FileNotFoundError:
            return False
        return True

    def modified(self, path: str) -> datetime:
        """Files of a query do not change."""
        return datetime.fromtimestamp(0, UTC)

    def glob(self, path: str, **_: Any) -> list[str]:
        """Names are no patterns."""
        return [path]


class _CountedFile(io.BytesIO):
    """The bytes of an object; BytesIO shares them until it is written to."""

    def __init__(self, body: bytes, count: Callable[[int], None]) -> None:
        super().__init__(body)
        self._count = count

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._count(len(data))
        return data
