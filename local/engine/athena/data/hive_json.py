"""JSON files as Hive's own JsonSerDe (HCatalog's) reads them: strict JSON, an object at the beginning of each line.

Source: Trino's JsonDeserializer, which is "bug for bug" Hive's, down to Jackson's rules about numbers; the messages
are Jackson's and Hive's, with the prefix that the Athena guide shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from local.engine.athena.data import json_values as values
from local.engine.athena.data import text_lines, timestamp_formats
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.data.json_lines import Rows, UnreadableError
from local.engine.athena.data.json_values import Shaper
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type

SERDE = "org.apache.hive.hcatalog.data.JsonSerDe"

_BY_POSITION = re.compile(r"_col(\d{1,9})", re.ASCII)
_CODE, _PREFIX = "HIVE_CURSOR_ERROR", "JsonParseException"


class _Members(dict[str, Any]):
    """An object's members, with the names that came twice: exactly so, and but for their case."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        is_usual = len({name.lower() for name in self}) == len(pairs)
        self.same = _double([name for name, _ in pairs]) if len(self) < len(pairs) else None
        self.folded = None if is_usual else self.same or _double([name.lower() for name, _ in pairs])


def _double(names: Sequence[str]) -> str | None:
    if len(set(names)) == len(names):
        return None
    return next(name for index, name in enumerate(names) if name in names[:index])


def _no_constant(name: str) -> None:
    raise ValueError(f"Non-standard token '{name}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow")


_DECODER = json.JSONDecoder(object_pairs_hook=_Members, parse_float=Decimal, parse_constant=_no_constant)


def read(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], properties: Mapping[str, str]
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    rows = Rows(store, columns, _CODE)
    reader = Reader(columns, properties)
    for file in found:
        rows.add(file, reader.rows(text_lines.split(file.text())))
    return rows.select()


class Reader:
    """Makes rows of lines."""

    def __init__(self, columns: Sequence[TableColumn], properties: Mapping[str, str]) -> None:
        formats = timestamp_formats.patterns(properties)
        self._row = _Struct([(column.name, column.type) for column in columns], formats)

    def rows(self, lines: Sequence[str]) -> Iterator[Sequence[Any]]:
        """A row for each line; one without an object fails the query."""
        for line in lines:
            try:
                record = _object(line)
            except (ValueError, RecursionError) as error:
                raise QueryFailedError(_CODE, str(error)) from error
            yield self._row.cells(record)


def _object(line: str) -> _Members:
    text = line.lstrip(" \t")
    if not text.startswith("{"):
        raise ValueError("Start token not found where expected")
    try:
        value: _Members = _DECODER.raw_decode(text)[0]
    except ValueError as error:
        ended = "Unterminated" in str(error) or getattr(error, "pos", 0) >= len(text)
        message = (
            "Unexpected end-of-input: expected close marker for OBJECT" if ended else f"Unexpected character: {error}"
        )
        raise ValueError(f"{_PREFIX}: {message}") from error
    return value


def _duplicate(name: str) -> QueryFailedError:
    return not_supported(
        f'what Athena makes of the Duplicate key "{name}": its guide says that the Hive JSON SerDe does not allow it, '
        "Hive takes the last"
    )


class _Struct:
    """Finds an object's members by their names in any case, or as `_col3` by position."""

    def __init__(self, fields: Sequence[tuple[str, Type]], formats: Sequence[str]) -> None:
        self._places = {str(name).lower(): index for index, (name, _) in enumerate(fields)}
        self._shapers = [_shaper(kind, formats) for _, kind in fields]

    def cells(self, record: _Members) -> list[Any]:
        """A value, NULL or an UnreadableError for each field; of a name that comes twice the last would count."""
        if record.folded is not None and self._place(record.folded) is not None:
            raise _duplicate(record.folded)
        cells: list[Any] = [None] * len(self._shapers)
        for name, value in record.items():
            place = self._place(name)
            if place is not None and value is not None:
                cells[place] = self._cell(place, value)
        return cells

    def _cell(self, place: int, value: Any) -> Any:
        try:
            return self._shapers[place](value)
        except (ValueError, ArithmeticError, RecursionError) as error:
            return UnreadableError(f"{_PREFIX}: {error}")

    def _place(self, name: str) -> int | None:
        place = self._places.get(name.lower())
        found = _BY_POSITION.fullmatch(name) if place is None else None
        return int(found[1]) if found and int(found[1]) < len(self._shapers) else place

    def shape(self, value: Any) -> dict[str, Any]:
        """A struct; a field that does not fit fails all of it."""
        cells = self.cells(_a(value, _Members, "object"))
        for cell in cells:
            if isinstance(cell, UnreadableError):
                raise ValueError(str(cell).removeprefix(f"{_PREFIX}: "))
        return {f"f{index}": cell for index, cell in enumerate(cells)}


def _a(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"Invalid JSON: start of {name} expected")
    return value


def _shaper(kind: Type, formats: Sequence[str]) -> Shaper:
    if kind.name == "array":
        element = values.nullable(_shaper(kind.element, formats))
        return lambda value: [element(item) for item in _a(value, list, "array")]
    if kind.name == "map":
        key, value = (_shaper(part, formats) for part in kind.parameters)
        return _map(kind.parameters[0], key, values.nullable(value))
    if kind.name == "row":
        return _Struct([(str(name), part) for name, part in kind.parameters], formats).shape
    plain: dict[str, Shaper] = {
        **dict.fromkeys(("varchar", "char"), lambda value: values.cut(_text(value), kind)),
        **dict.fromkeys(values.BITS, values.usual_whole(kind, lambda value: _whole(value, kind))),
        **dict.fromkeys(("real", "double"), values.usual_double(lambda value: values.double(str(_number(value))))),
        "decimal": lambda value: values.decimal(_text(value), kind),
        "boolean": lambda value: _text(value).lower() == "true",
        "date": lambda value: values.day(_text(value)),
        "timestamp": lambda value: _moment(_text(value), formats),
    }
    if kind.name not in plain:
        raise not_supported(f"the column type {kind} in JSON files")
    return _text if kind.name == "varchar" and not kind.parameters else plain[kind.name]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise ValueError("Invalid JSON: value must be a scalar json value")
    return values.shown(value)


def _number(value: Any) -> int | Decimal:
    """A number of JSON: a text of digits is none to Jackson."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        token = {str: "VALUE_STRING", bool: f"VALUE_{str(value).upper()}"}.get(type(value), "START_OBJECT")
        raise ValueError(f"Current token ({token}) not numeric, can not use numeric value accessors")
    return value


def _whole(value: Any, kind: Type) -> int:
    number = int(_number(value))
    try:
        return values.fitting(number, kind)
    except ValueError as error:
        java = {"integer": "int", "bigint": "long"}.get(kind.name, kind.name)
        raise ValueError(f"Numeric value ({value}) out of range of {java}") from error


def _map(kind: Type, key: Shaper, value: Callable[[Any], Any]) -> Shaper:
    def name(text: str) -> str:
        # names are texts: numbers are read from them here
        return str(values.whole(text, kind)) if kind.is_whole else values.shown(key(text))

    def shape(found: Any) -> dict[str, Any]:
        members = _a(found, _Members, "object")
        if members.same is not None:
            raise _duplicate(members.same)
        return {name(text): value(item) for text, item in members.items()}

    return shape


def _moment(text: str, formats: Sequence[str]) -> str:
    """By the SerDe's own patterns first, then by Hive's."""
    for pattern in formats:
        try:
            if pattern == timestamp_formats.MILLISECONDS:
                return values.epoch(int(float(text)))
            return values.utc(datetime.strptime(text.strip(), pattern))  # noqa: DTZ007 # a zone, if it has one, counts
        except ValueError:
            continue
    return values.moment(text)
