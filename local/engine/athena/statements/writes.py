"""CREATE TABLE AS, INSERT INTO and UNLOAD: queries whose rows become objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import parser
from local.engine.athena import types as t
from local.engine.athena.data import hive_paths, tables
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.query import coercion
from local.engine.athena.query.scope import Compiled, Output, Value
from local.engine.athena.results import Result
from local.engine.athena.session import Run, Session
from local.engine.athena.statements import definitions, hive, result_files
from local.engine.athena.statements.words import TRINO, Words, existing_database, existing_table

_ROWS = ("rows", t.BIGINT)
_PROPERTIES = {
    "format", "external_location", "partitioned_by", "write_compression", "parquet_compression", "orc_compression",
    "field_delimiter", "compression", "is_external", "table_type", "bucketed_by", "bucket_count",
}  # fmt: skip


def create_table_as(run: Run, text: str) -> Result:
    """CREATE TABLE name [WITH (…)] AS query: a table and its files."""
    words = Words(text, TRINO)
    words.need("CREATE TABLE")
    lenient = words.has("IF NOT EXISTS")
    database, name = words.table(run.database)
    if words.peek().text == "(" and "iceberg" in text.lower():
        raise not_supported("Iceberg tables")
    settings = _settings(words) if words.has("WITH") else {}
    words.need("AS")
    query, with_data = _without_data_clause(words.rest())
    known = existing_database(database)
    if ministack_adapter.table(known, name) is not None:
        if lenient:
            return _written([])
        raise QueryFailedError(
            "TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
        )
    if not run.output and "external_location" not in settings:
        message = "external_location must be given in a workgroup with managed query results"
        raise QueryFailedError("INVALID_TABLE_PROPERTY", message)
    target = _target(settings, f"{run.output}tables/{run.query_id}/")
    _refuse_used(target.location, f"Target directory for table '{database}.{name}' already exists: {target.location}")
    with Session(run) as session:
        compiled = session.compile(query, _tree(query))
        _refuse_unnamed(compiled, "CREATE TABLE AS")
        _refuse_misplaced(compiled, target.partitions)
        _refuse_buckets(compiled, target)
        written = result_files.write(session, compiled, target) if with_data else []
    data, keys = _split(compiled.outputs, target.partitions)
    ministack_adapter.create_table(known, _table_input(name, target, data, keys))
    _register(existing_table(database, name), written)
    return _written(written)


def insert(run: Run, text: str) -> Result:
    """INSERT INTO name [(columns)] query: more files, and partitions for new values."""
    words = Words(text, TRINO)
    words.need("INSERT INTO")
    database, name = words.table(run.database)
    columns = _column_names(words)
    query = words.rest()
    entry: Any = existing_table(database, name)
    if tables.view_of(entry) is not None:
        raise not_supported("INSERT INTO a view")
    data, keys = tables.columns_of(entry)
    target = result_files.target_of(entry, [key.name for key in keys])
    with Session(run) as session:
        compiled = session.compile(query, _tree(query))
        fitted = _fitted(compiled, [*data, *keys], columns)
        written = result_files.write(session, fitted, target)
    _register(entry, written)
    return _written(written)


def unload(run: Run, text: str) -> Result:
    """UNLOAD (query) TO 's3://…' WITH (format = '…')."""
    words = Words(text, TRINO)
    words.need("UNLOAD")
    start, depth = words.peek().start, 0
    while True:
        word = words.take()
        if word.kind == "end":
            raise words.wrong("Expecting: ')'", word)
        depth += (word.text == "(") - (word.text == ")") if word.kind == "sign" else 0
        if not depth:
            break
    query = words.statement[start + 1 : word.start]
    words.need("TO")
    place = words.string()
    words.need("WITH")
    settings = {"field_delimiter": ",", **_settings(words)}
    if "format" not in settings:
        raise QueryFailedError("INVALID_TABLE_PROPERTY", "UNLOAD needs the property format")
    target = _target(settings, place)
    _refuse_used(place, f"Target directory already exists: {place}")
    with Session(run) as session:
        compiled = session.compile(query, _tree(query))
        written = result_files.write(session, compiled, target)
    rows = sum(item.rows for item in written)
    return replace(_written(written), rows=[[str(rows)]])


def _written(objects: list[result_files.Written]) -> Result:
    """What a statement that writes gives: no row, but the column of their count, the count, and the objects."""
    count = sum(item.rows for item in objects)
    return Result([_ROWS[0]], [_ROWS[1]], manifest=[item.uri for item in objects], update_count=count)


def _target(settings: dict[str, Any], default: str) -> result_files.Target:
    if str(settings.get("table_type", "hive")).lower() != "hive":
        raise not_supported("Iceberg tables")
    for name in set(settings) - _PROPERTIES:
        raise not_supported(f"the table property {name}")
    place = str(settings.get("external_location") or default)
    form = str(settings.get("format") or "PARQUET").upper()
    named = ("write_compression", f"{form.lower()}_compression", "compression")
    compression = next((settings[name] for name in named if settings.get(name)), result_files.default_compression(form))
    return result_files.Target(
        location=f"{place.rstrip('/')}/",
        format=form,
        compression=str(compression).upper(),
        delimiter=str(settings.get("field_delimiter") or "\x01"),
        partitions=tuple(settings.get("partitioned_by") or ()),
        bucketed_by=tuple(settings.get("bucketed_by") or ()),
        buckets=_bucket_count(settings),
    )


def _bucket_count(settings: dict[str, Any]) -> int:
    """Zero without buckets; both properties or none."""
    columns, count = settings.get("bucketed_by") or (), str(settings.get("bucket_count") or 0)
    if bool(columns) != (count != "0") or not count.isdigit():
        message = "bucketed_by and bucket_count must be given together, and the count must be greater than zero"
        raise QueryFailedError("INVALID_TABLE_PROPERTY", message)
    return int(count)


def _settings(words: Words) -> dict[str, Any]:
    """(format = 'PARQUET', partitioned_by = ARRAY['a'])."""
    words.need("(")
    found: dict[str, Any] = {}
    while not words.has(")"):
        name = words.name()
        words.need("=")
        if words.has("ARRAY ["):
            found[name] = []
            while not words.has("]"):
                found[name].append(words.string().lower())
                words.has(",")
        else:
            found[name] = words.take().value
        words.has(",")
    return found


def _tree(query: str) -> Any:
    try:
        return parser.parse_query(query)
    except parser.MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error


def _without_data_clause(query: str) -> tuple[str, bool]:
    upper = query.upper().rstrip()
    for ending, with_data in (("WITH NO DATA", False), ("WITH DATA", True)):
        if upper.endswith(ending):
            return query.rstrip()[: -len(ending)], with_data
    return query, True


def _refuse_used(place: str, message: str) -> None:
    bucket, key = hive_paths.location(place)
    if not ministack_adapter.bucket_exists(bucket):
        raise QueryFailedError("BUCKET_NOT_FOUND", f"The specified bucket does not exist (Bucket: {bucket})")
    if ministack_adapter.list_objects(bucket, f"{key.rstrip('/')}/" if key else ""):
        raise QueryFailedError("HIVE_PATH_ALREADY_EXISTS", message)


def _refuse_unnamed(compiled: Compiled, statement: str) -> None:
    for index, output in enumerate(compiled.outputs, 1):
        if output.name is None:
            raise QueryFailedError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {index}")
        if output.type == t.UNKNOWN:
            raise QueryFailedError("COLUMN_TYPE_UNKNOWN", f"line 1:1: Column type is unknown at position {index}")
    names = [output.name for output in compiled.outputs]
    for name in names:
        if names.count(name) > 1:
            raise QueryFailedError("DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once")


def _refuse_misplaced(compiled: Compiled, partitions: tuple[str, ...]) -> None:
    names = [output.name for output in compiled.outputs]
    if partitions and tuple(names[len(names) - len(partitions) :]) != partitions:
        message = (
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            f"{list(partitions)}"
        )
        raise QueryFailedError("HIVE_COLUMN_ORDER_MISMATCH", message)


def _refuse_buckets(compiled: Compiled, target: result_files.Target) -> None:
    own, _ = _split(compiled.outputs, target.partitions)
    for name in target.bucketed_by:
        if name not in [output.name for output in own]:
            raise QueryFailedError("INVALID_TABLE_PROPERTY", f"Bucketing columns [{name}] not present in schema")


def _split(outputs: tuple[Output, ...], partitions: tuple[str, ...]) -> tuple[list[Output], list[Output]]:
    edge = len(outputs) - len(partitions)
    return list(outputs[:edge]), list(outputs[edge:])


def _column_names(words: Words) -> list[str]:
    """The columns in parentheses; a query may stand in parentheses too."""
    at = words._at
    names = []
    if words.has("("):
        if words.peek().text.upper() in ("SELECT", "WITH", "VALUES", "TABLE"):
            words._at = at
            return []
        while not words.has(")"):
            names.append(words.name())
            words.has(",")
    return names


def _fitted(compiled: Compiled, columns: list[Any], names: list[str]) -> Compiled:
    """The query with a column for each of the table's; those that are not named are NULL."""
    wanted = names or [column.name for column in columns]
    if len(wanted) != len(compiled.outputs):
        counts = f"{len(compiled.outputs)} expression(s) but expected {len(wanted)} target column(s)"
        message = f"line 1:1: Insert query has {counts}"
        raise QueryFailedError("MISMATCHED_COLUMN_ALIASES", message)
    cells = []
    for index, column in enumerate(columns):
        if column.name not in wanted:
            cells.append(f"CAST(NULL AS {t.duckdb_type(column.type)}) AS c{index}")
            continue
        place = wanted.index(column.name)
        own = compiled.outputs[place].type
        sql = coercion.converted(Value(f"c{place}", own), column.type)
        # a number with a point is a double, and PyAthena's tests insert 1.0 into a float on AWS
        same = own.name == column.type.name or (own, column.type) == (t.DOUBLE, t.REAL)
        if sql is None or not (t.is_coercible_to(own, column.type) or same):
            message = f"line 1:1: Insert query has mismatched column types: Table: [{column.type}], Query: [{own}]"
            raise QueryFailedError("TYPE_MISMATCH", message)
        cells.append(f"{sql} AS c{index}")
    outputs = tuple(Output(column.name, column.type) for column in columns)
    return Compiled(f"SELECT {', '.join(cells)} FROM ({compiled.sql})", outputs)


def _table_input(name: str, target: result_files.Target, data: list[Output], keys: list[Output]) -> dict[str, Any]:
    form = result_files.form(target)
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false", **form["Parameters"]},
        "PartitionKeys": [{"Name": key.name, "Type": hive.type_name(key.type)} for key in keys],
        "StorageDescriptor": {
            "Columns": [{"Name": output.name, "Type": hive.type_name(output.type)} for output in data],
            "Location": target.location.rstrip("/"),
            "BucketColumns": list(target.bucketed_by),
            "NumberOfBuckets": target.buckets or -1,
            "InputFormat": form["InputFormat"],
            "OutputFormat": form["OutputFormat"],
            "SerdeInfo": {"SerializationLibrary": form["Serde"], "Parameters": form["SerdeParameters"]},
        },
    }


def _register(entry: Any, written: list[result_files.Written]) -> None:
    known = {tuple(map(str, item["Values"])) for item in ministack_adapter.partitions(entry)}
    for item in written:
        if item.values and item.values not in known:
            known.add(item.values)
            definitions.add_partition(entry, list(item.values), item.folder.rstrip("/"))
