"""Runs one statement and gives its result."""

from __future__ import annotations

from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.metadata import is_glue_catalog
from local.engine.athena.results import Result
from local.engine.athena.session import Run, Session
from local.engine.athena.statements import HANDLERS, prepared

__all__ = ["Run", "execute"]
_OF_ICEBERG = ("DELETE", "UPDATE", "MERGE", "OPTIMIZE", "VACUUM")


def execute(run: Run) -> Result:
    """The result; QueryFailedError or QueryCancelledError if there is none."""
    if run.catalog and not is_glue_catalog(run.catalog):
        raise QueryFailedError("CATALOG_NOT_FOUND", f"line 1:1: Catalog '{run.catalog}' does not exist")
    statement = prepared.resolved(run)
    if statement.tree is not None:
        with Session(run) as session:
            return session.result(session.compile(statement.text, statement.tree))
    for pattern, handler in HANDLERS:
        if pattern.match(statement.text):
            return handler(run, statement.text)
    if statement.first in _OF_ICEBERG:
        raise not_supported(f"{statement.first}, which changes Iceberg tables")
    raise not_supported(f"{statement.first} statements of this kind")
