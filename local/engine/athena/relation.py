"""A table as a query asks for it, and what the catalog gives for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.engine.athena.types import Type

CATALOG = "awsdatacatalog"


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
