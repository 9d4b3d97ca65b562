"""Which SerDe reads a table's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.athena.data import avro, grok_lines, hive_json, lazy_simple, open_csv, openx_json, orc, parquet
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableColumn


@dataclass(frozen=True)
class Serde:
    """How files are read: a SerDe, its properties, and the parameters of the table."""

    library: str
    properties: Mapping[str, str]
    parameters: Mapping[str, str]


def select(
    connection: Any,
    found: Sequence[DataFile],
    store: ObjectFiles,
    serde: Serde,
    columns: Sequence[TableColumn],
) -> str:
    """The SELECT that reads a table's own columns from files that have one SerDe."""
    library, properties, parameters = serde.library, serde.properties, serde.parameters
    if not library:
        # tables that a crawler has made of XML, or of what no classifier knows
        raise QueryFailedError("HIVE_UNSUPPORTED_FORMAT", "Unable to create input format")
    skip = _skipped_lines(parameters)
    reads: dict[str, Callable[[], tuple[list[str], str]]] = {
        lazy_simple.SERDE: lambda: lazy_simple.read(found, store, columns, properties, skip),
        open_csv.SERDE: lambda: open_csv.read(found, store, columns, properties, parameters, skip),
        openx_json.SERDE: lambda: openx_json.read(found, store, columns, properties, parameters),
        hive_json.SERDE: lambda: hive_json.read(found, store, columns, properties),
        avro.SERDE: lambda: avro.read(found, store, columns),
        parquet.SERDE: lambda: parquet.read(connection, found, store, columns, properties),
        orc.SERDE: lambda: orc.read(found, store, columns, properties),
        grok_lines.GROK_SERDE: lambda: grok_lines.read_grok(found, store, columns, properties),
        grok_lines.REGEX_SERDE: lambda: grok_lines.read_regex(found, store, columns, properties),
    }
    if library not in reads:
        raise not_supported(f"the SerDe {library}")
    return reads[library]()[1]


def _skipped_lines(parameters: Mapping[str, str]) -> int:
    own = str(parameters.get("skip.header.line.count") or "0")
    return int(own) if own.isdigit() else 0
