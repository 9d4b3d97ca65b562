"""JSON as Trino has it: paths, scalars, and casts to other types.

Source: Trino's page "JSON functions and operators", sections Cast from JSON, json_extract and json_extract_scalar.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions.texts import double
from local.engine.athena.types import Type

MISSING = object()


def parse(text: str) -> str:
    """json_parse: the canonical text, its keys sorted."""
    try:
        return dump(load(text), sort=True)
    except ValueError as error:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{text}'") from error


def minify(text: str) -> str:
    """JSON without blanks."""
    return dump(load(text))


def load(text: str) -> Any:
    """A JSON text. ValueError if it is none."""
    return json.loads(text, parse_float=_Double, parse_constant=_no_constant)


class _Double(float):
    """A number with a point, which prints as Java prints it: 1.50 is 1.5. As a scalar it is what is written."""

    written: str

    def __new__(cls, written: str) -> _Double:
        made = super().__new__(cls, written)
        made.written = written
        return made

    def __repr__(self) -> str:
        return double(float(self))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def dump(value: Any, *, sort: bool = False) -> str:
    """The text of a value, without blanks."""
    if isinstance(value, dict):
        keys = sorted(value) if sort else list(value)
        return "{" + ",".join(f"{_text_of(key)}:{dump(value[key], sort=sort)}" for key in keys) + "}"
    if isinstance(value, list):
        return f"[{','.join(dump(item, sort=sort) for item in value)}]"
    return repr(value) if isinstance(value, _Double) else _text_of(value)


def _text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['([^']*)'\]|\.\["([^"]*)"\]""")


def path(text: str) -> list[str | int]:
    """The steps of a path such as $.a[0]["b c"]."""
    if not text.startswith("$"):
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{text}'")
    steps: list[str | int] = []
    place = 1
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            if re.search(r"[*?@()]|\.\.", text):
                raise QueryFailedError("NOT_SUPPORTED", f"the local engine does not know the JSON path '{text}'")
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{text}'")
        name = next((found for found in (match[1], match[3], match[4], match[5]) if found is not None), None)
        steps.append(name if name is not None else int(match[2]))
        place = match.end()
    return steps


def extract(text: str, where: str) -> Any:
    """What a path leads to; MISSING if nothing, or if the text is no JSON."""
    steps = path(where)
    try:
        value = load(text)
    except ValueError:
        return MISSING
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def scalar(value: Any) -> str | None:
    """A text, number or boolean as text; None for all else."""
    if value is MISSING or value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Double):
        return value.written
    return value if isinstance(value, str) else repr(value)


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
    except (ValueError, TypeError, InvalidOperation) as error:
        raise QueryFailedError("INVALID_CAST_ARGUMENT", f"Cannot cast to {_name(kind)}: {text}") from error
    if value is None:
        return None
    if kind[0] in ("array", "map", "row"):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else _plain(value)


def _name(kind: Any) -> str:
    if kind[0] == "row":
        return f"row({', '.join(_name(own) for _, own in kind[1])})"
    if kind[0] in ("array", "map"):
        return f"{kind[0]}({', '.join(_name(own) for own in kind[1])})"
    return str(kind[0])


def _plain(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


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


def _whole(value: Any, parts: Any) -> int:
    if isinstance(value, dict | list):
        raise TypeError(value)
    if isinstance(value, str):
        return int(value)
    return int(
        Decimal(int(value) if isinstance(value, bool) else str(scalar(value))).quantize(Decimal(1), ROUND_HALF_UP)
    )


def _double(value: Any, parts: Any) -> float:
    return float(_not_nested(value))


def _text(value: Any, parts: Any) -> str:
    found = str(scalar(_not_nested(value)))
    return found[: parts[0]] if parts else found


def _boolean(value: Any, parts: Any) -> bool:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.lower()] if value.lower() in ("true", "false") else _refuse(value)
    return bool(_not_nested(value))


def _decimal(value: Any, parts: Any) -> str:
    return str(Decimal(str(scalar(_not_nested(value)))).quantize(Decimal(1).scaleb(-parts[1]), ROUND_HALF_UP))


def _refuse(value: Any) -> Any:
    raise ValueError(value)


def _not_nested(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise TypeError(value)
    return value


_SCALARS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), _whole),
    **dict.fromkeys(("real", "double"), _double),
    **dict.fromkeys(("varchar", "date", "timestamp"), _text),
    "boolean": _boolean,
    "decimal": _decimal,
}
