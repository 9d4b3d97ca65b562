"""Where the real application meets the simulation: its clients, clock, environment, log and random ids."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from greenlet import getcurrent

from functions.on_crawler_state import app as on_crawler_state
from functions.on_job_state import app as on_job_state
from functions.on_query_state import app as on_query_state
from functions.on_upload import app as on_upload
from functions.watchdog import app as watchdog
from landfall.adapters import definition_registry, state_table
from landfall.adapters.metrics import Metrics
from landfall.model import definitions
from landfall.model.state import State
from landfall.service import application, transitions
from verification.simulation.functions import EXPECTED
from verification.simulation.scheduler import Task, current

if TYPE_CHECKING:
    from verification.simulation.world import World

_SLEEP = time.sleep
# As template.yaml sets them.
_ENVIRONMENT = {
    "STAGE": "dev",
    "STATE_TABLE": "state",
    "BUS": "landfall-dev",
    "WORKGROUP": "landfall-dev",
    "CRAWLER_STATE_QUEUE_URL": "https://sqs/crawler-state",
    "LEASE_SECONDS": "70",
    "CLOCK_SKEW_SECONDS": "3",
    "RECHECK_DELAY_SECONDS": "15",
    "RECHECK_LIMIT": "12",
    "RUN_HISTORY_DAYS": "90",
    "INCIDENT_REMINDER_HOURS": "0.25",
}


class Clients:
    """boto3's clients of one execution environment."""

    def __init__(self) -> None:
        world: World = current().environment.world
        self._world, self._roles = world, set[str]()
        self.glue = self.glue_once = Glue(world)
        self.athena, self.dynamodb = world.athena, world.table
        self.events, self.ssm, self.sqs = world.bus, world.parameters, RecheckQueue(world)

    def athena_as(self, role: str) -> Any:
        return self._as(role, self._world.athena)

    def glue_as(self, role: str) -> Any:
        return self._as(role, self._world.catalog)

    def s3_as(self, role: str) -> Any:
        return self._as(role, self._world.files)

    def _as(self, role: str, client: Any) -> Any:
        if role not in self._roles:
            self._world.fault_injection.call("sts", "AssumeRole", role, lambda: None)
            self._roles.add(role)
        return client


class Glue:
    """boto3's client for crawlers and jobs; one call here stands for all tries of the SDK, where it makes some."""

    def __init__(self, world: "World") -> None:
        self.start_crawler, self.get_crawler = world.glue.start_crawler, world.glue.get_crawler
        self.batch_get_crawlers = world.glue.batch_get_crawlers
        self.start_job_run, self.get_job_run = world.jobs.start_job_run, world.jobs.get_job_run
        self.get_paginator = world.jobs.get_paginator


class RecheckQueue:
    """boto3's client for SendMessage."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> dict[str, Any]:
        queue = QueueUrl.rsplit("/", 1)[-1]

        def effect() -> dict[str, Any]:
            self._world.delivery.hint(queue, MessageBody, DelaySeconds)
            return {"MessageId": "hint"}

        return self._world.fault_injection.call("sqs", "SendMessage", queue, effect)


class Log:
    """Powertools' Logger, into the story; an error that nobody raises on purpose breaks the schedule off."""

    def append_keys(self, **fields: Any) -> None:
        """The request id is the name of the invocation, which leads its lines anyway."""

    def info(self, text: str, **fields: Any) -> None:
        _say(text, fields)

    def error(self, text: str, **fields: Any) -> None:
        _say(text, fields)

    def exception(self, text: str, **fields: Any) -> None:
        import sys

        error = sys.exc_info()[1]
        _say(f"{text}: {error!r}", fields)
        if not isinstance(error, EXPECTED):
            current().environment.world.oracle.broken("no surprise", f"{current().name}: {text}: {error!r}")


class Quiet(Metrics):
    """No metrics: no promise rests on them, and the story has enough lines."""

    def _emit(self, pipeline: str, values: Mapping[str, float]) -> None:
        """Nothing."""


def _say(text: str, fields: dict[str, Any]) -> None:
    task = current()
    task.environment.world.say(task.name, "log", text, _Fields(fields))


class _Fields(dict[str, Any]):
    """A log line's fields, as text when its story is told."""

    def __str__(self) -> str:
        return "  ".join(f"{name}={value}" for name, value in self.items())


def _now() -> float:
    task = current()
    return task.scheduler.now + task.skew


def _uuid4() -> SimpleNamespace:
    return SimpleNamespace(hex=f"{current().environment.world.random.getrandbits(128):032x}")


def _never(seconds: float) -> None:
    task = getcurrent()
    if isinstance(task, Task):
        task.environment.world.oracle.broken("P6", f"{task.name} sleeps for {seconds} s")
    else:  # a thread of a test that came before
        _SLEEP(seconds)


def _remembering(compile_all: Callable[[Iterable[Any]], Any]) -> Callable[[Iterable[Any]], Any]:
    remembering = lru_cache(1_000)(compile_all)
    return lambda parameters: remembering(tuple(parameters))


def _remembering_items(read: Callable[[Any], State]) -> Callable[[Any], State]:
    def state(item: Any) -> State:
        """An item is never changed, only replaced."""
        known: dict[int, tuple[Any, State]] = current().environment.world.table.states
        if id(item) not in known:
            known[id(item)] = item, read(item)
        return known[id(item)][1]

    return state


@contextmanager
def installed() -> Iterator[None]:
    """The application on the simulation's clients and clock, in this process, until the end of the block."""
    with ExitStack() as stack:

        def replace(module: Any, name: str, value: Any) -> None:
            stack.enter_context(patch.object(module, name, value))

        replace(application, "Clients", Clients)
        replace(application, "Logger", Log)
        replace(application, "Metrics", Quiet)
        replace(application, "os", SimpleNamespace(environ=_ENVIRONMENT))
        replace(application, "time", SimpleNamespace(time=_now))
        replace(transitions, "uuid4", _uuid4)
        # Pure, and asked for the same few again and again.
        replace(definitions, "parse", lru_cache(1_000)(definitions.parse))
        replace(definition_registry, "compile_all", _remembering(definition_registry.compile_all))
        replace(state_table, "_to_state", _remembering_items(state_table._to_state))
        stack.enter_context(patch("time.sleep", _never))
        for module in (on_upload, on_crawler_state, on_job_state, on_query_state, watchdog):
            replace(module, "application", lambda: current().environment.application)
        yield
