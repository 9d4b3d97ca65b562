"""SHOW and DESCRIBE. Their results have no header; Hive pads names to 20 characters."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena.data import layout
from local.engine.athena.data.hive_paths import partition_name
from local.engine.athena.data.tables import view_of
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableRequest
from local.engine.athena.results import Result, of_lines
from local.engine.athena.session import Run
from local.engine.athena.statements.formatting import formatted
from local.engine.athena.statements.words import ANY, Words, existing_database, existing_table, typed_table
from local.engine.athena.types import Type

_TEXT = Type("string")
_DEFAULT_FORMAT = ("serialization.format", "1")


def databases(run: Run, text: str) -> Result:
    """SHOW DATABASES [LIKE 'a*']."""
    words = Words(text)
    words.take(), words.take()
    return of_lines("database_name", _like(words, [name.lower() for name in ministack_adapter.database_names()]))


def tables(run: Run, text: str) -> Result:
    """SHOW TABLES [IN database] ['a*|b*']."""
    words = Words(text)
    words.need("SHOW TABLES")
    database = _in(words, run)
    return of_lines("tab_name", _like(words, [str(entry["Name"]) for entry in ministack_adapter.tables(database)]))


def views(run: Run, text: str) -> Result:
    """SHOW VIEWS [IN database] [LIKE 'a*']."""
    words = Words(text, ANY)
    words.need("SHOW VIEWS")
    found = [entry for entry in ministack_adapter.tables(_in(words, run)) if entry.get("TableType") == "VIRTUAL_VIEW"]
    return of_lines("views", _like(words, [str(entry["Name"]) for entry in found]))


def columns(run: Run, text: str) -> Result:
    """SHOW COLUMNS IN table [IN database]."""
    words = Words(text)
    words.need("SHOW COLUMNS")
    words.take()
    database, name = words.table(run.database)
    if words.has("IN") or words.has("FROM"):
        database = words.name()
    words.end()
    entry = existing_table(database, name)
    return of_lines("field", [f"{column['Name']:<20}" for column in _columns(entry)])


def partitions(run: Run, text: str) -> Result:
    """SHOW PARTITIONS table: `year=2024/month=01`."""
    words = Words(text)
    words.need("SHOW PARTITIONS")
    database, name = words.table(run.database)
    words.end()
    entry: Any = existing_table(database, name)
    names = [str(column["Name"]).lower() for column in entry.get("PartitionKeys") or []]
    if not names:
        message = f"SemanticException [Error 10241]: Table {database}.{name} is not a partitioned table"
        raise QueryFailedError("FAILED", message)
    found = layout.partitions(entry, TableRequest(database, name, "line 1:1"))
    return of_lines("partition", [partition_name(names, partition.values) for partition in found])


def describe(run: Run, text: str) -> Result:
    """DESCRIBE [EXTENDED | FORMATTED] table: name, type and comment, tabs between them."""
    words = Words(text)
    words.take()
    if words.has("EXTENDED") or words.has("FORMATTED"):
        raise QueryFailedError("NOT_SUPPORTED", "the local engine does not know DESCRIBE EXTENDED and FORMATTED")
    words.has("TABLE")
    database, name = words.table(run.database)
    words.end()
    entry: Any = existing_table(database, name)
    lines = [_described(column) for column in _columns(entry)]
    keys = entry.get("PartitionKeys") or []
    if keys:
        lines += ["\t \t ", "# Partition Information\t \t ", _padded("# col_name", "data_type", "comment"), "\t \t "]
        lines += [_described(column) for column in keys]
    return Result(["col_name", "data_type", "comment"], [_TEXT] * 3, [[line] for line in lines])


def properties(run: Run, text: str) -> Result:
    """SHOW TBLPROPERTIES table [('name')]."""
    words = Words(text)
    words.need("SHOW TBLPROPERTIES")
    database, name = words.table(run.database)
    entry: Any = existing_table(database, name)
    known = {str(key): str(value) for key, value in (entry.get("Parameters") or {}).items()}
    if words.has("("):
        wanted = words.string()
        return of_lines("prpt_name", [known.get(wanted, f"Table {database}.{name} does not have property: {wanted}")])
    return Result(
        ["prpt_name", "prpt_value"], [_TEXT] * 2, [[f"{key}\t{value}"] for key, value in sorted(known.items())]
    )


def create_table(run: Run, text: str) -> Result:
    """SHOW CREATE TABLE: the statement, a row per line, as awswrangler's tests find it on AWS."""
    words = Words(text)
    words.need("SHOW CREATE TABLE")
    database, name = words.table(run.database)
    words.end()
    entry: Any = typed_table(database, name)
    descriptor = entry["StorageDescriptor"]
    serde = descriptor.get("SerdeInfo") or {}
    lines = [f"CREATE EXTERNAL TABLE `{entry['Name']}`("]
    lines += _listed(_shown(column) for column in descriptor.get("Columns") or [])
    if entry.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_listed(_shown(column) for column in entry["PartitionKeys"])]
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    # Hive leaves out the default
    shown = {name: own for name, own in (serde.get("Parameters") or {}).items() if (name, own) != _DEFAULT_FORMAT}
    if shown:
        lines += ["WITH SERDEPROPERTIES ( ", *_listed(_pairs(shown))]
    lines += ["STORED AS INPUTFORMAT ", f"  '{descriptor.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{descriptor.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{descriptor.get('Location', '')}'"]
    if entry.get("Parameters"):
        lines += ["TBLPROPERTIES (", *_listed(_pairs(entry["Parameters"]))]
    return of_lines("createtab_stmt", lines)


def create_view(run: Run, text: str) -> Result:
    """SHOW CREATE VIEW."""
    words = Words(text, ANY)
    words.need("SHOW CREATE VIEW")
    database, name = words.table(run.database)
    words.end()
    view = view_of(existing_table(database, name))
    if view is None:
        raise QueryFailedError("NOT_SUPPORTED", f"Relation '{database}.{name}' is a table, not a view")
    return of_lines("create view", [f"CREATE VIEW {database}.{name} AS", *formatted(view["originalSql"]).splitlines()])


def _in(words: Words, run: Run) -> str:
    named = words.name() if words.has("IN") or words.has("FROM") else run.database or "default"
    return existing_database(named)


def _like(words: Words, names: list[str]) -> list[str]:
    """Hive's patterns: * for anything, | for or."""
    words.has("LIKE")
    if words.is_done:
        return sorted(names)
    patterns = words.string().lower().split("|")
    words.end()
    return sorted(name for name in names if any(fnmatchcase(name.lower(), pattern.strip()) for pattern in patterns))


def _columns(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    view = view_of(entry)
    if view is not None:
        return [{"Name": column["name"], "Type": column["type"]} for column in view["columns"]]
    return [*((entry.get("StorageDescriptor") or {}).get("Columns") or []), *(entry.get("PartitionKeys") or [])]


def _described(column: Mapping[str, Any]) -> str:
    return _padded(str(column["Name"]), str(column.get("Type") or "string"), str(column.get("Comment") or ""))


def _padded(*cells: str) -> str:
    return "\t".join(f"{cell:<20}" for cell in cells)


def _shown(column: Mapping[str, Any]) -> str:
    comment = f" COMMENT '{column['Comment']}'" if column.get("Comment") else ""
    return f"`{column['Name']}` {column.get('Type', 'string')}{comment}"


def _pairs(parameters: Mapping[str, Any]) -> list[str]:
    return [f"'{key}'='{value}'" for key, value in sorted(parameters.items())]


def _listed(items: Any) -> list[str]:
    shown = [f"  {item}, " for item in items]
    return [*shown[:-1], f"{shown[-1].rstrip(', ')})"] if shown else []


def encoded_view(definition: Mapping[str, Any]) -> str:
    """How the catalog keeps a view of Athena."""
    return f"/* Presto View: {base64.b64encode(json.dumps(definition).encode()).decode()} */"
