"""Hive's names of Trino's types, for tables that a query makes."""

from __future__ import annotations

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.types import Type

_NAMES = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary", "timestamp": "timestamp"}


def type_name(kind: Type) -> str:
    """`array<struct<a:int>>`; a type that Hive has not fails."""
    if kind.name == "array":
        return f"array<{type_name(kind.element)}>"
    if kind.name == "map":
        return f"map<{','.join(map(type_name, kind.parameters))}>"
    if kind.name == "row":
        fields = (f"{name or f'field{index}'}:{type_name(own)}" for index, (name, own) in enumerate(kind.parameters))
        return f"struct<{','.join(fields)}>"
    if kind.name == "decimal":
        return f"decimal({kind.parameters[0]},{kind.parameters[1]})"
    if kind.name == "char":
        return f"char({kind.parameters[0]})"
    if kind.name in ("unknown", "json", "time") or kind.name.startswith(("interval", "timestamp with")):
        raise QueryFailedError("NOT_SUPPORTED", f"Unsupported Hive type: {kind}")
    return _NAMES.get(kind.name, kind.name)
