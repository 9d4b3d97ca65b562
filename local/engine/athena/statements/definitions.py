"""DDL: databases, tables and partitions of the catalog. Data is never deleted by it."""

from __future__ import annotations

import re
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena.data import hive_paths, open_csv, repair
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.results import Result, of_lines
from local.engine.athena.session import Run
from local.engine.athena.statements import columns
from local.engine.athena.statements.words import Words, existing_database, existing_table, typed_table
from local.engine.errors import ApiError

_STRING = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_HIVE = "org.apache.hadoop.hive.ql.io"


def create_database(run: Run, text: str) -> Result:
    """CREATE DATABASE [IF NOT EXISTS] name [COMMENT ''] [LOCATION ''] [WITH DBPROPERTIES (…)]."""
    words = Words(text)
    words.take(), words.take()
    lenient = words.has("IF NOT EXISTS")
    name = words.name()
    wanted: dict[str, Any] = {"Name": name}
    while not words.is_done:
        if words.has("COMMENT"):
            wanted["Description"] = words.string()
        elif words.has("LOCATION"):
            wanted["LocationUri"] = words.string()
        elif words.has("WITH DBPROPERTIES"):
            wanted["Parameters"] = pairs(words)
        else:
            raise words.wrong("Expecting: COMMENT, LOCATION or WITH DBPROPERTIES")
    if ministack_adapter.database_name(name) is None:
        ministack_adapter.create_database(wanted)
    elif not lenient:
        raise _execution_error(f"Database {name} already exists")
    return Result()


def drop_database(run: Run, text: str) -> Result:
    """DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]."""
    words = Words(text)
    words.take(), words.take()
    lenient = words.has("IF EXISTS")
    name = words.name()
    cascade = words.has("CASCADE")
    words.has("RESTRICT")
    words.end()
    if lenient and ministack_adapter.database_name(name) is None:
        return Result()
    known = existing_database(name)
    if ministack_adapter.tables(known) and not cascade:
        raise _execution_error(
            f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
        )
    ministack_adapter.delete_database(known)
    return Result()


def create_table(run: Run, text: str) -> Result:
    """CREATE EXTERNAL TABLE. The catalog's entry is made by MiniStack."""
    database = run.database or "default"
    text = _without_escaped_quotes(text)
    words = Words(text)
    words.need("CREATE EXTERNAL TABLE")
    lenient = "IF NOT EXISTS" if words.has("IF NOT EXISTS") else ""
    known, name = words.table(database)
    known = existing_database(known)
    ministack_adapter.require_glue("glue:CreateTable", known, name)
    if words.peek().text != "(":
        raise not_supported("a CREATE EXTERNAL TABLE without columns")
    own = columns.read(words)
    before, keys, after = _partitioned_by(words)
    columns.refuse_repeated(own, keys)
    if re.search(r"\bLOCATION\b", text, re.IGNORECASE) is None:
        raise _execution_error("MetaException(message:Table must have a LOCATION)")
    # MiniStack reads the clauses; names and types are read already
    rest = f"CREATE EXTERNAL TABLE {lenient} `{known}`.`{name}` (a int) {before} {after}"

    def amend(made: dict[str, Any]) -> dict[str, Any]:
        place = hive_paths.without_empty_folders(str(made["location"]))
        return {"columns": own, "partition_keys": keys, "location": place, **_as_athena(made)}

    try:
        if not ministack_adapter.run_ddl(rest, database, amend):
            raise not_supported("a clause of this CREATE EXTERNAL TABLE")
    except ValueError as error:
        raise _execution_error(str(error)) from error
    return Result()


def _as_athena(made: dict[str, Any]) -> dict[str, Any]:
    """Clauses that Athena keeps otherwise than MiniStack. Source: PyAthena's tests, which run on AWS."""
    changed = {}
    if made.get("comment"):
        changed["comment"] = re.sub(r"\s+", " ", str(made["comment"]))
    if made.get("output_format") == f"{_HIVE}.IgnoreKeyTextOutputFormat" and made.get("serde") == open_csv.SERDE:
        changed["output_format"] = f"{_HIVE}.HiveIgnoreKeyTextOutputFormat"
    return changed


def _without_escaped_quotes(text: str) -> str:
    """Hive's escaped quotes doubled, which is how we and MiniStack read them."""
    doubled = {"'": "''", '"': '"'}

    def plain(found: re.Match[str]) -> str:
        inner = re.sub(r"\\(.)", lambda sign: doubled.get(sign[1], sign[0]), found[0][1:-1], flags=re.DOTALL)
        return f"'{inner}'"

    return _STRING.sub(plain, text)


def _partitioned_by(words: Words) -> tuple[str, list[dict[str, Any]], str]:
    """The clauses before PARTITIONED BY, its columns, and the clauses after it."""
    start = words.peek().start
    if not columns.skip_to(words, "PARTITIONED BY"):
        return words.statement[start:].strip().rstrip(";"), [], ""
    end = words.statement.upper().rindex("PARTITIONED", start, words.peek().start)
    keys = columns.read(words)
    return words.statement[start:end], keys, words.rest()


def drop_table(run: Run, text: str) -> Result:
    """DROP TABLE [IF EXISTS] name."""
    words = Words(text)
    words.need("DROP TABLE")
    lenient = words.has("IF EXISTS")
    database, name = words.table(run.database)
    words.end()
    if lenient and (
        ministack_adapter.database_name(database) is None or ministack_adapter.table(database, name) is None
    ):
        return Result()
    existing_table(database, name)
    ministack_adapter.delete_table(database, name)
    return Result()


def repair_table(run: Run, text: str) -> Result:
    """MSCK REPAIR TABLE name: folders named as partitions are registered; none is taken away.

    Names that differ from the keys in case are listed only: the Athena guide says that they are detected, not added.
    """
    words = Words(text)
    words.need("MSCK REPAIR TABLE")
    database, name = words.table(run.database)
    words.end()
    entry: Any = typed_table(database, name)
    registered = {tuple(map(str, item["Values"])): item for item in ministack_adapter.partitions(entry)}
    found = repair.find(entry)
    new = [item for item in sorted(found.partitions.items()) if item[0] not in registered]
    names = [str(column["Name"]).lower() for column in entry.get("PartitionKeys") or []]
    for values, place in new:
        add_partition(entry, list(values), place)
    added = [f"{name}:{hive_paths.partition_name(names, values)}" for values, _ in new]
    gone = [f"{name}:{hive_paths.partition_name(names, values)}" for values in _gone(entry, registered, found)]
    lines = [
        f"{title}:\t{chr(9).join(items)}"
        for title, items in (
            ("Partitions not in metastore", [*added, *(f"{name}:{folder}" for folder in sorted(found.detected))]),
            ("Partitions missing from filesystem", gone),
        )
        if items
    ]
    return of_lines("result", [*lines, *(f"Repair: Added partition to metastore {item}" for item in added)])


def _gone(entry: Any, registered: dict[tuple[str, ...], Any], found: repair.Folders) -> list[tuple[str, ...]]:
    """The partitions below the table's location that have no folder any more; they stay registered."""
    root = f"{str(entry['StorageDescriptor']['Location']).rstrip('/')}/"
    places = {values: str(item["StorageDescriptor"]["Location"]).rstrip("/") for values, item in registered.items()}
    return [values for values, place in places.items() if place.startswith(root) and place not in found.locations]


def alter_table(run: Run, text: str) -> Result:
    """ALTER TABLE name ADD | DROP PARTITION, ADD COLUMNS, SET TBLPROPERTIES, SET LOCATION."""
    words = Words(text)
    words.need("ALTER TABLE")
    database, name = words.table(run.database)
    entry: Any = existing_table(database, name)
    if words.has("ADD"):
        lenient = words.has("IF NOT EXISTS")
        if words.has("COLUMNS"):
            return _add_columns(entry, words)
        return _add_partitions(entry, words, lenient)
    if words.has("DROP"):
        return _drop_partitions(entry, words, words.has("IF EXISTS"))
    if words.has("SET TBLPROPERTIES"):
        return _update(entry, Parameters={**(entry.get("Parameters") or {}), **pairs(words)})
    if words.has("SET LOCATION"):
        place = hive_paths.without_empty_folders(words.string())
        return _update(entry, StorageDescriptor={**entry["StorageDescriptor"], "Location": place})
    raise not_supported("this ALTER TABLE")


def add_partition(entry: Any, values: list[str], place: str) -> None:
    """Register a partition with the table's own format."""
    descriptor = {**entry["StorageDescriptor"], "Location": place}
    ministack_adapter.create_partition(entry, {"Values": values, "StorageDescriptor": descriptor, "Parameters": {}})


def _add_partitions(entry: Any, words: Words, lenient: bool) -> Result:
    while words.has("PARTITION"):
        values = _partition(entry, words)
        place = words.string() if words.has("LOCATION") else _default_place(entry, values)
        try:
            add_partition(entry, values, hive_paths.without_empty_folders(place).removesuffix("/"))
        except ApiError as error:
            if error.code != "AlreadyExistsException":
                raise
            if not lenient:
                raise _execution_error(f"AlreadyExistsException(message:Partition already exists {values})") from error
        words.has(",")
    words.end()
    return Result()


def _drop_partitions(entry: Any, words: Words, lenient: bool) -> Result:
    known = [[str(value) for value in item["Values"]] for item in ministack_adapter.partitions(entry)]
    while words.has("PARTITION"):
        values = _partition(entry, words)
        if values not in known and not lenient:
            raise _execution_error(f"Partition not found {values}")
        ministack_adapter.delete_partition(entry, values)
        words.has(",")
    words.end()
    return Result()


def _partition(entry: Any, words: Words) -> list[str]:
    """(year = '2024', month = 1): a value for each of the table's keys, in their order."""
    words.need("(")
    found = {}
    while not words.has(")"):
        name = words.name()
        words.need("=")
        found[name] = _value(words)
        words.has(",")
    names = [str(column["Name"]).lower() for column in entry.get("PartitionKeys") or []]
    if set(found) != set(names):
        raise _execution_error(f"Partition spec {found} does not fit the partition columns {names}")
    return [found[name] for name in names]


def _value(words: Words) -> str:
    sign = "-" if words.has("-") else ""
    return sign + words.take().value


def _default_place(entry: Any, values: list[str]) -> str:
    names = [str(column["Name"]).lower() for column in entry["PartitionKeys"]]
    return f"{str(entry['StorageDescriptor']['Location']).rstrip('/')}/{hive_paths.partition_name(names, values)}"


def _add_columns(entry: Any, words: Words) -> Result:
    added = columns.read(words)
    words.has("CASCADE"), words.has("RESTRICT")
    words.end()
    descriptor = entry["StorageDescriptor"]
    known = {str(column["Name"]).lower() for column in [*descriptor["Columns"], *(entry.get("PartitionKeys") or [])]}
    for column in added:
        if column["Name"] in known:
            raise _execution_error(f"Duplicate column name: {column['Name']}")
        known.add(column["Name"])
    return _update(entry, StorageDescriptor={**descriptor, "Columns": [*descriptor["Columns"], *added]})


def _update(entry: Any, **changes: Any) -> Result:
    kept = ("Name", "Description", "Owner", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    ministack_adapter.update_table(
        entry["DatabaseName"], {name: entry[name] for name in kept if name in entry} | changes
    )
    return Result()


def pairs(words: Words) -> dict[str, str]:
    """('a' = 'b', …)."""
    words.need("(")
    found = {}
    while not words.has(")"):
        key = words.string()
        words.need("=")
        found[key] = words.string()
        words.has(",")
    return found


def _execution_error(message: str) -> QueryFailedError:
    return QueryFailedError(
        "FAILED", f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}"
    )
