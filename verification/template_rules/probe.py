"""Runs a handler once, as Lambda would load it, and tells which variables it read: `python probe.py app.handler`.

Everything that it would ask of AWS fails at once, so it goes as far as its first call: settings are read before.
"""

import importlib
import json
import os
import sys
from typing import Any


def only_what_lambda_has(paths: list[str]) -> list[str]:
    """Python, what is installed, and the function's folders; not a repository that is installed as it stands."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [path for path in paths if path in given or path.startswith((sys.prefix, sys.base_prefix))]


class _Noting(dict[str, str]):
    """An environment that notes what is asked of it by name; whoever copies it whole has not read any of it."""

    def __init__(self, values: dict[str, str], read: set[str]) -> None:
        super().__init__(values)
        self.read = read

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


def main(handler: str) -> dict[str, Any]:
    """What happened, as plain values."""
    read: set[str] = set()
    os.environ = _Noting(dict(os.environ), read)  # type: ignore[assignment]  # noqa: B003  # that is the point
    module, _, name = handler.rpartition(".")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        return {"imported": False, "error": f"{type(error).__name__}: {error}", "read": []}
    import botocore.client

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("no call leaves this probe")

    botocore.client.BaseClient._make_api_call = refuse  # type: ignore[attr-defined]
    told = ""
    try:
        function({"Records": []}, None)
    except Exception as error:  # whatever it is: what counts is what was read until then
        told = f"{type(error).__name__}: {error}"
    return {"imported": True, "error": told, "read": sorted(read)}


if __name__ == "__main__":
    sys.path[:] = only_what_lambda_has(sys.path)
    answer = main(sys.argv[1])
    sys.__stdout__.write("\n" + json.dumps(answer))  # type: ignore[union-attr]
