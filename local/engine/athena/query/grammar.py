"""The table of handlers: which module compiles which node of the tree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.engine.athena.query import arithmetic, calls, casts, conditions, expressions, literals, select
from local.engine.athena.query.compiler import Catalog, Compiler, Grammar
from local.engine.athena.query.scope import Compiled

_TABLES = (literals, expressions, arithmetic, conditions, casts, calls)
GRAMMAR = Grammar(
    {node: handler for module in _TABLES for node, handler in module.HANDLERS.items()}, select.query, calls.call_by_name
)


def compile_query(text: str, tree: Any, database: str, catalog: Catalog, now: datetime) -> Compiled:
    """DuckDB's query for a tree of a text. QueryFailedError says where and why there is none."""
    return Compiler(GRAMMAR, text, database, catalog, now).query(tree)
