"""One statement's DuckDB: the compiled query, its tables, its result and why it failed."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb

from local.engine.athena import parser
from local.engine.athena.data.files import PROTOCOL, ObjectFiles
from local.engine.athena.data.tables import Tables
from local.engine.athena.failures import QueryCancelledError, QueryFailedError
from local.engine.athena.functions import macros, python
from local.engine.athena.query.grammar import compile_query
from local.engine.athena.query.scope import Compiled
from local.engine.athena.results import Result, rows_as_text

T = TypeVar("T")
_SETTINGS = {
    "threads": "2",
    "memory_limit": "'1GB'",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


@dataclass
class Run:
    """A statement while it runs."""

    statement: parser.Statement
    database: str
    cutoff: int | None = None
    query_id: str = ""
    workgroup: str = "primary"
    output: str = ""
    """The folder of results, with a slash."""
    parameters: tuple[str, ...] = ()
    """ExecutionParameters."""
    catalog: str = ""
    """The catalog of the query's context, in lower case."""
    scanned: int = 0
    planning: float = 0.0
    """Seconds that compiling has taken."""
    connection: Any = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    over_cutoff: bool = False

    def cancel(self) -> None:
        """End it as soon as possible."""
        self.cancelled.set()
        connection = self.connection
        if connection is not None:
            connection.interrupt()

    def count(self, size: int) -> None:
        """Bytes have been read."""
        self.scanned += size
        if self.cutoff is not None and self.scanned > self.cutoff:
            self.over_cutoff = True
            raise QueryCancelledError("Query cancelled! : Bytes scanned limit was exceeded")


class Session:
    """A connection for one statement; nothing of this machine can be reached from it but its own directory."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.now = datetime.now(UTC)

    def __enter__(self) -> Session:
        self.directory = Path(tempfile.mkdtemp(prefix="landfall-query-"))
        self.connection = duckdb.connect(":memory:")
        self._store = ObjectFiles(self._run.count)
        prepare(self.connection, self.directory, self._store)
        self._tables = Tables(self.connection, self._store)
        self._run.connection = self.connection
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run.connection = None
        self.connection.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def compile(self, text: str, tree: Any) -> Compiled:
        """DuckDB's query for Athena's; the tables that it names are views of this connection afterwards."""
        begun = time.monotonic()
        try:
            return self._guarded(lambda: compile_query(text, tree, self._run.database, self._tables.relation, self.now))
        finally:
            self._run.planning += time.monotonic() - begun

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Run DuckDB's query; QueryFailedError or QueryCancelledError if it ends otherwise."""

        def work() -> list[tuple[Any, ...]]:
            needed = macros.needed(sql)
            python.register(self.connection, "".join([sql, *needed]))
            for macro in needed:
                self.connection.execute(macro)
            if self._run.cancelled.is_set():
                raise QueryCancelledError("Query cancelled by user")
            return list(self.connection.execute(sql).fetchall())

        return self._guarded(work)

    def result(self, compiled: Compiled) -> Result:
        """The rows as Athena prints them."""
        rows = self.fetch(compiled.sql)
        kinds = [output.type for output in compiled.outputs]
        names = [output.name or f"_col{index}" for index, output in enumerate(compiled.outputs)]
        return Result(names, kinds, rows_as_text(rows, kinds), is_query=True)

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except duckdb.InterruptException as error:
            raise QueryCancelledError("Query cancelled by user") from error
        except duckdb.Error as error:
            if self._run.cancelled.is_set():
                # what DuckDB says of a result that an interruption has closed
                raise QueryCancelledError("Query cancelled by user") from error
            if self._run.over_cutoff:
                raise QueryCancelledError("Query cancelled! : Bytes scanned limit was exceeded") from error
            raise failure(error) from error


def prepare(connection: Any, directory: Path, store: ObjectFiles) -> None:
    """Settings; what can be reached is closed for good."""
    for name, value in _SETTINGS.items():
        connection.execute(f"SET {name} = {value}")
    connection.execute(f"SET temp_directory = '{directory / 'spill'}'")
    connection.register_filesystem(store)
    connection.execute(f"SET allowed_directories = ['{directory}/', '{PROTOCOL}://']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


# what the macros and Python functions raise
_OURS = re.compile(rf"{macros.FAILED}([A-Z_]+): (.*?)(?:' to BOOL(?=\n|$)|\n|$)", re.DOTALL)
_CAST = re.compile(r"Type (\w+) with value (\S+) can't be cast .* destination type (\w+)")
_NAMES = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


# what DuckDB says, and Athena's code and words for it; {0} is the first group
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"Overflow in (\w+ of) \w+ \((.*?)\)", "NUMERIC_VALUE_OUT_OF_RANGE", "overflow in {0}: {1}"),
    (
        r"Invalid (?:RANGE|ROWS|GROUPS) (PRECEDING|FOLLOWING) value",
        "INVALID_WINDOW_FRAME",
        "Window frame {0} value must not be negative or null",
    ),
    (
        "More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    ("QUANTILE can only take parameters", "INVALID_FUNCTION_ARGUMENT", "Percentile must be between 0 and 1"),
    ("Map keys must be unique", "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"),
    ("Map keys can not be NULL", "INVALID_FUNCTION_ARGUMENT", "map key cannot be null"),
)


def failure(error: duckdb.Error) -> QueryFailedError:
    """DuckDB's error in Athena's words, as far as it is known that Athena would say the same."""
    message = str(error)
    first = message.splitlines()[0]
    if found := _OURS.search(message):
        return QueryFailedError(found[1], found[2])
    for pattern, code, words in _KNOWN:
        if found := re.search(pattern, message):
            return QueryFailedError(code, words.format(*found.groups()))
    if found := _CAST.search(message):
        name = _NAMES.get(found[3], found[3].lower())
        code = "NUMERIC_VALUE_OUT_OF_RANGE" if found[1] == "INT128" else "INVALID_CAST_ARGUMENT"
        return QueryFailedError(code, f"Out of range for {name}: {found[2]}")
    if isinstance(error, duckdb.OutOfRangeException):
        return QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", first.partition(": ")[2])
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailedError("EXCEEDED_MEMORY_LIMIT", f"the local engine's memory is used up: {first}", category=1)
    if isinstance(error, duckdb.ConversionException):
        return QueryFailedError("INVALID_CAST_ARGUMENT", first)
    return QueryFailedError("NOT_SUPPORTED", f"the local engine cannot run this query: {first}")
