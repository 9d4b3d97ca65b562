"""Text files as LazySimpleSerDe reads them: what does not parse is NULL.

Source: Trino's SimpleDeserializer and its encodings, which are "bug for bug" Hive's; the Athena guide for times.
DuckDB splits and reads them, except where the SerDe has an escape character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from local.engine.athena import types as t
from local.engine.athena.data import delimited, lazy_values, text_lines, timestamp_formats
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import not_supported
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import text
from local.engine.athena.types import Type

SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
# of arrays within arrays and so on, by depth; Hive's default ones
_DEEPER = "\x04\x05\x06\x07\x08"
_NESTED = ("array", "map", "row")


class Rules:
    """The SerDe's properties."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        # Hive's own misspelling is read as well
        items = properties.get("collection.delim") or properties.get("colelction.delim")
        self.separators = [
            _byte(properties.get("field.delim") or properties.get("serialization.format"), "\x01"),
            _byte(items, "\x02"),
            _byte(properties.get("mapkey.delim"), "\x03"),
            *_DEEPER,
        ]
        self.escape = _byte(properties.get("escape.delim"), "\\") if "escape.delim" in properties else ""
        self.null = properties.get("serialization.null.format", "\\N")
        self.takes_rest = str(properties.get("serialization.last.column.takes.rest", "")).lower() == "true"
        self.formats = timestamp_formats.patterns(properties)


def _byte(value: str | None, usual: str) -> str:
    """A delimiter: a number is a byte's, of a text the first character counts."""
    if not value:
        return usual
    if re.fullmatch(r"-?\d{1,3}", value, re.ASCII) and -128 <= int(value) < 128:
        return _ascii(chr(int(value) % 256), value)
    return _ascii(value[0], value)


def _ascii(character: str, value: str) -> str:
    if not character.isascii():
        raise not_supported(f"the delimiter {value!r}: to Hive it is one byte of a character that has several")
    return character


def read(
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
    skip: int,
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    rules = Rules(properties)
    is_split_here = bool(rules.escape) or rules.takes_rest
    if is_split_here:
        lines = _split_lines(rules, columns)
        names = [delimited.add(store, file, lines) for file in found]
    else:
        names = [delimited.add(store, file, delimited.plain_lines(file)) for file in found]
    cells = [
        cell(delimited.filled(column.name, index, null=rules.null), column.type, rules)
        for index, column in enumerate(columns)
    ]
    delimiter, null = (delimited.BORDER, delimited.NULL) if is_split_here else (rules.separators[0], rules.null)
    return names, delimited.select(store, names, columns, cells, delimiter=delimiter, null=null, skip=skip)


def _split_lines(rules: Rules, columns: Sequence[TableColumn]) -> Callable[[bytes], bytes]:
    cells = re.compile(_between(rules.separators[0], rules.escape), re.DOTALL)
    kinds = [column.type.name for column in columns]

    def row(line: str) -> list[str | None]:
        if rules.escape and rules.escape in line:
            found = cells.findall(line)
        else:
            found = line.split(rules.separators[0], len(kinds) - 1 if rules.takes_rest else -1)
        if rules.takes_rest and len(found) > len(kinds):
            found = [*found[: len(kinds) - 1], rules.separators[0].join(found[len(kinds) - 1 :])]
        return [_raw(own, kind, rules) for own, kind in zip(found, kinds, strict=False)]

    return lambda body: delimited.joined(row(line) for line in text_lines.split(body))


def _between(separator: str, escape: str) -> str:
    """A cell: an escape takes the next character with it, whatever that is."""
    mark, border = re.escape(escape), re.escape(separator)
    return rf"(?:^|(?<=.){border})((?:{mark}.|[^{mark}{border}])*{mark}?)" if escape else border


def _raw(own: str, kind: str, rules: Rules) -> str | None:
    """A cell as it is; of texts the escapes are taken out, after the comparison with what means NULL."""
    if own == rules.null:
        return None
    if not rules.escape or rules.escape not in own:
        return own
    if kind in _NESTED:
        raise not_supported("escapes within arrays, maps and structs in text files")
    return re.sub(rf"{re.escape(rules.escape)}(.)", r"\1", own, flags=re.DOTALL) if kind in ("varchar", "char") else own


def cell(own: str, kind: Type, rules: Rules, depth: int = 1) -> str:
    """SQL of a cell; `depth` is how far within arrays, maps and structs it is."""
    target = t.duckdb_type(kind)
    if kind.name in ("varchar", "char"):
        cut = f"left({own}, {kind.parameters[0]})" if kind.parameters else own
        return f"rtrim({cut}, ' ')" if kind.name == "char" else cut
    if kind.is_whole:
        return lazy_values.whole(own, target)
    if kind.name == "decimal":
        return lazy_values.decimal(own, target)
    if kind.is_number:
        return lazy_values.floating(own, target)
    if kind.name == "boolean":
        return f"CASE lower({own}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    if kind.name == "varbinary":
        return lazy_values.binary(own)
    if kind.name == "date":
        return lazy_values.date(own)
    if kind.name == "timestamp":
        return _timestamp(own, rules.formats)
    if kind.name in _NESTED:
        return _nested(own, kind, rules, depth)
    raise not_supported(f"the column type {kind} in text files")


def _timestamp(own: str, formats: Sequence[str]) -> str:
    """By the SerDe's own patterns first, then by Hive's."""
    if timestamp_formats.MILLISECONDS in formats:
        raise not_supported("the pattern millis in timestamp.formats of text files")
    known = ", ".join(map(text, formats))
    usual = lazy_values.timestamp(own)
    return f"coalesce(try_strptime(trim({own}), [{known}]), {usual})" if formats else usual


def _nested(own: str, kind: Type, rules: Rules, depth: int) -> str:
    """Arrays and structs are split by the separator of their depth, maps by that and the next."""
    if depth + (kind.name == "map") >= len(rules.separators):
        raise not_supported(f"the column type {kind} in text files: it is too deep")

    def inner(value: str, part: Type, deeper: int) -> str:
        return cell(f"nullif({value}, {text(rules.null)})", part, rules, depth + deeper)

    parts = f"string_split({own}, {text(rules.separators[depth])})"
    item = f"item{depth}"
    if kind.name == "array":
        each = f"list_transform({parts}, lambda {item}: {inner(item, kind.element, 1)})"
        return f"CASE WHEN {own} = '' THEN [] ELSE {each} END"
    if kind.name == "map":
        border = text(rules.separators[depth + 1])
        place = f"position({border} IN {item})"
        key = f"CASE WHEN {place} = 0 THEN {item} ELSE left({item}, {place} - 1) END"
        value = f"CASE WHEN {place} > 0 THEN substring({item}, {place} + 1) END"
        entry = (
            f"struct_pack(key := {inner(key, kind.parameters[0], 2)}, value := {inner(value, kind.parameters[1], 2)})"
        )
        entries = f"list_transform({parts}, lambda {item}: {entry})"
        none = f"CAST(map([], []) AS {t.duckdb_type(kind)})"
        return f"CASE WHEN {own} = '' THEN {none} WHEN {own} IS NOT NULL THEN {_map(entries)} END"
    fields = ", ".join(
        f"f{index} := {inner(f'list_extract({parts}, {index + 1})', part, 1)}"
        for index, (_, part) in enumerate(kind.parameters)
    )
    return f"CASE WHEN {own} IS NOT NULL THEN struct_pack({fields}) END"


def _map(entries: str) -> str:
    """Of a key that comes twice the first entry; none of a key that is NULL."""
    keys = f"list_transform({entries}, lambda other: other.key)"
    first = "one.key IS NOT NULL AND list_position(" + keys + ", one.key) = place"
    return f"map_from_entries(list_filter({entries}, lambda one, place: {first}))"
