"""EventBridge: Landfall's own bus, and the way of AWS's events to their queues."""

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from verification.simulation.queues import Message
from verification.simulation.scheduler import Entry

if TYPE_CHECKING:
    from verification.simulation.world import World


class EventBus:
    """boto3's client for PutEvents. What it takes, it has delivered."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        details = [json.loads(entry["Detail"]) for entry in Entries]

        def effect() -> dict[str, Any]:
            answers: list[dict[str, str]] = []
            for entry, detail in zip(Entries, details, strict=True):
                if self._world.fault_injection.hit("entry refused", "PutEvents", detail["id"]):
                    answers.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"})
                else:
                    self._world.oracle.announced(entry["DetailType"], detail)
                    answers.append({"EventId": f"event-{detail['id']}"})
            failed = sum("ErrorCode" in answer for answer in answers)
            return {"FailedEntryCount": failed, "Entries": answers}

        return self._world.fault_injection.call(
            "events", "PutEvents", ", ".join(detail["id"] for detail in details), effect
        )


@dataclass(slots=True, eq=False)
class _Underway:
    queue: str
    message: Message
    entry: Entry


class Delivery:
    """Rules that put AWS's events into queues: at least once for S3's, with best effort for Glue's and Athena's."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._random = Random(f"{world.seed}/delivery")
        self._count = 0
        self._underway: dict[int, _Underway] = {}

    @property
    def is_quiet(self) -> bool:
        """Whether no event is on its way."""
        return not self._underway

    def best_effort(self, queue: str, event: dict[str, Any], about: str) -> None:
        if self._world.faults.hit("event lost"):
            self._world.say("eventbridge", "FAULT event lost", about)
            return
        self.at_least_once(queue, event, about)

    def at_least_once(self, queue: str, event: dict[str, Any], about: str, upload: Any = None) -> None:
        body = json.dumps(event)
        self._send(queue, body, about, upload)
        while self._world.faults.hit("event doubled"):
            self._world.say("eventbridge", "FAULT event doubled", about)
            self._send(queue, body, about, upload)

    def garbage(self, queue: str, body: str) -> None:
        """A message that no function can read."""
        self._count += 1
        message = Message(f"m{self._count}", body, f"garbage m{self._count}", bad=True)
        self._world.queues[queue].send(message)

    def hint(self, queue: str, body: str, delay: float) -> None:
        """A message that the application sends itself."""
        self._count += 1
        self._world.queues[queue].send(Message(f"m{self._count}", body, f"hint m{self._count}"), delay)

    def hurry(self) -> None:
        """Faults are over: what is late comes now."""
        for number, underway in list(self._underway.items()):
            underway.entry.cancel()
            self._schedule(number, underway.queue, underway.message, self._random.uniform(0.1, 5))

    def _send(self, queue: str, body: str, about: str, upload: Any) -> None:
        self._count += 1
        message = Message(f"m{self._count}", body, about, upload)
        self._schedule(self._count, queue, message, self._delay(about))

    def _delay(self, about: str) -> float:
        for kind, least, most in (("event late", 10, 400), ("event very late", 400, 9_000)):
            if self._world.faults.hit(kind):
                seconds = self._random.uniform(least, most)
                self._world.say("eventbridge", f"FAULT {kind}", about, f"by {seconds:.0f} s")
                return seconds
        return self._random.uniform(0.1, 3)

    def _schedule(self, number: int, queue: str, message: Message, seconds: float) -> None:
        def arrive() -> None:
            del self._underway[number]
            self._world.queues[queue].send(message)

        entry = self._world.scheduler.after(seconds, arrive)
        self._underway[number] = _Underway(queue, message, entry)
