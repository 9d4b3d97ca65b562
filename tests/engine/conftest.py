from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.engine.helpers import PEOPLE, Engine, free_port, start_engine
from tests.engine.world import World

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    started = start_engine(free_port())
    yield started
    started.end()


@pytest.fixture
def set_times(engine: Engine) -> Iterator[Callable[..., None]]:
    """Change the engine's settings for one test."""

    def put(**changes: float | str) -> None:
        request = urllib.request.Request(  # noqa: S310 # a fixed http address
            f"{engine.url}/_landfall/settings", data=json.dumps(changes).encode(), method="PUT"
        )
        with urllib.request.urlopen(request):  # noqa: S310 # as above
            pass

    yield put
    put(crawl_seconds=0, stopping_seconds=0, query_seconds=0, job_minute_seconds=60, job_ending="")


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, str(next(_numbers)))


@pytest.fixture
def people(world: World) -> World:
    """A world with the crawled table `_person`."""
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    world.crawl()
    return world
