"""A guard of what the engine does in somebody's name: a query's, a crawler's or a job's reads and writes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from ministack.core import responses

Guard = Callable[[str, Sequence[str], Mapping[str, str]], None]
"""Gets an action, the resources that it is asked for, and condition keys; raises what ends the work if it is denied."""

_guard: ContextVar[Guard | None] = ContextVar("landfall_guard", default=None)


@contextlib.contextmanager
def guarded(guard: Guard | None) -> Iterator[None]:
    """Within, the objects and the catalog are reached only as the guard lets it; None lets everything pass."""
    token = _guard.set(guard)
    try:
        yield
    finally:
        _guard.reset(token)


def require_s3(action: str, bucket: str, key: str | None = None, context: Mapping[str, str] | None = None) -> None:
    """Ask the guard for a bucket, or for one of its objects."""
    guard = _guard.get()
    if guard is not None:
        guard(action, [f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"], context or {})


def require_glue(action: str, database: str, table: str = "") -> None:
    """Ask the guard for a database or a table, and for every level above, as Glue does."""
    guard = _guard.get()
    if guard is not None:
        levels = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
        start = f"arn:aws:glue:{responses.get_region()}:{responses.get_account_id()}:"
        guard(action, [start + level for level in levels], {})


def require_glue_of(action: str, table: Mapping[str, Any]) -> None:
    """Ask the guard for a table that is given by its entry in the catalog."""
    require_glue(action, str(table["DatabaseName"]), str(table["Name"]))
