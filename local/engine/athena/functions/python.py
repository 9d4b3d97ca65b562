"""Functions that DuckDB calls back in Python, for what SQL has no words for.

A failure is raised with the marker of macros.FAILED, so that the engine finds Athena's code and message again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import (
    binaries,
    decimals,
    distributions,
    formats,
    iso_dates,
    joda_dates,
    json_functions,
    macros,
    mysql_dates,
    regexps,
    texts,
    urls,
    zones,
)

Function = tuple[Callable[..., Any], tuple[str, ...], str]
"""What runs, DuckDB's types of its arguments, and that of its result."""

_MODULES = (
    binaries,
    decimals,
    distributions,
    formats,
    iso_dates,
    joda_dates,
    json_functions,
    mysql_dates,
    regexps,
    texts,
    urls,
    zones,
)
FUNCTIONS: dict[str, Function] = {name: one for module in _MODULES for name, one in module.FUNCTIONS.items()}


def register(connection: Any, sql: str) -> None:
    """Give a connection the functions that a query calls."""
    for name in sorted(set(re.findall(r"\bpy_\w+", sql)) & set(FUNCTIONS)):
        run, arguments, result = FUNCTIONS[name]
        connection.create_function(
            name,
            _marked(run, len(arguments)),
            list(arguments),
            result,
            side_effects=False,
            null_handling="special",  # with the default a function may not return NULL
        )


def _marked(run: Callable[..., Any], count: int) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        if None in arguments:
            return None
        try:
            return run(*arguments)
        except QueryFailedError as failure:
            raise ValueError(f"{macros.FAILED}{failure}") from failure

    # DuckDB counts the arguments
    places = [inspect.Parameter(f"a{index}", inspect.Parameter.POSITIONAL_ONLY) for index in range(count)]
    call.__signature__ = inspect.Signature(places)  # type: ignore[attr-defined]
    return call
