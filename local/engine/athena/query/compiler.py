"""The compiler: it knows the query's text, the catalog and the time, and calls the handler of each node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlglot import exp

from local.engine.athena import parser
from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import zones
from local.engine.athena.query import coercion
from local.engine.athena.query.known_nodes import refuse_unknown
from local.engine.athena.query.scope import Compiled, Context, Scope, Value, failure
from local.engine.athena.relation import TableRelation, TableRequest
from local.engine.athena.sql import text
from local.engine.athena.types import Type

Catalog = Callable[[TableRequest], TableRelation]
_DEEPEST_VIEWS = 16
Handler = Callable[["Compiler", Any, Context], Value]


def same_text(sql: str) -> str:
    """SQL in which the names of lambdas' parameters do not count."""
    names: dict[str, str] = {}
    return re.sub(r"\bp\d+(?:_\d+)?\b", lambda match: names.setdefault(match[0], f"p_{len(names)}"), sql)


@dataclass(frozen=True)
class Grammar:
    """What compiles the nodes of a tree; handed in, so that the compiler knows none of the modules that call it."""

    handlers: Mapping[type, Handler]
    query: Callable[[Compiler, Any, Context], Compiled]
    call: Callable[[Compiler, str, list[Any], Any, Context], Value]


class Compiler:
    """Compiles the queries of one text; a view's text gets one of its own."""

    def __init__(
        self, grammar: Grammar, text: str, database: str, catalog: Catalog, now: datetime, *, depth: int = 0
    ) -> None:
        self._grammar = grammar
        self.text = text
        self.database = database
        self.catalog = catalog
        self.now = now
        self._depth = depth
        self._numbers = 0

    def query(self, tree: Any) -> Compiled:
        """DuckDB's query for a tree. QueryFailedError says where and why there is none."""
        refuse_unknown(tree)
        return self.select(tree, Context(Scope()))

    def view(self, relation: TableRelation) -> Compiled:
        """The query of an Athena view, its names looked up where it was made."""
        if self._depth > _DEEPEST_VIEWS:
            raise QueryFailedError("VIEW_IS_RECURSIVE", "Statement would create a recursive view")
        inner = Compiler(
            self._grammar, relation.query, relation.database, self.catalog, self.now, depth=self._depth + 1
        )
        inner._numbers = self._numbers + 1000 * (self._depth + 1)
        return inner.query(parser.parse_query(relation.query))

    def value(self, node: Any, context: Context) -> Value:
        """DuckDB's SQL and the type of an expression."""
        handler = self._grammar.handlers.get(type(node))
        if isinstance(node, exp.Lambda):
            raise failure(
                self.text, node, "TYPE_MISMATCH", "A lambda can be the argument of a function that takes one only"
            )
        if handler is None:
            raise not_supported(f"the expression {node.sql(dialect='trino')}")
        if context.keys is not None:
            key = self._grouped(handler, node, context)
            if key is not None:
                return key
        return handler(self, node, context)

    def _grouped(self, handler: Handler, node: Any, context: Context) -> Value | None:
        """The expression, if the query groups by it."""
        numbers = self._numbers
        try:
            value = handler(self, node, context.ungrouped())
        except QueryFailedError:
            return None
        self._numbers = numbers
        key = (context.keys or {}).get(same_text(value.sql))
        return None if key is None else Value(key, value.type)

    def select(self, node: Any, context: Context) -> Compiled:
        """A query where the names of a context hold."""
        return self._grammar.query(self, node, context)

    def subquery(self, node: Any, context: Context) -> Compiled:
        """A query inside of an expression; it may name the fields around it."""
        found = self.select(node, Context(Scope((), context.scope), context.parameters, context.ctes))
        if context.clause == "OUTER JOIN" and any(field.sql in found.sql for field in context.scope.fields):
            message = "Reference to column from outer scope not allowed in this context"
            raise failure(self.text, node, "NOT_SUPPORTED", message)
        return found

    def call(self, name: str, arguments: list[Any], node: Any, context: Context) -> Value:
        """A function by its name."""
        return self._grammar.call(self, name, arguments, node, context)

    def fresh(self, letter: str) -> str:
        """A name for DuckDB that is used nowhere else."""
        self._numbers += 1
        return f"{letter}{self._numbers}_{self._depth}" if self._depth else f"{letter}{self._numbers}"

    def common_type(self, node: Any, kinds: Sequence[Type], message: str = "All values must be the same type") -> Type:
        """The type that all go into, or TYPE_MISMATCH."""
        found = kinds[0]
        for kind in kinds[1:]:
            both = t.common(found, kind)
            if both is None:
                raise failure(self.text, node, "TYPE_MISMATCH", f"{message}: {found}, {kind}")
            found = both
        return found

    def coerced(self, value: Value, wanted: Type) -> str:
        """SQL of a value in the type that Trino gives it by itself."""
        same = t.duckdb_type(value.type) == t.duckdb_type(wanted) and not t.has_char(value.type)
        if value.type == wanted or (same and not t.has_char(wanted) and value.type != t.UNKNOWN):
            return value.sql
        sql = coercion.converted(value, wanted)
        if sql is None:
            raise not_supported(f"{value.type} as {wanted}")
        return sql

    def zone(self, node: Any, value: Value) -> str:
        """SQL of a zone's name as Trino keeps it; INVALID_FUNCTION_ARGUMENT for one that there is not."""
        if value.type == t.DAYS:
            return f"py_zone_of(0, {value.sql} // 60000)"
        if isinstance(node, exp.Literal) and node.is_string:
            return text(zones.checked(str(node.this)))
        return f"py_zone({self.coerced(value, t.VARCHAR)})"
