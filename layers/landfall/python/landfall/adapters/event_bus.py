"""Messages that Landfall sends: announcements to its bus, rechecks of crawlers to their queue."""

from typing import Any

from landfall.adapters.clients import Clients
from landfall.model.events import CrawlerChange
from landfall.model.state import Announcement

_BATCH = 10  # the limit of PutEvents


class EventBus:
    """Landfall's own event bus."""

    def __init__(self, clients: Clients, name: str, source: str) -> None:
        self._clients, self._name, self._source = clients, name, source

    def announce(self, announcements: tuple[Announcement, ...]) -> frozenset[str]:
        """Put the announcements on the bus; return the ids of those that it accepted."""
        taken: set[str] = set()
        for start in range(0, len(announcements), _BATCH):
            batch = announcements[start : start + _BATCH]
            entries: list[Any] = [
                {"EventBusName": self._name, "Source": self._source, "DetailType": item.type, "Detail": item.detail}
                for item in batch
            ]
            answers = self._clients.events.put_events(Entries=entries)["Entries"]
            taken.update(item.id for item, answer in zip(batch, answers, strict=True) if "EventId" in answer)
        return frozenset(taken)


class RecheckQueue:
    """The queue by which a crawler is checked again after some seconds, since no function waits."""

    def __init__(self, clients: Clients, queue_url: str, delay: int) -> None:
        self._clients, self._queue_url, self._delay = clients, queue_url, delay

    def schedule_recheck(self, change: CrawlerChange) -> None:
        """Queue a recheck, which is delivered after the delay."""
        self._clients.sqs.send_message(
            QueueUrl=self._queue_url, MessageBody=change.to_recheck_message(), DelaySeconds=self._delay
        )
