"""JSON files as the openx JsonSerDe reads them: an object per line, keys in any case."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import quoted, text
from local.engine.athena.types import Type

SERDES = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")


def openx(
    found: Sequence[DataFile], store: ObjectFiles, columns: Sequence[TableColumn], properties: Mapping[str, str]
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    lenient = str(properties.get("ignore.malformed.json", "")).lower() == "true"
    keys = [str(properties.get(f"mapping.{column.name}", column.name)).lower() for column in columns]
    names = [_add(store, file, columns, keys, lenient) for file in found]
    return names, select(names, columns)


def select(names: Sequence[str], columns: Sequence[TableColumn]) -> str:
    """The SELECT that reads files which `add` has written."""
    kinds = ", ".join(f"'c{index}': {text(t.duckdb_type(column.type))}" for index, column in enumerate(columns))
    cells = ", ".join(f"c{index} AS {quoted(column.name)}" for index, column in enumerate(columns))
    files = ", ".join(map(text, names))
    options = "format='newline_delimited', filename=true, maximum_object_size=67108864"
    read = f"read_json([{files}], {options}, columns={{{kinds}}})"
    return f"SELECT {cells}, filename FROM {read}"


def _add(store: ObjectFiles, file: DataFile, columns: Sequence[TableColumn], keys: Sequence[str], lenient: bool) -> str:
    lines = file.text().decode(errors="replace").removeprefix("\ufeff").splitlines()
    return add(store, file, columns, keys, (_object(line, lenient) for line in lines if line.strip()))


def add(
    store: ObjectFiles,
    file: DataFile,
    columns: Sequence[TableColumn],
    keys: Sequence[str],
    records: Iterable[Mapping[str, Any]],
) -> str:
    """Write a file's records, their names in lower case, as lines that DuckDB reads; returns the lines' name."""
    store.count(file.item.size)
    lines = []
    for record in records:
        cells = {f"c{index}": _cell(record.get(key), columns[index], index) for index, key in enumerate(keys)}
        lines.append(json.dumps(cells, ensure_ascii=False, default=str))
    return store.add("\n".join([*lines, ""]).encode(), "json", counted=False)


def _object(line: str, lenient: bool) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_float=Decimal)
        if not isinstance(value, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        if lenient:
            return {}
        message = f"JSONException: Row is not a valid JSON Object - {error}"
        raise QueryFailedError("HIVE_CURSOR_ERROR", message) from error
    return {key.lower(): item for key, item in value.items()}


def _cell(value: Any, column: TableColumn, index: int) -> Any:
    try:
        return shaped(value, column.type)
    except (ValueError, TypeError, InvalidOperation, OverflowError) as error:
        shown = value if isinstance(value, str) else json.dumps(value, default=str)
        message = f"Error parsing field value '{shown}' for field {index}: cannot be read as {column.type}"
        raise QueryFailedError("HIVE_BAD_DATA", message) from error


def shaped(value: Any, kind: Type) -> Any:
    """A JSON value as DuckDB reads it for the type; ValueError or TypeError if it does not fit."""
    if value is None:
        return None
    if kind.name == "array":
        return [shaped(item, kind.element) for item in (value if isinstance(value, list) else [value])]
    if kind.name == "map":
        return {str(key): shaped(item, kind.parameters[1]) for key, item in _a(dict, value).items()}
    if kind.name == "row":
        known = {key.lower(): item for key, item in _a(dict, value).items()}
        return {f"f{i}": shaped(known.get(str(name).lower()), own) for i, (name, own) in enumerate(kind.parameters)}
    return _PLAIN[kind.name](value, kind)


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _text(value: Any, kind: Type) -> str:
    if isinstance(value, str):
        found = value
    elif isinstance(value, bool | dict | list):
        found = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_number)
    else:
        found = str(value)
    return found[: kind.parameters[0]] if kind.parameters else found


def _number(value: Any) -> float:
    return float(value)


_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def _whole(value: Any, kind: Type) -> int:
    if isinstance(value, bool | dict | list):
        raise TypeError(value)
    number = int(value) if not isinstance(value, str) else int(_matching(value, r"[+-]?\d+"))
    if not -(2 ** (_BITS[kind.name] - 1)) <= number < 2 ** (_BITS[kind.name] - 1):
        raise OverflowError(value)
    return number


def _matching(value: str, pattern: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(value)
    return value


def _double(value: Any, kind: Type) -> Any:
    if isinstance(value, bool | dict | list):
        raise TypeError(value)
    number = float(value)
    return number if number - number == 0 else str(number)


def _decimal(value: Any, kind: Type) -> str:
    if isinstance(value, bool | dict | list):
        raise TypeError(value)
    return str(Decimal(str(value)))


def _boolean(value: Any, kind: Type) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise TypeError(value)


def _moment(value: Any, kind: Type) -> str:
    found = _matching(_a(str, value), r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z?)?")
    return found[:10] if kind.name == "date" else found.replace("T", " ").removesuffix("Z")


_PLAIN: dict[str, Callable[[Any, Type], Any]] = {
    **dict.fromkeys(("varchar", "char"), _text),
    **dict.fromkeys(t.WHOLE, _whole),
    **dict.fromkeys(("real", "double"), _double),
    **dict.fromkeys(("date", "timestamp"), _moment),
    "decimal": _decimal,
    "boolean": _boolean,
}
