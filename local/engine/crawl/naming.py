"""How a crawler names tables. Source: the Glue guide's rules for crawler table names."""

from __future__ import annotations

import re

_LONGEST = 128
_NOT_ALLOWED = re.compile(r"[^0-9a-z_]")


def table_name(bucket: str, path: str, prefix: str) -> str:
    """The table for a folder or file of a bucket: its last name, in the characters that the catalog allows."""
    name = path.rstrip("/").rpartition("/")[2] or bucket
    return _NOT_ALLOWED.sub("_", f"{prefix}{name}".lower())[:_LONGEST]
