"""What every kind of test shares."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.loaders import Loader, create_loader

TESTS = Path(__file__).parent
# Folders and files whose tests share what takes long to make: Spark, environments, an engine, 2,000 schedules.
TOGETHER = ("jobs", "setup", "engine_clients", "verification/simulation/test_simulation.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, all tests of such a folder go to one of them."""
    for item in items:
        path = item.path.relative_to(TESTS)
        for folder in TOGETHER:
            if path.is_relative_to(folder):
                item.add_marker(pytest.mark.xdist_group(folder))


@pytest.fixture(scope="session", autouse=True)
def service_models_are_read_once() -> Iterator[None]:
    """A function makes one session and reads each service's model once; tests make hundreds, and megabytes each."""

    @cache
    def loader(search_path: str | None = None) -> Loader:
        return create_loader(search_path)

    with patch("botocore.session.create_loader", loader):
        yield
