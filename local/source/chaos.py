"""What may go wrong between a table and its view: the streaming job is killed twice, the feeder once.

Landfall starts the job again, at once each time: `StreamRestartMinutes` is 0 on the local engine.
"""

from collections.abc import Callable, Iterator

from local.demo import streaming
from local.source.session import Session
from local.source.stream_output import Landed
from local.stack.clients import Clients
from local.stack.stack import Stack

_TROUBLES = ((0.1, "job"), (0.35, "feeder"), (0.6, "job"))
"""After which share of the changes has landed, what is killed."""


def chaos(
    stack: Stack, clients: Clients, source: Session, landed: Landed, changes: int, report: Callable[[str], None]
) -> Iterator[None]:
    """One step each time it is asked; after each trouble it goes on when what was killed works again."""
    for share, what in _TROUBLES:
        while len(landed.changes) < share * changes:
            yield
        if what == "feeder":
            source.kill_feeder()
            report("the feeder is killed, and another one started")
            source.start_feeder()
            continue
        before = streaming.newest_run(clients)["Id"]
        streaming.kill(stack)
        report("all processes of the streaming job are killed")
        while not streaming.runs_again(clients, before):
            yield
