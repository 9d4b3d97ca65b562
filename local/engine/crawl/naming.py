"""How a crawler names tables. Source: the Glue guide's rules for crawler table names."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 128
_NOT_ALLOWED = re.compile(r"[^0-9a-z_]")


def table_name(bucket: str, path: str, prefix: str) -> str:
    """The table for a folder or file of a bucket: its last name, in the characters that the catalog allows."""
    name = path.rstrip("/").rpartition("/")[2] or bucket
    return _NOT_ALLOWED.sub("_", f"{prefix}{name}".lower())[:_LONGEST]


def with_hash(name: str, location: str) -> str:
    """The name for a second table of one name: the guide says "a hash suffix"; MD5 of the location is chosen."""
    digest = hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST - len(digest) - 1]}_{digest}"
