"""Listens to what AWS and Landfall say while a run goes on: a queue of our own behind two rules."""

import json
from collections.abc import Iterator
from typing import Any

from local.stack.clients import Clients

_NAME = "local-observer"


class Observer:
    """Every event of Landfall's bus, of crawlers and of queries, in the order of their arrival."""

    def __init__(self, clients: Clients) -> None:
        """Make the queue and the rules; events from before are not heard."""
        self._sqs = clients.sqs
        self._queue_url = clients.sqs.create_queue(QueueName=_NAME)["QueueUrl"]
        attributes = clients.sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])
        queue_arn = attributes["Attributes"]["QueueArn"]
        for bus, source in (
            (clients.outputs["BusName"], "landfall"),
            ("default", "aws.glue"),
            ("default", "aws.athena"),
        ):
            rule = f"{_NAME}-{source.replace('.', '-')}"
            clients.events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
            clients.events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue_arn}])

    def hear(self, seconds: int = 1) -> Iterator[dict[str, Any]]:
        """Events that arrive within this many seconds, none of them twice."""
        answer = self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])
