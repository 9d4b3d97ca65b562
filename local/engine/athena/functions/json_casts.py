"""CAST(json AS type). Source: Trino's page "JSON functions and operators", Cast from JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions.decimals import scientific, to_decimal
from local.engine.athena.functions.json_values import dump, load, scalar
from local.engine.athena.types import Type


def shape(kind: Type) -> Any:
    """A type as a JSON value, for the cast's SQL."""
    if kind.name == "row":
        return ["row", [[name, shape(own)] for name, own in kind.parameters]]
    if kind.name in ("array", "map"):
        return [kind.name, [shape(own) for own in kind.parameters]]
    return [kind.name, list(kind.parameters)]


def cast(text: str, kind: Any) -> str | None:
    """CAST(json AS type): a plain type's text, or JSON whose rows have the keys f0, f1 and so on."""
    try:
        value = _converted(load(text), kind)
    except (ValueError, TypeError, ArithmeticError, QueryFailedError) as error:
        raise QueryFailedError("INVALID_CAST_ARGUMENT", f"Cannot cast to {_name(kind)}: {text}") from error
    if value is None:
        return None
    if kind[0] in ("array", "map", "row"):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _name(kind: Any) -> str:
    if kind[0] == "row":
        return f"row({', '.join(_name(own) for _, own in kind[1])})"
    if kind[0] in ("array", "map"):
        return f"{kind[0]}({', '.join(_name(own) for own in kind[1])})"
    return str(kind[0])


def _converted(value: Any, kind: Any) -> Any:
    name, parts = kind
    if name == "json":
        return dump(value)
    if value is None:
        return None
    if name == "array":
        return [_converted(item, parts[0]) for item in _a(list, value)]
    if name == "map":
        return {key: _converted(item, parts[1]) for key, item in _a(dict, value).items()}
    if name == "row":
        return _row(value, parts)
    return _SCALARS[name](value, parts)


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _row(value: Any, fields: Any) -> dict[str, Any]:
    if isinstance(value, list):
        if len(value) != len(fields):
            raise TypeError(value)
        return {
            f"f{index}": _converted(item, own) for index, (item, (_, own)) in enumerate(zip(value, fields, strict=True))
        }
    known = {key.lower(): item for key, item in _a(dict, value).items()}
    return {f"f{i}": _converted(known.get((name or "").lower()), own) for i, (name, own) in enumerate(fields)}


def _whole(value: Any, parts: Any) -> str:
    if isinstance(value, str):
        if not re.fullmatch("[+-]?[0-9]+", value):
            raise ValueError(value)
        return str(int(value))
    return str(
        _long(value) if not isinstance(value, float) else math.floor(abs(value) + 0.5) * (-1 if value < 0 else 1)
    )


def _long(value: Any) -> int:
    number = int(_not_nested(value))
    if not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return number


def _double(value: Any, parts: Any) -> str:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*", value):
            raise ValueError(value)
        return value.strip()
    return repr(float(_not_nested(value)) if not isinstance(value, float) else float(value.real)).replace(
        "inf", "Infinity"
    )


def _text(value: Any, parts: Any) -> str:
    found = scientific(value) if isinstance(value, float) else str(scalar(_not_nested(value)))
    return found[: parts[0]] if parts else found


def _boolean(value: Any, parts: Any) -> str:
    if isinstance(value, str):
        if value.lower() not in ("t", "true", "1", "f", "false", "0"):
            raise ValueError(value)
        return "true" if value.lower() in ("t", "true", "1") else "false"
    return "true" if (value != 0 if isinstance(value, float) else _long(value) != 0) else "false"


def _decimal(value: Any, parts: Any) -> str:
    written = str(int(value)) if isinstance(value, bool) else str(scalar(_not_nested(value)))
    return to_decimal(written, *parts)


def _not_nested(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise TypeError(value)
    return value


# numbers travel as texts: JSON has no infinity, and DuckDB would read a long decimal as a double
_SCALARS: dict[str, Callable[[Any, Any], str]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), _whole),
    **dict.fromkeys(("real", "double"), _double),
    "varchar": _text,
    "boolean": _boolean,
    "decimal": _decimal,
}
