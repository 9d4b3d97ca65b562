"""Writes a query's rows as objects: Parquet, JSON or text, a folder per partition."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena import types as t
from local.engine.athena.data import avro, buckets, hive_json, hive_paths, lazy_simple, openx_json, orc, parquet
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.query.scope import Compiled, Output
from local.engine.athena.results import printer
from local.engine.athena.session import Session
from local.engine.athena.sql import quoted
from local.engine.athena.statements import lines, record_files
from local.engine.athena.types import Type

_HIVE = "org.apache.hadoop.hive.ql.io"
_FORMS: dict[str, dict[str, Any]] = {
    "PARQUET": {
        "Serde": parquet.SERDE,
        "InputFormat": f"{_HIVE}.parquet.MapredParquetInputFormat",
        "OutputFormat": f"{_HIVE}.parquet.MapredParquetOutputFormat",
    },
    "TEXTFILE": {
        "Serde": lazy_simple.SERDE,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": f"{_HIVE}.HiveIgnoreKeyTextOutputFormat",
    },
    "JSON": {
        "Serde": hive_json.SERDE,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": f"{_HIVE}.HiveIgnoreKeyTextOutputFormat",
    },
    "ORC": {
        "Serde": orc.SERDE,
        "InputFormat": f"{_HIVE}.orc.OrcInputFormat",
        "OutputFormat": f"{_HIVE}.orc.OrcOutputFormat",
    },
    "AVRO": {
        "Serde": avro.SERDE,
        "InputFormat": f"{_HIVE}.avro.AvroContainerInputFormat",
        "OutputFormat": f"{_HIVE}.avro.AvroContainerOutputFormat",
    },
}
_DEFAULTS = {"ORC": "ZLIB"}
"""The compression of a format where the statement names none; GZIP for all others."""
_SUFFIXES = {"GZIP": ".gz", "NONE": ""}


@dataclass(frozen=True)
class Target:
    """Where and how rows are written."""

    location: str
    format: str
    compression: str
    delimiter: str
    partitions: tuple[str, ...] = ()
    quoted: bool = False
    bucketed_by: tuple[str, ...] = ()
    buckets: int = 0


@dataclass(frozen=True)
class Written:
    """An object that was written."""

    folder: str
    name: str
    values: tuple[str, ...]
    rows: int

    @property
    def uri(self) -> str:
        """Its address."""
        return f"{self.folder}{self.name}"


def form(target: Target) -> dict[str, Any]:
    """The catalog's words for a format."""
    own = _FORMS.get(target.format)
    if own is None:
        raise not_supported(f"the format {target.format}")
    names = {"PARQUET": "parquet.compression", "ORC": "orc.compress"}
    parameters = {names[target.format]: target.compression} if target.format in names else {}
    serde = {"field.delim": target.delimiter, "serialization.format": target.delimiter}
    return {**own, "Parameters": parameters, "SerdeParameters": serde if target.format == "TEXTFILE" else {}}


def default_compression(form: str) -> str:
    """The compression of a format where the statement names none."""
    return _DEFAULTS.get(form, "GZIP")


def target_of(entry: Mapping[str, Any], partitions: Sequence[str]) -> Target:
    """How INSERT INTO writes into a table."""
    descriptor = entry["StorageDescriptor"]
    serde = descriptor.get("SerdeInfo") or {}
    library, properties = str(serde.get("SerializationLibrary") or ""), serde.get("Parameters") or {}
    formats = {parquet.SERDE: "PARQUET", lazy_simple.SERDE: "TEXTFILE", orc.SERDE: "ORC", avro.SERDE: "AVRO"}
    formats |= dict.fromkeys((openx_json.SERDE, hive_json.SERDE), "JSON")
    if library not in formats:
        raise not_supported(f"INSERT INTO a table with the SerDe {library}")
    if (entry.get("Parameters") or {}).get("skip.header.line.count", "0") not in ("0", ""):
        message = "Inserting into Hive table with skip.header.line.count is not supported"
        raise QueryFailedError("NOT_SUPPORTED", message)
    if int(descriptor.get("NumberOfBuckets") or 0) > 0:
        raise QueryFailedError("NOT_SUPPORTED", "INSERT INTO is not supported on bucketed tables")
    place = f"{str(descriptor['Location']).rstrip('/')}/"
    compression = "SNAPPY" if formats[library] == "PARQUET" else default_compression(formats[library])
    return Target(place, formats[library], compression, properties.get("field.delim", "\x01"), tuple(partitions))


def write(session: Session, compiled: Compiled, target: Target) -> list[Written]:
    """Write all rows; an object for each partition that has any."""
    form(target)
    edge = len(compiled.outputs) - len(target.partitions)
    data, keys = compiled.outputs[:edge], range(edge, len(compiled.outputs))
    session.fetch(f"CREATE TEMP TABLE written AS {_with_bucket(session, compiled, target)}")
    if not keys:
        return _write_part(session, target, data, "TRUE", target.location, ())
    found: list[Written] = []
    names = ", ".join(f"c{index}" for index in keys)
    for row in session.fetch(f"SELECT DISTINCT {names} FROM written ORDER BY ALL"):
        values = tuple(
            hive_paths.HIVE_NULL if value is None else printer(compiled.outputs[index].type)(value)
            for index, value in zip(keys, row, strict=True)
        )
        tests = " AND ".join(
            f"c{index} IS NULL" if value is None else f"CAST(c{index} AS VARCHAR) = CAST({_literal(value)} AS VARCHAR)"
            for index, value in zip(keys, row, strict=True)
        )
        folder = f"{target.location}{hive_paths.partition_name(target.partitions, values)}/"
        found += _write_part(session, target, data, tests, folder, values)
    return found


def _with_bucket(session: Session, compiled: Compiled, target: Target) -> str:
    """The query with the bucket of each row, if rows go into buckets."""
    if not target.buckets:
        return compiled.sql
    places = {output.name: (f"c{index}", output.type) for index, output in enumerate(compiled.outputs)}
    buckets.register(session.connection)
    number = buckets.bucket_sql([places[name] for name in target.bucketed_by], target.buckets)
    return f"SELECT *, {number} AS bucket FROM ({compiled.sql})"


def _literal(value: Any) -> str:
    return "'" + str(value if not isinstance(value, bool) else str(value).lower()).replace("'", "''") + "'"


def _write_part(
    session: Session, target: Target, data: Sequence[Output], test: str, folder: str, values: tuple[str, ...]
) -> list[Written]:
    """One object, or one for each bucket that has rows."""
    if not target.buckets:
        return _write_object(session, target, data, test, (folder, "", values))
    found: list[Written] = []
    for (bucket,) in session.fetch(f"SELECT DISTINCT bucket FROM written WHERE {test} ORDER BY 1"):
        own = f"{test} AND bucket = {bucket}"
        found += _write_object(session, target, data, own, (folder, f"{bucket:06d}_0_", values))
    return found


def _write_object(
    session: Session, target: Target, data: Sequence[Output], test: str, place: tuple[str, str, tuple[str, ...]]
) -> list[Written]:
    """Write the rows that pass the test; `place` is the folder, how the object's name begins, and the partition."""
    folder, start, values = place
    rows = int(session.fetch(f"SELECT count(*) FROM written WHERE {test}")[0][0])
    if not rows:
        return []
    suffix = _SUFFIXES.get(target.compression, "") if target.format in ("TEXTFILE", "JSON") else ""
    name = f"{start}{uuid.uuid4()}{suffix}"
    body = _body(session, target, data, test)
    bucket, key = hive_paths.location(f"{folder}{name}")
    ministack_adapter.put_object(bucket, key, body, "application/octet-stream")
    return [Written(folder, name, values, rows)]


def _parquet(session: Session, target: Target, data: Sequence[Output], test: str) -> bytes:
    cells = ", ".join(
        f"{named(f'c{i}', output.type)} AS {quoted(str(output.name or f'_col{i}'))}" for i, output in enumerate(data)
    )
    path = session.directory / f"{uuid.uuid4()}.parquet"
    compression = {"NONE": "uncompressed"}.get(target.compression, target.compression.lower())
    if compression not in ("uncompressed", "gzip", "snappy", "zstd", "lz4"):
        raise not_supported(f"the compression {target.compression}")
    session.fetch(
        f"COPY (SELECT {cells} FROM written WHERE {test}) TO '{path}' (FORMAT parquet, COMPRESSION {compression})"
    )
    body = path.read_bytes()
    path.unlink()
    return body


def named(sql: str, kind: Type) -> str:
    """SQL of a value whose rows have their own field names."""
    if kind.name == "row":
        fields = ", ".join(
            f"{quoted(name or f'field{i}')} := {named(_field(sql, i), own)}"
            for i, (name, own) in enumerate(kind.parameters)
        )
        return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({fields}) END"
    if kind.name == "array" and _has_row(kind):
        return f"list_transform({sql}, lambda item: {named('item', kind.element)})"
    if kind.name == "map" and _has_row(kind):
        return (
            f"map(map_keys({sql}), list_transform(map_values({sql}), lambda item: {named('item', kind.parameters[1])}))"
        )
    if kind.name in ("unknown", "json", "timestamp with time zone", "time") or kind.name.startswith("interval"):
        raise QueryFailedError("NOT_SUPPORTED", f"Unsupported Hive type: {kind}")
    return f"CAST({sql} AS {t.duckdb_type(kind)})"


def _field(sql: str, index: int) -> str:
    return f"struct_extract({sql}, 'f{index}')"


def _has_row(kind: Type) -> bool:
    return kind.name == "row" or any(_has_row(part) for part in kind.parameters if isinstance(part, Type))


def _rows(session: Session, data: Sequence[Output], test: str) -> list[tuple[Any, ...]]:
    cells = ", ".join(f"c{index}" for index in range(len(data)))
    return session.fetch(f"SELECT {cells} FROM written WHERE {test}")


def _lines(session: Session, target: Target, data: Sequence[Output], test: str) -> bytes:
    line = lines.json_line(data) if target.format == "JSON" else lines.delimited(data, target.delimiter)
    body = "".join(f"{line(row)}\n" for row in _rows(session, data, test)).encode()
    if target.compression not in _SUFFIXES:
        raise not_supported(f"the compression {target.compression} of text")
    return gzip.compress(body) if target.compression == "GZIP" else body


def _body(session: Session, target: Target, data: Sequence[Output], test: str) -> bytes:
    if target.format == "PARQUET":
        return _parquet(session, target, data, test)
    if target.format == "ORC":
        return record_files.orc(_rows(session, data, test), data, target.compression)
    if target.format == "AVRO":
        return record_files.avro(_rows(session, data, test), data)
    return _lines(session, target, data, test)
