"""What names mean where they stand: fields, WITH queries, parameters of lambdas."""

from __future__ import annotations

from collections.abc import Mapping
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
class Context:
    """Where an expression stands."""

    scope: Scope
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Lambda parameters."""
    ctes: Mapping[str, Compiled] = field(default_factory=dict)
    keys: Mapping[str, str] | None = None
    """In a grouped query, the SQL of what it groups by, and that of its value; None where any field may be named."""
    clause: str = ""
    """The clause that takes no aggregates, such as WHERE."""
    windows: Mapping[str, Any] = field(default_factory=dict)

    def ungrouped(self) -> Context:
        """Inside an aggregate, where every field may be named."""
        return replace(self, keys=None)


def with_parameters(context: Context, more: Mapping[str, Value]) -> Context:
    """The context inside of a lambda."""
    return replace(context, parameters={**context.parameters, **more})


def name_of(identifier: Any) -> str:
    """A name as Trino compares it: lower case, quoted or not."""
    return str(identifier.name if isinstance(identifier, exp.Expression) else identifier).lower()


def failure(source: str, node: Any, code: str, message: str) -> QueryFailedError:
    """A failure at a place of the query's text."""
    return QueryFailedError(code, f"{position(source, node)}: {message}")
