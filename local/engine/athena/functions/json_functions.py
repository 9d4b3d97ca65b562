"""JSON functions over rows. Source: Trino's page "JSON functions and operators"."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from local.engine.athena.functions import json_casts, json_values


def _as_json(value: Any) -> str | None:
    return None if value is json_values.MISSING else json_values.dump(value)


def array_length(text: str) -> int | None:
    """json_array_length."""
    value = json_values.extract(text, "$")
    return len(value) if isinstance(value, list) else None


def array_get(text: str, index: int) -> str | None:
    """json_array_get: a text comes without its quotes, and null is NULL."""
    value = json_values.extract(text, "$")
    if not isinstance(value, list) or not -len(value) <= index < len(value):
        return None
    item = value[index]
    return None if item is None else item if isinstance(item, str) else json_values.dump(item)


def array_contains(text: str, sought: str, kind: str) -> bool | None:
    """json_array_contains: an item of the same type and value."""
    value = json_values.extract(text, "$")
    if not isinstance(value, list):
        return None
    return any(_same(item, sought, kind) for item in value)


def _same(item: Any, sought: str, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(item, bool) and item == (sought == "true")
    if kind == "varchar":
        return isinstance(item, str) and item == sought
    if isinstance(item, bool) or not isinstance(item, int | float):
        return False
    if kind == "bigint":
        return isinstance(item, int) and item == int(sought)
    return isinstance(item, float) and math.isfinite(item) and item == float(sought)


def size(text: str, path: str) -> int | None:
    """json_size."""
    value = json_values.extract(text, path)
    return None if value is json_values.MISSING else len(value) if isinstance(value, dict | list) else 0


def is_scalar(text: str) -> bool:
    """is_json_scalar."""
    return not isinstance(json_values.extract(json_values.parse(text), "$"), dict | list)


V, B = "VARCHAR", "BIGINT"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_json_parse": (json_values.parse, (V,), V),
    "py_json_extract": (lambda text, path: _as_json(json_values.extract(text, path)), (V, V), V),
    "py_json_extract_scalar": (lambda text, path: json_values.scalar(json_values.extract(text, path)), (V, V), V),
    "py_json_array_length": (array_length, (V,), B),
    "py_json_array_get": (array_get, (V, B), V),
    "py_json_array_contains": (array_contains, (V, V, V), "BOOLEAN"),
    "py_json_size": (size, (V, V), B),
    "py_is_json_scalar": (is_scalar, (V,), "BOOLEAN"),
    "py_json_cast": (lambda text, kind: json_casts.cast(text, json.loads(kind)), (V, V), V),
}
