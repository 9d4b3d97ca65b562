"""ORC files, and text as other programs pack it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import cramjam
import pyorc


def orc(schema: str, *rows: Mapping[str, Any], **options: Any) -> bytes:
    """An ORC file."""
    body = io.BytesIO()
    with pyorc.Writer(body, schema, struct_repr=pyorc.StructRepr.DICT, **options) as writer:
        writer.writerows(rows)
    return body.getvalue()


def zipped(**members: str | bytes) -> bytes:
    """A ZIP archive; underscores at the end of a name's first part stand for a point."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return body.getvalue()


def hadoop(chunk: bytes, length: int) -> bytes:
    """A file of one block as Hadoop's codecs write it."""
    return length.to_bytes(4, "big") + len(chunk).to_bytes(4, "big") + chunk


def hadoop_snappy(text: str) -> bytes:
    """Text as Spark and Hive write it with snappy."""
    return hadoop(bytes(cramjam.snappy.compress_raw(text.encode())), len(text))


def hadoop_lz4(text: str) -> bytes:
    """The same with LZ4."""
    return hadoop(bytes(cramjam.lz4.compress_block(text.encode(), store_size=False)), len(text))
