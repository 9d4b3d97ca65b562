"""Reads ORC in a process of its own: `python -m local.engine.orc_worker`, which orc_files.py starts.

The library is C++ and may crash on a file that is broken; then this process ends, and not the engine. A request is a
line of JSON and the bytes of a file, an answer a line of JSON with the number of bytes that follow it.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pyorc

_MOST_MEMORY = 4 << 30


class Tail(io.RawIOBase):
    """The end of a file as if it were all of it; only the end can be read."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__()
        self._data, self._size, self._at = data, size, 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read anywhere."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes of the end; ValueError for others."""
        start = self._at - (self._size - len(self._data))
        if start < 0:
            raise ValueError("the footer is larger than what was sent of the file")
        found = self._data[start:] if size < 0 else self._data[start : start + size]
        self._at += len(found)
        return found


def described(kind: Any) -> dict[str, Any]:
    """A type: its name, its text, and the types within it."""
    own: dict[str, Any] = {"name": kind.name, "text": str(kind)}
    if kind.name == "struct":
        own["fields"] = [[name, described(field)] for name, field in kind.fields.items()]
    elif kind.name == "array":
        own["element"] = described(kind.type)
    elif kind.name == "map":
        own["key"], own["value"] = described(kind.key), described(kind.value)
    return own


def _plain(value: Any) -> Any:
    """A value that JSON has; bytes as DuckDB casts a text to them, instants in UTC."""
    if isinstance(value, dict):
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    if isinstance(value, datetime):
        return (value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _answer(request: dict[str, Any], data: bytes) -> Iterator[bytes]:
    reader = pyorc.Reader(Tail(data, int(request["size"])))
    if request["wants"] == "schema":
        yield json.dumps({"type": described(reader.schema), "rows": len(reader)}).encode()
        return
    yield json.dumps(described(reader.schema)).encode() + b"\n"
    for record in reader:
        yield json.dumps(_plain(record)).encode() + b"\n"


def main() -> None:
    """Answer until there is no more to read."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        request = json.loads(line)
        data = source.read(int(request["length"]))
        try:
            body, error = b"".join(_answer(request, data)), ""
        except Exception as caught:  # whatever the library says of a broken file
            body, error = b"", str(caught).partition("\n")[0] or repr(caught)
        sink.write(json.dumps({"length": len(body), "error": error}).encode() + b"\n" + body)
        sink.flush()


if __name__ == "__main__":
    main()
