"""Locations, and the names of partition folders with Hive's escapes.

Source: Hive's FileUtils.escapePathName and unescapePathName; Athena shows partitions by these names, too
(dacort/metabase-athena-driver#55).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from local.engine.athena.failures import not_supported

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"""[\x01-\x1f\x7f"#%'*/:=?\\{\[\]^]""")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")


def location(text: str) -> tuple[str, str]:
    """Bucket and key of an S3 location."""
    match = re.fullmatch(r"s3[an]?://([^/]+)(?:/(.*))?", text, re.DOTALL)
    if match is None:
        raise not_supported(f"the location {text!r}")
    return match[1], match[2] or ""


def without_empty_folders(text: str) -> str:
    """A location of a DDL statement as Athena keeps it: the guide says that it removes an extra slash."""
    scheme, mark, rest = text.partition("://")
    return f"{scheme}{mark}{re.sub('//+', '/', rest)}" if mark else text


def folder(key: str) -> str:
    """The prefix of all keys in a folder. A slash more than one names the folder without a name that is in it."""
    return f"{key}/" if key and not key.endswith("/") else key


def partition_name(names: Sequence[str], values: Sequence[str | None]) -> str:
    """`year=2024/month=01`; what is empty or NULL has Hive's name for it."""
    return "/".join(f"{escape(name)}={escape(value or HIVE_NULL)}" for name, value in zip(names, values, strict=True))


def escape(text: str) -> str:
    """A name of a folder."""
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", text)


def unescape(text: str) -> str:
    """The value that a folder's name means; a `%` that begins no escape is one."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
