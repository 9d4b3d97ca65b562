"""Glue's crawlers, classifiers, databases and tables, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from ministack.core import responses
from ministack.services import glue

from local.engine.ministack_adapter.access import require_glue, require_glue_of
from local.engine.ministack_adapter.answers import checked

_KINDS = {"job": "_jobs", "trigger": "_triggers", "workflow": "_workflows", "crawler": "_crawlers"}
_seeded = responses.AccountRegionScopedDict()


def crawlers() -> MutableMapping[str, dict[str, Any]]:
    """Crawlers by name."""
    return glue._crawlers  # type: ignore[no-any-return]


def create_crawler(definition: dict[str, Any], tags: dict[str, str]) -> None:
    """Create a crawler."""
    checked(glue._create_crawler(definition))
    if tags:
        glue._tags[glue._arn("crawler", definition["Name"])] = dict(tags)


def delete_crawler(name: str) -> None:
    """Delete a crawler that exists."""
    checked(glue._delete_crawler({"Name": name}))


def crawler_tags(name: str) -> dict[str, str]:
    """A crawler's tags."""
    return dict(glue._tags.get(glue._arn("crawler", name), {}))


def database_name(name: str) -> str | None:
    """A database as the catalog writes it; Glue folds names to lower case, MiniStack keeps them."""
    found = _folded(glue._databases, name)
    require_glue("glue:GetDatabase", found or name)
    return found


def table(database: str, name: str) -> dict[str, Any] | None:
    """A table of the catalog."""
    key = _folded(glue._tables, f"{database}/{name}")
    require_glue("glue:GetTable", database, (key or name).rpartition("/")[2])
    found: dict[str, Any] | None = glue._tables.get(key)
    return found


def _folded(names: Any, wanted: str) -> str | None:
    if wanted in names:
        return wanted
    return next((str(name) for name in names if name.lower() == wanted.lower()), None)


def create_table(database: str, table_input: dict[str, Any]) -> None:
    """Add a table to the catalog."""
    require_glue("glue:CreateTable", database, str(table_input["Name"]))
    checked(glue._create_table({"DatabaseName": database, "TableInput": table_input}))


def update_table(database: str, table_input: dict[str, Any], *, archive: bool = True) -> None:
    """Replace a table of the catalog; what was there becomes an earlier version, unless it is not to be archived."""
    require_glue("glue:UpdateTable", database, str(table_input["Name"]))
    checked(glue._update_table({"DatabaseName": database, "TableInput": table_input, "SkipArchive": not archive}))


def create_partition_index(table: Mapping[str, Any], index: Mapping[str, Any]) -> None:
    """Add a partition index to a table."""
    require_glue_of("glue:CreatePartitionIndex", table)
    names = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
    checked(glue._create_partition_index({**names, "PartitionIndex": dict(index)}))


def database_names() -> list[str]:
    """All databases, in the order of their names."""
    return sorted(map(str, glue._databases))


def ensure_default_database() -> None:
    """The account has a database `default` from the start; once it is deleted it stays so."""
    if "default" in _seeded:
        return
    _seeded["default"] = True
    if database_name("default") is None:
        # not by create_database, which asks what the query or crawl may do that happens to be first
        database_input = {"Name": "default", "Description": "Default Hive database"}
        checked(glue._create_database({"DatabaseInput": database_input}))


def keep_default_database_over_resets() -> None:
    """Let the database come back with the next request after MiniStack's state is reset."""
    original = glue.reset

    def reset() -> None:
        original()
        _seeded.clear()

    glue.reset = reset


def databases() -> MutableMapping[str, dict[str, Any]]:
    """Databases by name."""
    return glue._databases  # type: ignore[no-any-return]


def create_database(database_input: dict[str, Any], tags: Mapping[str, str] | None = None) -> None:
    """Add a database to the catalog."""
    require_glue("glue:CreateDatabase", str(database_input["Name"]))
    checked(glue._create_database({"DatabaseInput": database_input, "Tags": dict(tags or {})}))


def delete_database(name: str) -> None:
    """Delete a database and all that is in it."""
    require_glue("glue:DeleteDatabase", name)
    checked(glue._delete_database({"Name": name}))


def tables(database: str) -> list[dict[str, Any]]:
    """A database's tables, in the order of their names."""
    require_glue("glue:GetTables", database, "*")
    found = [entry for key, entry in list(glue._tables.items()) if key.lower().startswith(f"{database.lower()}/")]
    return sorted(found, key=lambda entry: str(entry["Name"]))


def delete_table(database: str, name: str) -> None:
    """Delete a table and its partitions."""
    key = _folded(glue._tables, f"{database}/{name}") or f"{database}/{name}"
    owner, _, own = key.partition("/")
    require_glue("glue:DeleteTable", owner, own)
    checked(glue._delete_table({"DatabaseName": owner, "Name": own}))


def classifier(name: str) -> dict[str, dict[str, Any]] | None:
    """A classifier by its kind (`CsvClassifier` ...)."""
    found: dict[str, dict[str, Any]] | None = glue._classifiers.get(name)
    return found


def glue_entries(kind: str) -> Mapping[str, dict[str, Any]]:
    """Jobs, triggers, workflows or crawlers by name."""
    found: Mapping[str, dict[str, Any]] = getattr(glue, _KINDS[kind])
    return found


def user_defined_functions() -> list[dict[str, Any]]:
    """The user-defined functions of all databases, by database and name."""
    return [entry for _, entry in sorted(glue._user_defined_functions.items())]


def partition_indexes(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table's partition indexes, to be changed in place."""
    found: list[dict[str, Any]] = glue._partition_indexes.setdefault(f"{table['DatabaseName']}/{table['Name']}", [])
    return found
