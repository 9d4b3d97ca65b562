"""Runs one statement and gives its result."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from local.engine import seams
from local.engine.athena import results, semantics, sql, tables
from local.engine.athena.failures import QueryCancelledError, QueryFailedError, not_supported
from local.engine.athena.results import Result

_SETTINGS = {
    "threads": "2",
    "memory_limit": "'1GB'",
    # Athena divides whole numbers to whole numbers
    "integer_division": "true",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


@dataclass
class Run:
    """A query while it runs."""

    statement: sql.Statement
    database: str
    cutoff: int | None = None
    scanned: int = 0
    connection: Any = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """End it as soon as possible."""
        self.cancelled.set()
        connection = self.connection
        if connection is not None:
            connection.interrupt()


def execute(run: Run) -> Result:
    """The result; QueryFailedError or QueryCancelledError if there is none."""
    if run.statement.tree is None:
        return _definition(run)
    directory = Path(tempfile.mkdtemp(prefix="landfall-query-"))
    try:
        return _query(run, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _definition(run: Run) -> Result:
    try:
        done = run.statement.defines_table and seams.run_ddl(run.statement.text, run.database or "default")
    except ValueError as error:
        raise QueryFailedError("FAILED", f"Execution Error: {error}") from error
    if not done:
        raise not_supported("statements of this kind")
    return Result()


def _query(run: Run, directory: Path) -> Result:
    views: dict[tuple[str, str], str] = {}
    selects: dict[str, str] = {}

    def relation(name: sql.TableName) -> str:
        key = (name.database, name.name)
        if key not in views:
            table = tables.find(name)
            files = tables.files_of(table)
            _refuse_above_cutoff(run, sum(item.size for _, item in files))
            view = f"t{len(views)}"
            source = tables.source(table, files, directory / view)
            views[key], selects[view] = view, source.select
            run.scanned += source.scanned
        return views[key]

    query = sql.to_duckdb(run.statement, run.database, relation)
    with duckdb.connect(":memory:") as connection:
        run.connection = connection
        try:
            _prepare(connection, directory, selects)
            if run.cancelled.is_set():
                raise QueryCancelledError("Query cancelled by user")
            return _result(connection.execute(query))
        except duckdb.InterruptException as error:
            raise QueryCancelledError("Query cancelled by user") from error
        except duckdb.Error as error:
            raise _failure(run.statement, error) from error
        finally:
            run.connection = None


def _refuse_above_cutoff(run: Run, more: int) -> None:
    if run.cutoff is not None and run.scanned + more > run.cutoff:
        raise QueryCancelledError("Query cancelled! : Bytes scanned limit was exceeded")


def _prepare(connection: Any, directory: Path, selects: dict[str, str]) -> None:
    for name, value in _SETTINGS.items():
        connection.execute(f"SET {name} = {value}")
    connection.execute(f"SET temp_directory = '{directory / 'spill'}'")
    # a query reads the copies of its own tables and nothing else of this machine
    connection.execute(f"SET allowed_directories = ['{directory}/']")
    connection.execute("SET enable_external_access = false")
    for macro in semantics.macros():
        connection.execute(macro)
    for view, select in selects.items():
        connection.execute(f"CREATE VIEW {view} AS {select}")
    connection.execute("SET lock_configuration = true")


def _result(cursor: Any) -> Result:
    names, types = [], []
    for name, kind, *_ in cursor.description or []:
        known = results.athena_type(str(kind))
        if known is None:
            raise not_supported(f"results of the type {kind}")
        names.append(str(name))
        types.append(known)
    return Result(sql.output_names(names), types, results.rows_as_text(cursor.fetchall()))


_MISSING_COLUMN = re.compile(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"')
_MISSING_TABLE = re.compile(r'Referenced table "([^"]+)" not found')
# what the macros of semantics.py raise
_OURS = re.compile(r"(DIVISION_BY_ZERO|INVALID_CAST_ARGUMENT): (.*)")
_NOT_GROUPED = re.compile(r'column "?([^"]+?)"? must appear in the GROUP BY clause')


def _failure(statement: sql.Statement, error: duckdb.Error) -> QueryFailedError:
    """DuckDB's error in Athena's words, as far as it is known that Athena would say the same."""
    message = str(error)
    first = message.splitlines()[0]
    if found := _MISSING_COLUMN.search(message):
        return _no_column(statement, found[1] or found[2])
    if found := _MISSING_TABLE.search(message):
        return _no_column(statement, sql.column_of_table(statement, found[1]), found[1])
    if found := _NOT_GROUPED.search(message):
        position = sql.column_position(statement, found[1])
        return QueryFailedError(
            "EXPRESSION_NOT_AGGREGATE",
            f"{position}: '{found[1]}' must be an aggregate expression or appear in GROUP BY clause",
        )
    if found := _OURS.search(message):
        return QueryFailedError(found[1], found[2])
    if isinstance(error, duckdb.ConversionException):
        return QueryFailedError("INVALID_CAST_ARGUMENT", first)
    if isinstance(error, duckdb.BinderException):
        return QueryFailedError("SYNTAX_ERROR", f"{first} (the local engine)")
    return QueryFailedError("NOT_SUPPORTED", f"the local engine cannot run this query: {first}")


def _no_column(statement: sql.Statement, name: str, table: str = "") -> QueryFailedError:
    full = f"{table}.{name}" if table else name
    return QueryFailedError(
        "COLUMN_NOT_FOUND",
        f"{sql.column_position(statement, name, table)}: Column '{full}' cannot be resolved or requester is not "
        "authorized to access requested resources",
    )
