"""Values that a format has types for (Avro, ORC) as DuckDB reads them: names in any case, numbers if they fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import InvalidOperation
from typing import Any

from local.engine.athena.data import json_values as values
from local.engine.athena.data.json_lines import UnreadableError
from local.engine.athena.relation import TableColumn
from local.engine.athena.types import Type


def cell(value: Any, column: TableColumn, index: int) -> Any:
    """A column's value; UnreadableError as the value of one that does not fit."""
    try:
        return shaped(value, column.type)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        return UnreadableError(f"Error parsing field value '{text}' for field {index}: cannot be read as {column.type}")


def shaped(value: Any, kind: Type) -> Any:
    """A value as DuckDB reads it for the type; ValueError or TypeError if it does not fit."""
    if value is None:
        return None
    if kind.name == "array":
        return [shaped(item, kind.element) for item in _a(list, value)]
    if kind.name == "map":
        return {values.shown(key): shaped(item, kind.parameters[1]) for key, item in _a(dict, value).items()}
    if kind.name == "row":
        known = {key.lower(): item for key, item in _a(dict, value).items()}
        return {f"f{i}": shaped(known.get(str(name).lower()), own) for i, (name, own) in enumerate(kind.parameters)}
    return _PLAIN[kind.name](value, kind)


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, bool | dict | list):
        raise TypeError(value)
    return value


def _text(value: Any, kind: Type) -> str:
    if isinstance(value, dict | list):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return values.cut(values.shown(value), kind)


def _whole(value: Any, kind: Type) -> int:
    number = _plain(value)
    return values.whole(number, kind) if isinstance(number, str) else values.fitting(int(number), kind)


def _double(value: Any, kind: Type) -> Any:
    number = float(_plain(value))
    return number if number - number == 0 else str(number)


def _bytes(value: Any, kind: Type) -> str:
    """As DuckDB casts a text to bytes."""
    return "".join(f"\\x{byte:02X}" for byte in _a(bytes, value))


def _boolean(value: Any, kind: Type) -> bool:
    return bool(_a(bool, value))


_PLAIN: dict[str, Callable[[Any, Type], Any]] = {
    **dict.fromkeys(("varchar", "char"), _text),
    **dict.fromkeys(values.BITS, _whole),
    **dict.fromkeys(("real", "double"), _double),
    "decimal": lambda value, kind: values.decimal(str(_plain(value)), kind),
    "boolean": _boolean,
    "varbinary": _bytes,
    "date": lambda value, kind: values.day(_a(str, value)),
    "timestamp": lambda value, kind: values.moment(_a(str, value)),
}
