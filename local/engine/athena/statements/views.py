"""Views: the catalog keeps their text, and a query of a view compiles it anew."""

from __future__ import annotations

from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import parser
from local.engine.athena.data.tables import view_of
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.results import Result
from local.engine.athena.session import Run, Session
from local.engine.athena.statements import hive
from local.engine.athena.statements.shows import encoded_view
from local.engine.athena.statements.words import TRINO, Words, existing_database


def create(run: Run, text: str) -> Result:
    """CREATE [OR REPLACE] VIEW name AS query. The query must be right when the view is made."""
    words = Words(text, TRINO)
    words.need("CREATE")
    replace = words.has("OR REPLACE")
    words.need("VIEW")
    database, name = words.table(run.database)
    words.need("AS")
    query = words.rest()
    known = existing_database(database)
    entry = ministack_adapter.table(known, name)
    if entry is not None and (not replace or view_of(entry) is None):
        raise QueryFailedError("ALREADY_EXISTS", f"line 1:1: View already exists: 'awsdatacatalog.{database}.{name}'")
    with Session(run) as session:
        outputs = session.compile(query, _tree(query)).outputs
    if any(output.name is None for output in outputs):
        raise QueryFailedError("MISSING_COLUMN_NAME", "line 1:1: Column name not specified in CREATE VIEW")
    columns = [{"name": output.name, "type": str(output.type)} for output in outputs]
    definition = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": run.database or known,
        "columns": columns,
    }
    table: dict[str, Any] = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": output.name, "Type": hive.type_name(output.type)} for output in outputs],
            "SerdeInfo": {},
        },
        "ViewOriginalText": encoded_view(definition),
        "ViewExpandedText": "/* Presto View */",
    }
    (ministack_adapter.create_table if entry is None else ministack_adapter.update_table)(known, table)
    return Result()


def drop(run: Run, text: str) -> Result:
    """DROP VIEW [IF EXISTS] name."""
    words = Words(text, TRINO)
    words.need("DROP VIEW")
    lenient = words.has("IF EXISTS")
    database, name = words.table(run.database)
    words.end()
    entry = ministack_adapter.table(database, name) if ministack_adapter.database_name(database) is not None else None
    if entry is None and lenient:
        return Result()
    if entry is None or view_of(entry) is None:
        message = f"line 1:1: View 'awsdatacatalog.{database}.{name}' does not exist"
        raise QueryFailedError("TABLE_NOT_FOUND", message)
    ministack_adapter.delete_table(database, name)
    return Result()


def _tree(query: str) -> Any:
    try:
        return parser.parse_query(query)
    except parser.MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
