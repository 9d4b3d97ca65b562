"""The real application in a world of one stream."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from landfall.adapters.metrics import Metrics
from landfall.model import definitions
from landfall.service.application import Application, assemble
from landfall.service.settings import Settings

if TYPE_CHECKING:
    from verification.simulation.streams import World


class _Silent:
    def __getattr__(self, _: str) -> Any:
        return lambda *args, **fields: None


def application_of(world: "World") -> Application:
    """The application as it is, with every call to AWS made to the world."""
    services = ("glue", "glue_once", "athena", "dynamodb", "events", "sqs", "ssm", "sts")
    clients: Any = SimpleNamespace(**dict.fromkeys(services, world))
    settings = Settings(
        stage="dev", state_table="state", bus="landfall-dev", workgroup="landfall-dev", crawler_state_queue_url="queue",
        lease_seconds=70, clock_skew_seconds=3, recheck_delay_seconds=15, recheck_limit=12, run_history_days=90,
        reminder_seconds=0,
    )  # fmt: skip
    return assemble(settings, clients, _Silent(), Metrics("dev", lambda: world.now, lambda _: None), lambda: world.now)


_parse = cache(definitions.parse)  # pure, and the same few texts again and again


@contextmanager
def installed(world: "World", modules: Iterable[Any]) -> Iterator[None]:
    """These functions in it, until the end of the block."""
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch.object(module, "application", lambda: world.app))
        stack.enter_context(patch.object(definitions, "parse", _parse))
        yield
