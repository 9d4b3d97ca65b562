"""Log files as the GrokSerDe reads them: the pattern's fields are the columns by their order.

Source: the Athena guide, "Grok SerDe"; Trino's GrokDeserializer: a line that does not match is a row of NULL, and so
is a cell that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from local.engine.athena.data import json_values as values
from local.engine.athena.data import text_lines
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type
from local.engine.grok import Grok, GrokError

GROK_SERDE = "com.amazonaws.glue.serde.GrokSerDe"
REGEX_SERDE = "org.apache.hadoop.hive.serde2.RegexSerDe"

Match = Callable[[str], Sequence[str | None] | None]


def read_grok(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], properties: Mapping[str, str]
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    if "input.format" not in properties:
        raise QueryFailedError("HIVE_CURSOR_ERROR", "Schema does not have required 'input.format' property")
    try:
        grok = Grok(properties["input.format"], properties.get("input.grokCustomPatterns") or "")
    except GrokError as error:
        raise QueryFailedError("HIVE_CURSOR_ERROR", f"Grok compilation failure: {error}") from error
    if len(columns) > len(grok.fields):
        raise not_supported(f"a grok pattern of {len(grok.fields)} fields for {len(columns)} columns")

    def match(line: str) -> Sequence[str | None] | None:
        texts = grok.match(line)
        if texts is not None and len(texts) < len(grok.fields):
            raise not_supported("what Athena makes of a line without one of a grok pattern's fields")
        return texts

    return _read(found, store, columns, match)


def read_regex(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], properties: Mapping[str, str]
) -> tuple[list[str], str]:
    """As read_grok, for RegexSerDe: the groups of a regular expression that matches the whole line."""
    flags = re.DOTALL
    if str(properties.get("input.regex.case.insensitive")).lower() == "true":
        flags |= re.IGNORECASE
    try:
        regex = re.compile(properties.get("input.regex") or "", flags)
    except re.error as error:
        raise not_supported(f"the regular expression {properties.get('input.regex')!r} ({error})") from error
    if regex.groups != len(columns):
        message = f"Number of matching groups doesn't match the number of columns: {regex.groups} and {len(columns)}"
        raise QueryFailedError("HIVE_CURSOR_ERROR", message)

    def match(line: str) -> Sequence[str | None] | None:
        groups = regex.fullmatch(line)
        return groups.groups() if groups else None

    return _read(found, store, columns, match)


def _read(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], match: Match
) -> tuple[list[str], str]:
    rows = Rows(store, columns)
    for file in found:
        rows.add(file, _rows(text_lines.split(file.text()), columns, match))
    return rows.select()


def _rows(lines: Sequence[str], columns: Sequence[TableColumn], match: Match) -> Iterator[Sequence[Any]]:
    reads = [_reader(column.type) for column in columns]
    nothing = [None] * len(columns)
    for line in lines:
        found = match(line)
        yield nothing if found is None else [_cell(text, read) for text, read in zip(found, reads, strict=False)]


def _cell(text: str | None, read: Callable[[str], Any]) -> Any:
    try:
        return None if text is None else read(text)
    except (ValueError, ArithmeticError):
        return None


def _reader(kind: Type) -> Callable[[str], Any]:
    reads: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(("varchar", "char"), lambda text: values.cut(text, kind)),
        **dict.fromkeys(values.BITS, lambda text: values.whole(text, kind)),
        **dict.fromkeys(("real", "double"), values.double),
        "boolean": lambda text: text.lower() == "true",
        "decimal": lambda text: values.decimal(text, kind),
        "date": values.day,
        "timestamp": values.moment,
    }
    if kind.name not in reads:
        raise not_supported(f"the column type {kind} in log files")
    return reads[kind.name]
