"""What every kind of test shares."""

from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest
from botocore.loaders import Loader, create_loader


@pytest.fixture(scope="session", autouse=True)
def service_models_are_read_once() -> Iterator[None]:
    """A function makes one session and reads each service's model once; tests make hundreds, and megabytes each."""

    @cache
    def loader(search_path: str | None = None) -> Loader:
        return create_loader(search_path)

    with patch("botocore.session.create_loader", loader):
        yield
