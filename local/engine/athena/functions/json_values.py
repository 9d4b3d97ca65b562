"""JSON as Trino has it: paths, scalars, and casts to other types.

Source: Trino's page "JSON functions and operators", sections Cast from JSON, json_extract and json_extract_scalar.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions.decimals import double

MISSING = object()


def parse(text: str) -> str:
    """json_parse: the canonical text, its keys sorted."""
    try:
        return dump(load(text), sort=True)
    except ValueError as error:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{text}'") from error


def load(text: str, members: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None) -> Any:
    """A JSON text. ValueError if it is none."""
    return json.loads(text, parse_float=_Double, parse_constant=_no_constant, object_pairs_hook=members)


class _Double(float):
    """A number with a point, which prints as Java prints it: 1.50 is 1.5. As a scalar it is what is written."""

    written: str

    def __new__(cls, written: str) -> _Double:
        made = super().__new__(cls, written)
        made.written = written
        return made

    def __repr__(self) -> str:
        """As a double, unless that would be another number."""
        plain = float.__add__(self, 0.0)
        is_exact = math.isfinite(plain) and Decimal(repr(plain)) == Decimal(self.written)
        return double(plain) if is_exact else self.written


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


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def extract(text: str, where: str) -> Any:
    """What a path leads to, the first of a name that comes twice; MISSING if nothing, or if the text is no JSON."""
    steps = path(where)
    try:
        value = load(text, _first_of_each)
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
