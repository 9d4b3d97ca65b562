"""Rows as lines of text: delimited as Hive's text files, or JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from local.engine.athena.failures import not_supported
from local.engine.athena.query.scope import Output
from local.engine.athena.results import printer
from local.engine.athena.types import Type


def delimited(columns: Sequence[Output], delimiter: str) -> Callable[[Any], str]:
    """What makes a line of a row."""
    for output in columns:
        if output.type.name in ("array", "map", "row"):
            raise not_supported(f"writing {output.type} as text")
    shows = [_base64 if output.type.name == "varbinary" else printer(output.type) for output in columns]
    return lambda row: delimiter.join("\\N" if v is None else show(v) for v, show in zip(row, shows, strict=True))


def json_line(columns: Sequence[Output]) -> Callable[[Any], str]:
    """What makes a JSON object of a row; what is NULL is left out."""
    names = [json.dumps(str(output.name or f"_col{index}"), ensure_ascii=False) for index, output in enumerate(columns)]

    def line(row: Any) -> str:
        pairs = (
            f"{name}:{_json(value, output.type)}"
            for name, value, output in zip(names, row, columns, strict=True)
            if value is not None
        )
        return f"{{{','.join(pairs)}}}"

    return line


def _json(value: Any, kind: Type) -> str:
    """Numbers keep all of their digits."""
    if value is None:
        return "null"
    if kind.name == "array":
        return f"[{','.join(_json(item, kind.element) for item in value)}]"
    if kind.name == "map":
        key_of = printer(kind.parameters[0])
        pairs = (f"{_text(key_of(key))}:{_json(own, kind.parameters[1])}" for key, own in value.items())
        return f"{{{','.join(pairs)}}}"
    if kind.name == "row":
        fields = enumerate(kind.parameters)
        pairs = (f"{_text(str(name or f'field{i}'))}:{_json(value[f'f{i}'], own)}" for i, (name, own) in fields)
        return f"{{{','.join(pairs)}}}"
    if kind.name == "varbinary":
        return _text(_base64(value))
    shown = printer(kind)(value)
    is_bare = kind.name == "boolean" or kind.is_whole or (kind.is_number and math.isfinite(value))
    return shown if is_bare else _text(shown)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _base64(value: bytes) -> str:
    """Bytes as Hive writes them into text."""
    return base64.b64encode(bytes(value)).decode()
