"""Text files as lines: they end at a line feed, a carriage return, or both, and nowhere else (Hadoop's LineReader)."""

from __future__ import annotations

_MARK = b"\xef\xbb\xbf"


def normal(body: bytes) -> bytes:
    """The bytes without a byte order mark, each line ended by one line feed; the usual file is not copied."""
    body = body.removeprefix(_MARK)
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in body else body


def split(body: bytes) -> list[str]:
    """The lines. Bytes that are not UTF-8 become U+FFFD; U+2028 and the like are characters as any other."""
    body = normal(body)
    return body.decode(errors="replace").removesuffix("\n").split("\n") if body else []
