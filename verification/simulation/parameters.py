"""SSM: pipeline definitions, ten on a page."""

from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from verification.simulation.scheduler import current

if TYPE_CHECKING:
    from verification.simulation.world import World

_PAGE = 10


class Parameters:
    """boto3's client and its paginator for GetParametersByPath."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.texts: dict[str, tuple[str, float]] = {}

    def put(self, name: str, text: str) -> None:
        self.texts[name] = text, self._world.scheduler.now

    def remove(self, name: str) -> None:
        self.texts.pop(name, None)

    def get_paginator(self, operation: str) -> "Parameters":
        assert operation == "get_parameters_by_path"
        return self

    def paginate(self, *, Path: str, Recursive: bool) -> Iterator[dict[str, Any]]:
        start = 0
        while start == 0 or start < len(self.texts):
            page = self._world.fault_injection.call(
                "ssm", "GetParametersByPath", Path, partial(self._page, Path, start)
            )
            known = current().environment.definitions
            if start == 0:
                known.clear()
            known |= {found["Name"].removeprefix(f"{Path}/"): found["Value"] for found in page["Parameters"]}
            yield page
            start += _PAGE

    def _page(self, path: str, start: int) -> dict[str, Any]:
        names = sorted(self.texts)[start : start + _PAGE]
        return {"Parameters": [self._shown(path, name) for name in names]}

    def _shown(self, path: str, name: str) -> dict[str, Any]:
        text, changed_at = self.texts[name]
        changed = datetime.fromtimestamp(changed_at, timezone.utc)
        return {"Name": f"{path}/{name}", "Value": text, "LastModifiedDate": changed}
