"""The real application in a world of one stream."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from landfall import announcements, aws, definitions
from landfall.application import Application
from landfall.jobs import Jobs
from landfall.metrics import Metrics
from landfall.registry import Registry
from landfall.rules.change import Timing
from landfall.runner import Runner
from landfall.store import Store

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
    timing, metrics = Timing(margin=3, lease=70), Metrics("dev", lambda: world.now, lambda _: None)
    glue, jobs, athena = aws.Glue(clients), Jobs(clients), aws.Athena(clients, "landfall-dev")
    runner = Runner(
        store=Store(clients, "state", 90), glue=glue, jobs=jobs, athena=athena,
        bus=aws.Bus(clients, "landfall-dev", announcements.SOURCE), hints=aws.Hints(clients, "queue", 15),
        timing=timing, hint_limit=20, clock=lambda: world.now, log=log, metrics=metrics,
    )  # fmt: skip
    registry = Registry(lambda: aws.parameters(clients, "/landfall/dev/pipelines"), lambda: world.now)
    return Application(registry, runner, glue, jobs, athena, timing, log, metrics)


_parse = cache(definitions.parse)  # pure, and the same few texts again and again


@contextmanager
def installed(world: "World", modules: Iterable[Any]) -> Iterator[None]:
    """These functions in it, until the end of the block."""
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch.object(module, "application", lambda: world.app))
        stack.enter_context(patch.object(definitions, "parse", _parse))
        yield
