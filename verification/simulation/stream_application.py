"""The real application in a world of one stream."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from landfall.adapters.athena import Athena
from landfall.adapters.definition_registry import DefinitionRegistry
from landfall.adapters.event_bus import EventBus, RecheckQueue
from landfall.adapters.glue import Glue
from landfall.adapters.glue_jobs import GlueJobs
from landfall.adapters.metrics import Metrics
from landfall.adapters.parameters import parameters
from landfall.adapters.state_table import StateTable
from landfall.model import announcements, definitions
from landfall.rules.transition import Timing
from landfall.service.application import Application
from landfall.service.transitions import Transitions

if TYPE_CHECKING:
    from verification.simulation.streams import World


class _Silent:
    def __getattr__(self, _: str) -> Any:
        return lambda *args, **fields: None


def application_of(world: "World") -> Application:
    """The application as it is, with every call to AWS made to the world."""
    services = ("glue", "glue_once", "athena", "dynamodb", "events", "sqs", "ssm", "sts")
    clients: Any = SimpleNamespace(**dict.fromkeys(services, world))
    log: Any = _Silent()
    timing, metrics = Timing(clock_skew=3, lease=70), Metrics("dev", lambda: world.now, lambda _: None)
    glue, jobs, athena = Glue(clients), GlueJobs(clients), Athena(clients, "landfall-dev")
    transitions = Transitions(
        state_table=StateTable(clients, "state", 90), glue=glue, jobs=jobs, athena=athena,
        bus=EventBus(clients, "landfall-dev", announcements.SOURCE), recheck_queue=RecheckQueue(clients, "queue", 15),
        timing=timing, recheck_limit=20, clock=lambda: world.now, log=log, metrics=metrics,
    )  # fmt: skip
    registry = DefinitionRegistry(lambda: parameters(clients, "/landfall/dev/pipelines"), lambda: world.now)
    return Application(registry, transitions, glue, jobs, athena, timing, log, metrics)


_parse = cache(definitions.parse)  # pure, and the same few texts again and again


@contextmanager
def installed(world: "World", modules: Iterable[Any]) -> Iterator[None]:
    """These functions in it, until the end of the block."""
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch.object(module, "application", lambda: world.app))
        stack.enter_context(patch.object(definitions, "parse", _parse))
        yield
