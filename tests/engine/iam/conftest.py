"""An engine that judges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.helpers import Engine, free_port, start_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    started = start_engine(free_port(), LANDFALL_IAM="on")
    yield started
    started.end()
