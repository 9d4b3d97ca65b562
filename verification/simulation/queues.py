"""SQS, and Lambda's poller: visibility, receipts, dead letters, batches with a window, partial failures."""

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from verification.simulation.functions import Function

if TYPE_CHECKING:
    from verification.simulation.world import World


@dataclass(slots=True, eq=False)
class Message:
    """One message; `about` tells the story what it is. `upload`: the object it reports, if it does."""

    id: str
    body: str
    about: str
    upload: Any = None
    receipts: int = 0
    bad: bool = False


@dataclass(slots=True, eq=False)
class Queue:
    """A queue, its dead letters, and the function that it feeds."""

    world: "World"
    name: str
    function: Function
    visibility: float
    batch: int
    window: float
    max_receipts: int = 5
    concurrency: int = 4
    visible: list[Message] = field(default_factory=list)
    hidden: list[Message] = field(default_factory=list)  # received and not yet deleted, or delayed
    dead: list[Message] = field(default_factory=list)
    _random: Random = field(init=False)
    _polling: bool = False

    def __post_init__(self) -> None:
        self._random = Random(f"{self.world.seed}/{self.name}")

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits here, dead letters and what no function can read apart."""
        return all(message.bad for message in (*self.visible, *self.hidden))

    def send(self, message: Message, delay: float = 0) -> None:
        if delay:
            self.hidden.append(message)
            self.world.scheduler.after(delay, lambda: self._appear(message))
        else:
            self.visible.append(message)
            self._poll_soon()

    def redrive(self) -> bool:
        """Take up the dead letters again, but for bad records; whether there were any."""
        dead = [message for message in self.dead if not message.bad]
        self.dead = [message for message in self.dead if message.bad]
        for message in dead:
            message.receipts = 0
            self.world.say("operator", f"redrives {message.about}")
            self.send(message)
        return bool(dead)

    def _appear(self, message: Message) -> None:
        self.hidden.remove(message)
        self.visible.append(message)
        self._poll_soon()

    def _poll_soon(self) -> None:
        if not self._polling:
            self._polling = True
            self.world.scheduler.after(self._random.uniform(0, self.window), self._poll)

    def _poll(self) -> None:
        self._polling = False
        if self.function.running >= self.concurrency:
            return  # an invocation that ends polls again
        batch = self._received()
        if not batch:
            return
        if self.world.faults.hit("invocation lost"):
            self.world.say(self.name, "FAULT invocation lost", *(message.about for message in batch))
            self._come_back(batch)
        else:
            self._invoke(batch)
        if self.visible:
            self._poll_soon()

    def _received(self) -> list[Message]:
        """A batch in any order; what was received too often dies instead."""
        self._random.shuffle(self.visible)
        batch: list[Message] = []
        while self.visible and len(batch) < self.batch:
            message = self.visible.pop()
            message.receipts += 1
            if message.receipts > self.max_receipts:
                self.dead.append(message)
                self.world.count("dead letters")
                self.world.say(self.name, "dead letter", message.about)
            else:
                batch.append(message)
        return batch

    def _invoke(self, batch: list[Message]) -> None:
        self.hidden += batch
        records = [{"messageId": message.id, "body": message.body} for message in batch]
        uploads = [message.upload for message in batch if message.upload is not None]
        doubled = [message for message in batch if self.world.faults.hit("message doubled")]

        def ended(answer: Any, error: BaseException | None) -> None:
            failed = {message.id for message in batch}
            if error is None:
                failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
            self._finish(batch, failed)

        about = ", ".join(message.about for message in batch[:6])
        self.function.invoke({"Records": records}, about, ended, uploads)
        for message in doubled:  # at least once: the same message is in two hands
            self.world.say(self.name, "FAULT message doubled", message.about)
            copy = Message(message.id, message.body, message.about, message.upload, 0, message.bad)
            self.send(copy, self._random.uniform(0.01, 20))

    def _finish(self, batch: list[Message], failed: set[str]) -> None:
        self.hidden = [message for message in self.hidden if message not in batch]
        self._come_back([message for message in batch if message.id in failed])
        if self.visible:
            self._poll_soon()

    def _come_back(self, batch: list[Message]) -> None:
        for message in batch:
            self.send(message, self.visibility)
