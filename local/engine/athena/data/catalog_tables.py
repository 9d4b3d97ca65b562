"""Tables that the catalog itself makes: information_schema, and `"orders$partitions"` and `"orders$properties"`.

Sources: the guide's page on querying the Glue catalog (the columns `comment` and `extra_info` are Athena's own), and
Trino's information_schema and Hive connector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import types as t
from local.engine.athena.data import hive_types
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableColumn

SCHEMA = "information_schema"
_CATALOG = "awsdatacatalog"
_TEXTS: dict[str, tuple[str, ...]] = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default",
        "is_nullable", "data_type", "comment", "extra_info",
    ),
}  # fmt: skip
_NOT_HERE = ("applicable_roles", "enabled_roles", "role_authorization_descriptors", "roles", "table_privileges")
Row = tuple[str | int | None, ...]
ViewOf = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass(frozen=True)
class CatalogTable:
    """A table without files."""

    columns: tuple[TableColumn, ...]
    rows: Sequence[Row]


def information_schema(name: str, position: str, view_of: ViewOf) -> CatalogTable:
    """One of its tables; QueryFailedError if there is none of that name."""
    if name in _NOT_HERE:
        raise not_supported(f"{SCHEMA}.{name}")
    if name not in _TEXTS:
        raise QueryFailedError(
            "TABLE_NOT_FOUND", f"{position}: Table '{_CATALOG}.{SCHEMA}.{name}' does not exist"
        )  # fmt: skip
    rows: dict[str, Callable[[], Iterator[Row]]] = {
        "schemata": _schemata,
        "tables": _tables,
        "views": lambda: _views(view_of),
        "columns": lambda: _columns(view_of),
    }
    return CatalogTable(tuple(_column(column) for column in _TEXTS[name]), list(rows[name]()))


def properties(table: Mapping[str, Any]) -> CatalogTable:
    """`"orders$properties"`: one row, with a column for each parameter of the table."""
    found = sorted((str(key).lower(), str(value)) for key, value in (table.get("Parameters") or {}).items())
    return CatalogTable(tuple(TableColumn(name, t.VARCHAR) for name, _ in found), [tuple(value for _, value in found)])


def _column(name: str) -> TableColumn:
    return TableColumn(name, t.BIGINT if name == "ordinal_position" else t.VARCHAR)


def _schemata() -> Iterator[Row]:
    yield from (
        (_CATALOG, name) for name in sorted({SCHEMA, *(name.lower() for name in ministack_adapter.database_names())})
    )


def _entries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ministack_adapter.database_names():
        for entry in ministack_adapter.tables(name):
            yield name.lower(), entry


def _tables() -> Iterator[Row]:
    for schema, entry in _entries():
        kind = "VIEW" if entry.get("TableType") == "VIRTUAL_VIEW" else "BASE TABLE"
        yield _CATALOG, schema, str(entry["Name"]).lower(), kind
    for name in _TEXTS:
        yield _CATALOG, SCHEMA, name, "BASE TABLE"


def _views(view_of: ViewOf) -> Iterator[Row]:
    for schema, entry in _entries():
        view = _view(entry, view_of)
        if view is not None:
            yield _CATALOG, schema, str(entry["Name"]).lower(), str(view["originalSql"])


def _columns(view_of: ViewOf) -> Iterator[Row]:
    for schema, entry in _entries():
        name = str(entry["Name"]).lower()
        for place, (column, kind, comment, extra) in enumerate(_columns_of(entry, view_of), 1):
            yield _CATALOG, schema, name, column, place, None, "YES", kind, comment, extra
    for name, columns in _TEXTS.items():
        for place, column in enumerate(columns, 1):
            yield _CATALOG, SCHEMA, name, column, place, None, "YES", str(_column(column).type), None, None


def _columns_of(entry: Mapping[str, Any], view_of: ViewOf) -> Iterator[tuple[str, str, str | None, str | None]]:
    view = _view(entry, view_of)
    if view is not None:
        yield from ((str(own["name"]), str(own["type"]), None, None) for own in view["columns"])
        return
    parts = (
        ((entry.get("StorageDescriptor") or {}).get("Columns"), None),
        (entry.get("PartitionKeys"), "partition key"),
    )
    for columns, extra in parts:
        for own in columns or []:
            yield str(own["Name"]).lower(), _type(str(own.get("Type") or "string")), own.get("Comment") or None, extra


def _view(entry: Mapping[str, Any], view_of: ViewOf) -> Mapping[str, Any] | None:
    """What a view of Athena is; one that something else has made shows the columns that it is registered with."""
    try:
        return view_of(entry)
    except QueryFailedError:
        return None


def _type(text: str) -> str:
    """Trino's name of a column's type; one that cannot be read is shown as it is written."""
    try:
        return str(hive_types.parse(text))
    except (ValueError, QueryFailedError):
        return text
