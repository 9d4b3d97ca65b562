"""Conditions of templates, as MiniStack evaluates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

_CALLERS = (engine, changesets, handlers, stacks)


def join_in_conditions() -> None:
    """Evaluate Fn::Join within conditions; MiniStack 1.5.33 compares its text, so that an empty list never is empty."""
    original = engine._evaluate_conditions

    def evaluate(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, bool]:
        conditions = _joined(template.get("Conditions", {}), parameters)
        found: dict[str, bool] = original({**template, "Conditions": conditions}, parameters)
        return found

    for module in _CALLERS:
        module._evaluate_conditions = evaluate


def _joined(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_joined(item, parameters) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Fn::Join"}:
        delimiter, items = value["Fn::Join"]
        found = _items(items, parameters)
        return value if found is None else str(delimiter).join(found)
    return {name: _joined(inner, parameters) for name, inner in value.items()}


def _items(items: Any, parameters: Mapping[str, Any]) -> list[str] | None:
    """The texts to join; None if there is something else among them than texts and parameters."""
    if isinstance(items, Mapping):
        value = _parameter(items, parameters)
        # a list parameter is one text here
        return None if value is None else [part.strip() for part in value.split(",")]
    found = [item if isinstance(item, str) else _parameter(item, parameters) for item in items]
    return None if any(item is None for item in found) else [str(item) for item in found]


def _parameter(value: Any, parameters: Mapping[str, Any]) -> str | None:
    name = str(value["Ref"]) if isinstance(value, Mapping) and set(value) == {"Ref"} else ""
    known = parameters.get(name)
    if known is None:
        return None
    text = known["Value"]
    return ",".join(map(str, text)) if isinstance(text, list) else str(text)
