"""An incident opened or was resolved: trigger or resolve its alert in PagerDuty."""

import os
import time
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from landfall.adapters.clients import Clients
from landfall.adapters.on_call import History, PagerDuty, RoutingKey
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import Notice, parse_notice
from landfall.messages.pagerduty import pagerduty
from landfall.service.settings import PageSettings
from landfall.service.sqs_batch import Batch


@dataclass(frozen=True, slots=True)
class Channel:
    """The parts of this function."""

    pagerduty: PagerDuty
    history: History
    place: DeploymentInfo
    log: Logger


@cache
def channel() -> Channel:
    """Create the channel of this execution environment, on first use."""
    settings, clients = PageSettings.read(os.environ), Clients()
    key = RoutingKey(clients, settings.routing_key_secret, time.time)
    place = DeploymentInfo(settings.stage, settings.partition)
    return Channel(
        PagerDuty(settings.endpoint, key), History(clients, settings.state_table), place, Logger()
    )  # fmt: skip


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send each message; one that PagerDuty does not accept goes back to the queue alone."""
    to = channel()
    batch = Batch.read(event, parse_notice, to.log)
    for message_id, news in batch.items:
        batch.handle([message_id], partial(_page, to, news))
    return batch.response()


def _page(to: Channel, news: Notice) -> None:
    """Trigger or resolve the alert, but do not page for an incident that is resolved already.

    The queue does not keep order: after an outage or a redrive the resolution may have been sent first, and PagerDuty
    drops a resolution that has no alert.
    """
    if news.phase != "resolved" and to.history.is_resolved(news.pipeline, news.incident):
        to.log.info("Not paged: it was resolved meanwhile", incident=news.incident, pipeline=news.pipeline)
        return
    to.pagerduty.send(pagerduty(news, to.place, time.time()))
    to.log.info("Paged", incident=news.incident, phase=news.phase, pipeline=news.pipeline)
