"""An incident opened, is still open or was resolved: publish it to the on-call topic, in a form for each protocol."""

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
    """The parts of this function, which uses neither the state table nor the definitions."""

    topic: Topic
    place: DeploymentInfo
    log: Logger


@cache
def channel() -> Channel:
    """Create the channel of this execution environment, on first use."""
    settings = NotifySettings.read(os.environ)
    return Channel(Topic(Clients(), settings.topic), DeploymentInfo(settings.stage, settings.partition), Logger())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish each message; one that fails goes back to the queue alone."""
    to = channel()
    batch = Batch.read(event, parse_notice, to.log)
    for message_id, news in batch.items:
        batch.handle([message_id], partial(_publish, to, news))
    return batch.response()


def _publish(to: Channel, news: Notice) -> None:
    to.topic.publish(publication(news, to.place, time.time()))
    to.log.info("Published", incident=news.incident, phase=news.phase, pipeline=news.pipeline)
