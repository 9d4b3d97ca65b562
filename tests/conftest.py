"""What every kind of test shares."""

from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest
from botocore.loaders import JSONFileLoader


@pytest.fixture(scope="session", autouse=True)
def service_models_are_read_once() -> Iterator[None]:
    """A function makes one session and reads each service's model once; tests make hundreds, and megabytes each."""
    load, loader = JSONFileLoader.load_file, JSONFileLoader()

    @cache
    def once(path: str) -> object:
        return load(loader, path)

    with patch.object(JSONFileLoader, "load_file", lambda _, path: once(path)):
        yield
