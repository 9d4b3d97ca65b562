"""What names mean where they stand: fields, WITH queries, parameters of lambdas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.parser import position
from local.engine.athena.types import Type


@dataclass(frozen=True)
class Value:
    """DuckDB's SQL for an expression, and its type."""

    sql: str
    type: Type


@dataclass(frozen=True)
class Field:
    """A column that can be named here. `qualifier` is how its relation may be called, outermost first."""

    qualifier: tuple[str, ...]
    name: str | None
    type: Type
    sql: str
    hidden: bool = False
    """Not in `*`, such as "$path"."""


@dataclass(frozen=True)
class Output:
    """A column of a query's result; DuckDB knows it as c<index>."""

    name: str | None
    type: Type


@dataclass(frozen=True)
class Compiled:
    """A query for DuckDB; its columns are c0, c1 and so on."""

    sql: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Scope:
    """The fields of one SELECT, inside those of the query around it."""

    fields: tuple[Field, ...] = ()
    outer: Scope | None = None

    def find(self, qualifier: tuple[str, ...], name: str) -> list[Field]:
        """Fields by name, of the innermost scope that has any."""
        found = [
            item
            for item in self.fields
            if item.name == name and (not qualifier or item.qualifier[-len(qualifier) :] == qualifier)
        ]
        return found or (self.outer.find(qualifier, name) if self.outer else [])

    def owns(self, item: Field) -> bool:
        """Whether the field is of this SELECT and not of one around it."""
        return any(own is item for own in self.fields)


@dataclass(frozen=True)
class TableRequest:
    """A table as a query names it, where, and what WHERE says of its columns."""

    database: str
    name: str
    position: str
    conditions: Mapping[str, list[Callable[[str], bool]]] = field(default_factory=dict)
    """Column to tests of its text: a partition that fails one of them need not be read."""
    equal: Mapping[str, list[str]] = field(default_factory=dict)
    """Column to the only texts that it can have."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a table; its SQL is a name of the relation."""

    name: str
    type: Type
    hidden: bool = False


@dataclass(frozen=True)
class TableRelation:
    """A table of the catalog: the DuckDB view that stands for it, or the text of an Athena view."""

    columns: tuple[TableColumn, ...]
    view: str = ""
    query: str = ""
    database: str = ""
    """Where the names of an Athena view's text are looked up."""


@dataclass(frozen=True)
class Context:
    """Where an expression stands."""

    scope: Scope
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Lambda parameters."""
    commons: Mapping[str, Compiled] = field(default_factory=dict)
    keys: frozenset[str] | None = None
    """In a grouped query, the SQL of what it groups by; None where any field may be named."""
    clause: str = ""
    """The clause that takes no aggregates, such as WHERE."""
    windows: Mapping[str, Any] = field(default_factory=dict)

    def ungrouped(self) -> Context:
        """Inside an aggregate, where every field may be named."""
        return replace(self, keys=None)


def name_of(identifier: Any) -> str:
    """A name as Trino compares it: lower case, quoted or not."""
    return str(identifier.name if isinstance(identifier, exp.Expression) else identifier).lower()


def quoted(name: str) -> str:
    """A name in DuckDB's SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in DuckDB's SQL."""
    return "'" + value.replace("'", "''") + "'"


def failure(source: str, node: Any, code: str, message: str) -> QueryFailedError:
    """A failure at a place of the query's text."""
    return QueryFailedError(code, f"{position(source, node)}: {message}")
