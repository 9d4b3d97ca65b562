"""What is wrong with a file that no classifier knows, where its first bytes say what it is."""

from __future__ import annotations

from collections.abc import Sequence

from local.engine.compressions import ZSTD_FRAME
from local.engine.crawl.reading import Document, members

ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EXCEL = (
    "an Excel workbook: neither a classifier of Glue nor Athena reads it; save each sheet as CSV in UTF-8, "
    "or write it as Parquet"
)
_TAR_AT, _TAR = 257, b"ustar"


def reason(document: Document) -> str:
    """A sentence for the log; empty if nothing is known of the file."""
    start = document.raw(0, 8)
    if start.startswith(_OLD_OFFICE):
        return _EXCEL
    if start.startswith(ZIP):
        return _of_archive(members(document))
    if start.startswith(ZSTD_FRAME):
        return "compressed with Zstandard, which Glue's classifiers do not know; compress it with gzip"
    if document.head(_TAR_AT + len(_TAR))[_TAR_AT:] == _TAR:
        return "a tar archive: neither a classifier of Glue nor Athena reads it; unpack it"
    return ""


def _of_archive(names: Sequence[str]) -> str:
    if any(name.startswith("xl/") for name in names):
        return _EXCEL
    if len(names) > 1:
        return f"a ZIP archive of {len(names)} files: Glue's classifiers read archives of one file only; unpack it"
    return "" if names else "a broken ZIP archive"
