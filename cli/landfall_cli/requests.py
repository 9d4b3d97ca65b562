"""Requests to Landfall. Each is an event on its bus, so it is retried, dead-lettered and alarmed like an upload."""

import json
import time
from collections.abc import Callable

from landfall.model.state import State
from landfall_cli.deployment import Deployment
from landfall_cli.errors import CommandError
from landfall_cli.output import Output

IsDone = Callable[[State], bool]

_SOURCE = "landfall.cli"
# Enough for the batching window of the queue, a cold start, and one retry.
_HANDLED_SECONDS = 30.0
_POLL_SECONDS = 0.5


def send(deployed: Deployment, kind: str, detail: dict[str, str]) -> None:
    """Put one event on the bus. Raises CommandError when the bus does not accept it."""
    entry = {
        "EventBusName": deployed.output("BusName"),
        "Source": _SOURCE,
        "DetailType": kind,
        "Detail": json.dumps(detail, ensure_ascii=False),
    }
    answer = deployed.clients.events.put_events(Entries=[entry])["Entries"][0]  # type: ignore[list-item]
    if "EventId" not in answer:
        raise CommandError(f"The bus did not take it: {answer.get('ErrorMessage', 'no reason given')}", "Try again.")


def wait_until(
    deployed: Deployment, name: str, is_done: IsDone, out: Output, what: str, seconds: float = 0.0
) -> State | None:
    """Poll the pipeline's state until `is_done` accepts it; None if that takes longer than `seconds`."""
    deadline = time.monotonic() + (seconds or _HANDLED_SECONDS)
    with out.waiting(what):
        while True:
            state = deployed.state_table.load(name)
            if is_done(state):
                return state
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL_SECONDS)
