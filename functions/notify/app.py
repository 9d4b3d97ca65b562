"""An incident opened, is still open or was resolved: tell the on-call topic, one form for each kind of reader."""

import os
import time
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from landfall.adapters.clients import Clients
from landfall.adapters.on_call import Topic
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import Notice, parse_notice
from landfall.messages.publication import publication
from landfall.service.settings import NotifySettings
from landfall.service.sqs_batch import Batch


@dataclass(frozen=True, slots=True)
class Channel:
    """What this function works with: neither the state table nor the definitions."""

    topic: Topic
    place: DeploymentInfo
    log: Logger


@cache
def channel() -> Channel:
    """The channel of this execution environment, on first use."""
    settings = NotifySettings.read(os.environ)
    return Channel(Topic(Clients(), settings.topic), DeploymentInfo(settings.stage, settings.partition), Logger())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A message that cannot be published goes back to its queue, alone."""
    to = channel()
    batch = Batch.read(event, parse_notice, to.log)
    for message_id, news in batch.items:
        batch.handle([message_id], partial(_publish, to, news))
    return batch.response()


def _publish(to: Channel, news: Notice) -> None:
    to.topic.publish(publication(news, to.place, time.time()))
    to.log.info("Published", incident=news.incident, phase=news.phase, pipeline=news.pipeline)
