"""A catalog table as a DuckDB relation over copies of its files.

The files are copied into the query's own directory under plain names: every key that S3 allows can be read
(`a b.csv`, `a+b%41.csv`, `a*[1]?.csv`), which DuckDB's httpfs takes for globs and escapes. MiniStack keeps objects in
this process, so a copy costs less than a request to ourselves.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.engine import seams
from local.engine.athena import semantics
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.sql import TableName
from local.engine.crawl.listing import is_hidden

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_LONGEST_LINE = 16 * 1024 * 1024
# no delimiter of ours occurs in text: each line is read as one value and split by the SerDe's own rules
_NO_DELIMITER = "\x02\x03\x02"
_CELL_BORDER = "\x1e\x1f\x1e"
_COMPRESSED = (".gz", ".bz2", ".zip", ".snappy", ".lz4", ".zst")
_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_WHOLE = ("tinyint", "smallint", "int", "integer", "bigint")


@dataclass(frozen=True)
class Source:
    """A table's files, copied, and the SELECT that reads them."""

    select: str
    scanned: int


def find(name: TableName) -> Mapping[str, Any]:
    """The catalog's entry for a table."""
    database = seams.database_name(name.database)
    if database is None:
        raise QueryFailedError("SCHEMA_NOT_FOUND", f"{name.position}: Schema '{name.database}' does not exist")
    table = seams.table(database, name.name)
    if table is None:
        full = f"awsdatacatalog.{name.database}.{name.name}"
        raise QueryFailedError("TABLE_NOT_FOUND", f"{name.position}: Table '{full}' does not exist")
    if table.get("PartitionKeys"):
        raise not_supported(f"partitioned tables, such as {name.name}")
    return table


def files_of(table: Mapping[str, Any]) -> list[tuple[str, seams.S3Object]]:
    """Bucket and object of every file that Athena reads: not hidden, not empty."""
    location = str((table.get("StorageDescriptor") or {}).get("Location") or "")
    bucket, _, key = re.sub(r"^s3[an]?://", "", location).partition("/")
    if not re.match(r"^s3[an]?://.", location) or not bucket:
        raise not_supported(f"the location {location!r}")
    if not seams.bucket_exists(bucket):
        raise QueryFailedError("BUCKET_NOT_FOUND", f"The specified bucket does not exist (Bucket: {bucket})")
    folder = f"{key.rstrip('/')}/" if key else ""
    found = [item for item in seams.list_objects(bucket, folder) if not is_hidden(item.key[len(folder) :])]
    if not found and key and not key.endswith("/"):
        found = [item for item in seams.list_objects(bucket, key) if item.key == key]
    return [(bucket, item) for item in found if item.size]


def source(table: Mapping[str, Any], files: Sequence[tuple[str, seams.S3Object]], directory: Path) -> Source:
    """Copy the files into the directory and say how to read them by the table's SerDe."""
    descriptor = table["StorageDescriptor"]
    serde = descriptor.get("SerdeInfo") or {}
    library = str(serde.get("SerializationLibrary") or "")
    if library not in (_LAZY_SIMPLE, _OPEN_CSV):
        raise not_supported(f"the SerDe {library or 'of a table without one'}")
    compression = str((table.get("Parameters") or {}).get("compressionType") or "none")
    if compression != "none":
        raise not_supported(f"the compression {compression}")
    is_open_csv = library == _OPEN_CSV
    columns = descriptor.get("Columns") or []
    properties = serde.get("Parameters") or {}
    directory.mkdir()
    paths, scanned = _copy(files, directory, _open_csv_lines(columns, properties) if is_open_csv else _text_lines)
    if not paths:
        return Source(_no_rows(columns), scanned)
    if is_open_csv:
        properties = {"field.delim": _CELL_BORDER, "serialization.null.format": _NO_DELIMITER}
    return Source(_lazy_simple(paths, columns, properties, _skipped_lines(table)), scanned)


def _copy(
    files: Sequence[tuple[str, seams.S3Object]], directory: Path, lines: Callable[[bytes], bytes]
) -> tuple[list[Path], int]:
    paths, scanned = [], 0
    for number, (bucket, item) in enumerate(files):
        if item.key.lower().endswith(_COMPRESSED):
            raise not_supported(f"compressed files, such as s3://{bucket}/{item.key}")
        body = seams.read_object(bucket, item.key)
        if body is None:  # deleted since the listing
            continue
        path = directory / f"{number}.csv"
        path.write_bytes(lines(body))
        paths.append(path)
        scanned += len(body)
    return paths, scanned


def _text_lines(body: bytes) -> bytes:
    """UTF-8 lines without a byte order mark; bytes that are not UTF-8 become U+FFFD, as in Athena."""
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(errors="replace").encode()
    return body


def _open_csv_lines(columns: Sequence[Any], properties: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """OpenCSVSerDe reads each line by itself, with `""` and the escape character alike; then its cells are plain."""
    for column in columns:
        if str(column.get("Type") or "string").lower() != "string":
            raise not_supported(f"OpenCSVSerDe columns other than string, such as {column['Name']}")
    quote, escape = properties.get("quoteChar") or '"', properties.get("escapeChar") or "\\"
    options: dict[str, Any] = {
        "delimiter": properties.get("separatorChar") or ",",
        "quotechar": quote,
        # the same character twice is what doublequote says already
        "escapechar": None if escape == quote else escape,
    }

    def lines(body: bytes) -> bytes:
        text = _text_lines(body).decode().removesuffix("\n")
        cells = (next(csv.reader([line], **options), [""]) for line in text.split("\n"))
        return "".join(f"{_CELL_BORDER.join(row)}\n" for row in cells).encode()

    return lines


def _lazy_simple(paths: Sequence[Path], columns: Sequence[Any], properties: Mapping[str, str], skip: int) -> str:
    delimiter = properties.get("field.delim") or properties.get("serialization.format") or "\x01"
    if properties.get("escape.delim") or properties.get("quote.delim"):
        raise not_supported("escape.delim and quote.delim")
    null_text = properties.get("serialization.null.format", "\\N")
    options = (
        f"delim={_quote(_NO_DELIMITER)}, quote='', escape='', columns={{'line': 'VARCHAR'}}, "
        f"force_not_null=['line'], skip={skip}"
    )
    cells = ", ".join(
        f"{_lazy_cell(f'NULLIF(cells[{index + 1}], {_quote(null_text)})', column)} AS {_identifier(column['Name'])}"
        for index, column in enumerate(columns)
    )
    split = f"SELECT string_split(line, {_quote(delimiter)}) AS cells FROM {_read(paths, options)}"
    return f"SELECT {cells} FROM ({split})"


def _lazy_cell(cell: str, column: Mapping[str, str]) -> str:
    """What does not parse is NULL; a guard keeps DuckDB's cast from rounding 1.5 or reading 0x10."""
    kind = str(column.get("Type") or "string").lower()
    target = _duckdb_type(kind)
    if target == "VARCHAR":
        return cell
    if kind in _WHOLE:
        return semantics.whole_number(cell, target)
    if kind in ("float", "double") or kind.startswith("decimal"):
        return semantics.decimal_number(cell, target)
    if kind == "boolean":
        return f"CASE lower({cell}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    return f"TRY_CAST({cell} AS {target})"


def _read(paths: Sequence[Path], options: str) -> str:
    files = ", ".join(_quote(str(path)) for path in paths)
    return (
        f"read_csv([{files}], auto_detect=false, header=false, strict_mode=false, "
        f"max_line_size={_LONGEST_LINE}, {options})"
    )


def _no_rows(columns: Sequence[Any]) -> str:
    cells = ", ".join(
        f"CAST(NULL AS {_duckdb_type(str(column.get('Type') or 'string').lower())}) AS {_identifier(column['Name'])}"
        for column in columns
    )
    return f"SELECT {cells} WHERE FALSE"


def _skipped_lines(table: Mapping[str, Any]) -> int:
    text = str((table.get("Parameters") or {}).get("skip.header.line.count") or "0")
    return int(text) if text.isdigit() else 0


def _duckdb_type(kind: str) -> str:
    if match := re.fullmatch(r"(?:varchar|char)\(\d+\)", kind):
        return "VARCHAR"
    if match := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return f"DECIMAL({match[1]}, {match[2]})"
    if kind not in _TYPES:
        raise not_supported(f"the column type {kind} in text files")
    return _TYPES[kind]


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + str(name).lower().replace('"', '""') + '"'
