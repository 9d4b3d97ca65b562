"""Athena's operations on data catalogs, databases and tables: the Glue catalog in Athena's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import name_pattern
from local.engine.errors import ApiError
from local.engine.pages import page

CATALOG = "awsdatacatalog"
_INVALID, _METADATA = "InvalidRequestException", "MetadataException"
_PAGE = 50


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {
        "GetDataCatalog": get_data_catalog,
        "ListDataCatalogs": list_data_catalogs,
        "GetDatabase": get_database,
        "ListDatabases": list_databases,
        "GetTableMetadata": get_table_metadata,
        "ListTableMetadata": list_table_metadata,
    }


def get_data_catalog(request: dict[str, Any]) -> dict[str, Any]:
    """One data catalog by its name, whatever its case."""
    return {"DataCatalog": _catalog(str(request["Name"]), _INVALID)}


def list_data_catalogs(request: dict[str, Any]) -> dict[str, Any]:
    """All data catalogs."""
    found = [
        {"CatalogName": entry["Name"], "Type": entry["Type"]}
        for _, entry in sorted(ministack_adapter.data_catalogs().items())
    ]
    return page(
        "DataCatalogsSummary", found, request, _PAGE, key=lambda entry: str(entry["CatalogName"]), code=_INVALID
    )


def get_database(request: dict[str, Any]) -> dict[str, Any]:
    """One database."""
    _check_catalog(request)
    return {"Database": _shown_database(_database(request))}


def list_databases(request: dict[str, Any]) -> dict[str, Any]:
    """All databases by name."""
    _check_catalog(request)
    found = [entry for _, entry in sorted(ministack_adapter.databases().items())]
    answer = page("DatabaseList", found, request, _PAGE, key=lambda entry: str(entry["Name"]), code=_INVALID)
    answer["DatabaseList"] = [_shown_database(entry) for entry in answer["DatabaseList"]]
    return answer


def get_table_metadata(request: dict[str, Any]) -> dict[str, Any]:
    """One table or view."""
    _check_catalog(request)
    found = ministack_adapter.table(str(_database(request)["Name"]), str(request["TableName"]))
    if found is None:
        raise _missing()
    return {"TableMetadata": _shown_table(found)}


def list_table_metadata(request: dict[str, Any]) -> dict[str, Any]:
    """A database's tables and views by name; Expression is a regular expression for the whole name."""
    _check_catalog(request)
    found = ministack_adapter.tables(str(_database(request)["Name"]))
    if request.get("Expression"):
        pattern = name_pattern(str(request["Expression"]), _INVALID)
        found = [entry for entry in found if pattern.fullmatch(str(entry["Name"]))]
    answer = page("TableMetadataList", found, request, _PAGE, key=lambda entry: str(entry["Name"]), code=_INVALID)
    answer["TableMetadataList"] = [_shown_table(entry) for entry in answer["TableMetadataList"]]
    return answer


def is_glue_catalog(name: str) -> bool:
    """Whether a name means the account's Glue catalog."""
    return name.lower() == CATALOG


def _catalog(name: str, code: str) -> Mapping[str, Any]:
    for known, entry in ministack_adapter.data_catalogs().items():
        if str(known).lower() == name.lower():
            return {member: value for member, value in entry.items() if value not in (None, "")}
    raise ApiError(code, f"Data catalog {name} was not found")


def _check_catalog(request: Mapping[str, Any]) -> None:
    name = str(request["CatalogName"])
    _catalog(name, _METADATA)
    if not is_glue_catalog(name):
        raise ApiError(_METADATA, f"NOT_SUPPORTED: the local engine knows {CATALOG} only, not the catalog {name}")


def _database(request: Mapping[str, Any]) -> Mapping[str, Any]:
    known = ministack_adapter.database_name(str(request["DatabaseName"]))
    if known is None:
        raise _missing()
    return ministack_adapter.databases()[known]


def _missing() -> ApiError:
    detail = "Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException"
    return ApiError(_METADATA, f"EntityNotFoundException: Entity Not Found ({detail})")


def _shown_database(entry: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": entry["Name"]}
    if entry.get("Description"):
        shown["Description"] = entry["Description"]
    return shown | ({"Parameters": entry["Parameters"]} if entry.get("Parameters") else {})


def _shown_table(entry: Mapping[str, Any]) -> dict[str, Any]:
    descriptor = entry.get("StorageDescriptor") or {}
    times = {name: entry[name] for name in ("CreateTime", "LastAccessTime") if entry.get(name) is not None}
    return {
        "Name": entry["Name"],
        **times,
        **({"TableType": entry["TableType"]} if entry.get("TableType") else {}),
        "Columns": [_column(column) for column in descriptor.get("Columns") or []],
        "PartitionKeys": [_column(column) for column in entry.get("PartitionKeys") or []],
        "Parameters": dict(entry.get("Parameters") or {}) | _parameters_of_storage(descriptor),
    }


def _parameters_of_storage(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """Where and how the data is kept, which Athena puts among the table's parameters."""
    serde = descriptor.get("SerdeInfo") or {}
    own = {
        "inputformat": descriptor.get("InputFormat"),
        "location": descriptor.get("Location"),
        "outputformat": descriptor.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()},
    }
    return {name: str(value) for name, value in own.items() if value}


def _column(column: Mapping[str, Any]) -> dict[str, str]:
    shown = {"Name": str(column["Name"]), "Type": str(column.get("Type") or "string")}
    return shown | ({"Comment": str(column["Comment"])} if column.get("Comment") else {})
