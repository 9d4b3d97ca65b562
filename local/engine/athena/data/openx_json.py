"""JSON files as the openx JsonSerDe reads them: an object per line, found by name, or an array, found by position.

Sources: rcongiu/Hive-JSON-Serde 1.3.8, of which the Athena guide shows properties and messages, and Trino's own reader
of the format with its list of differences. Where they differ, what the guide shows decides, else the SerDe:
docs/local-engine.md has the list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine.athena.data import json_values as values
from local.engine.athena.data import text_lines
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows, UnreadableError
from local.engine.athena.data.json_values import Shaper
from local.engine.athena.data.openx_text import JsonTextError, Parser
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type

SERDE = "org.openx.data.jsonserde.JsonSerDe"

_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+", re.ASCII)
# how gzip, bzip2, zip and Zstandard begin
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
_MILLISECONDS = 13
"""Digits of a number that is milliseconds, no longer seconds."""


@dataclass(frozen=True)
class Rules:
    """The SerDe's properties."""

    mappings: Mapping[str, str]
    folds: bool = True
    forgives: bool = False
    dots: bool = False
    nulls: bool = False

    @classmethod
    def of(cls, properties: Mapping[str, str], parameters: Mapping[str, str]) -> Rules:
        """The rules that a table's SerDe properties make."""
        folds = is_true(properties.get("case.insensitive", "true"))
        mappings = {
            name.removeprefix("mapping."): str(key).lower() if folds else str(key)
            for name, key in properties.items()
            if name.startswith("mapping.")
        }
        return cls(
            mappings,
            folds,
            is_true(properties.get("ignore.malformed.json")),
            # the second is the name of the first in Athena's release notes of 2018
            is_true(properties.get("dots.in.keys") or properties.get("ConvertDotsInJsonKeysToUnderscores")),
            nulls_for_invalid_data(properties, parameters),
        )


def is_true(value: object) -> bool:
    """As Java's parseBoolean."""
    return str(value).lower() == "true"


def nulls_for_invalid_data(*properties: Mapping[str, str]) -> bool:
    """use.null.for.invalid.data: the guide has it as a table's property for CSV, and as the SerDe's for JSON."""
    return any(is_true(own.get("use.null.for.invalid.data")) for own in properties)


def read(
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
    parameters: Mapping[str, str],
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    rows = Rows(store, columns)
    reader = Reader(columns, Rules.of(properties, parameters))
    for file in found:
        body = file.text()
        if body.startswith(_COMPRESSED):
            # to the SerDe it is a row of NULL for each line, to the reader of those rows a riddle (chosen)
            message = f"Row is not a valid JSON Object: {file.uri} is compressed, and its name does not end so"
            raise QueryFailedError("HIVE_CURSOR_ERROR", message)
        rows.add(file, reader.rows(text_lines.split(body)))
    return rows.select()


class Reader:
    """Makes rows of lines."""

    def __init__(self, columns: Sequence[TableColumn], rules: Rules) -> None:
        self._rules = rules
        self._parser = Parser(folds=rules.folds)
        self._nothing = [None] * len(columns)
        self._names = [column.name for column in columns]
        self._keys = [rules.mappings.get(name, name) for name in self._names]
        self._shapers = [_shaper(column.type, rules) for column in columns]

    def rows(self, lines: Sequence[str]) -> Iterator[Sequence[Any]]:
        """A row for each line; nothing in it if the line does not begin as an object or an array."""
        for line in lines:
            text = line.strip(_BLANKS)
            yield self._row(text) if text.startswith(("{", "[")) else self._nothing

    def _row(self, text: str) -> Sequence[Any]:
        try:
            record = self._parser.value(text)
        except JsonTextError as error:
            if self._rules.forgives:
                return self._nothing
            message = f"Row is not a valid JSON Object - JSONException: {error}"
            raise QueryFailedError("HIVE_CURSOR_ERROR", message) from error
        if isinstance(record, list):
            found = [*record[: len(self._names)], *self._nothing[len(record) :]]
        elif self._rules.dots:
            found = [_member(record, *names) for names in zip(self._keys, self._names, strict=True)]
        else:
            found = [record.get(key) for key in self._keys]
        try:
            return [
                None if value is None else shaper(value) for shaper, value in zip(self._shapers, found, strict=True)
            ]
        except _MISFITS:
            return [None if value is None else self._cell(index, value) for index, value in enumerate(found)]

    def _cell(self, index: int, value: Any) -> Any:
        try:
            return self._shapers[index](value)
        except _MISFITS as error:
            if self._rules.nulls:
                return None
            if isinstance(error, _NoObjectError):
                return UnreadableError(f"Error parsing field value for field {index}: {error}")
            return UnreadableError(f"Error parsing field value '{_text(value)}' for field {index}: {error}")


_MISFITS = (ValueError, ArithmeticError, RecursionError)
# Java's trim: all up to the blank
_BLANKS = "".join(map(chr, range(33)))


class _NoObjectError(ValueError):
    """A plain value where there is to be an object."""

    def __init__(self, value: Any) -> None:
        kind = "Boolean" if isinstance(value, bool) else "String"
        super().__init__(f"java.lang.{kind} cannot be cast to org.openx.data.jsonserde.json.JSONObject")


def _member(record: Mapping[str, Any], key: str, name: str) -> Any:
    """dots.in.keys: else the first name that is the column's once its dots are underscores."""
    if key in record:
        return record[key]
    return next((value for own, value in record.items() if "." in own and own.replace(".", "_") == name), None)


def _shaper(kind: Type, rules: Rules) -> Shaper:
    if kind.name == "array":
        return _array(values.nullable(_shaper(kind.element, rules)))
    if kind.name == "map":
        return _map(*(_shaper(part, rules) for part in kind.parameters))
    if kind.name == "row":
        return _struct(kind, rules)
    plain: dict[str, Shaper] = {
        **dict.fromkeys(("varchar", "char"), lambda value: values.cut(_text(value), kind)),
        **dict.fromkeys(values.BITS, values.usual_whole(kind, lambda value: _whole(value, kind))),
        **dict.fromkeys(("real", "double"), values.usual_double(lambda value: values.double(_plain(value, "Double")))),
        "decimal": lambda value: values.decimal(_plain(value, "Decimal"), kind),
        "boolean": lambda value: value if isinstance(value, bool) else _plain(value, "Boolean").lower() == "true",
        "date": lambda value: values.day(_plain(value, "Date")),
        "timestamp": lambda value: _moment(_plain(value, "Timestamp")),
    }
    if kind.name not in plain:
        raise not_supported(f"the column type {kind} in JSON files")
    return _text if kind.name == "varchar" and not kind.parameters else plain[kind.name]


def _text(value: Any) -> str:
    """Any value as a text; an object as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=float)
    return values.shown(value)


def _plain(value: Any, wanted: str) -> str:
    """The text of a number or text; all else is of another class in Java."""
    if isinstance(value, bool | dict | list):
        kind = {bool: "Boolean", dict: "JSONObject", list: "JSONArray"}[type(value)]
        raise ValueError(f"{kind} cannot be cast to {wanted}")
    return str(value)


def _whole(value: Any, kind: Type) -> int:
    text = _plain(value, "Long")
    if _HEXADECIMAL.fullmatch(text):
        return values.fitting(int(text, 16), kind)
    return values.whole(text, kind)


def _moment(text: str) -> str:
    """A time of day, or a number: seconds with a point, milliseconds from 13 characters on, else seconds."""
    if ":" in text:
        return values.moment(text)
    if "." in text:
        return values.epoch(int(float(values.double(text)) * 1000))
    number = values.whole(text, Type("bigint"))
    return values.epoch(number if len(text) >= _MILLISECONDS else number * 1000)


def _array(element: Shaper) -> Shaper:
    """What is no array is the one element of an array; an empty text is NULL."""
    return lambda value: (
        None if value == "" else [element(item) for item in (value if isinstance(value, list) else [value])]
    )


def _map(key: Shaper, value: Shaper) -> Shaper:
    def shape(found: Any) -> Any:
        if isinstance(found, str) and not found.strip(_BLANKS):
            return None
        if not isinstance(found, dict):
            raise _NoObjectError(found)
        inner = values.nullable(value)
        return {values.shown(key(name)): inner(item) for name, item in found.items()}

    return shape


def _struct(kind: Type, rules: Rules) -> Shaper:
    names = [str(name).lower() for name, _ in kind.parameters]
    keys = [rules.mappings.get(name, name) for name in names]
    shapers = [values.nullable(_shaper(part, rules)) for _, part in kind.parameters]
    find = _member if rules.dots else (lambda record, key, _: record.get(key))

    def shape(found: Any) -> Any:
        if isinstance(found, dict):
            members = [find(found, *own) for own in zip(keys, names, strict=True)]
        elif isinstance(found, list):
            members = [*found[: len(names)], *[None] * (len(names) - len(found))]
        elif isinstance(found, str) and not found.strip(_BLANKS):
            members = [None] * len(names)
        else:
            raise _NoObjectError(found)
        return {f"f{index}": shape(value) for index, (shape, value) in enumerate(zip(shapers, members, strict=True))}

    return shape
