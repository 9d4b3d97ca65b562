"""Pipeline definitions in SSM."""

from collections.abc import Iterator

from landfall.adapters.clients import Clients


def read_parameters(clients: Clients, path: str) -> Iterator[tuple[str, str, float]]:
    """Read name, text and time of the last change (seconds) of each parameter under a path."""
    pages = clients.ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=False)
    for page in pages:
        for found in page["Parameters"]:
            yield found["Name"], found["Value"], found["LastModifiedDate"].timestamp()
