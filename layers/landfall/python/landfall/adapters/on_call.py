"""The channels to on-call: the SNS topic, and PagerDuty by HTTP. A message that fails is retried by its queue."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from landfall.adapters.clients import Clients
from landfall.messages.publication import Publication
from landfall.model.errors import ChannelError, SettingsError

_ACCEPTED = 202
_TIMEOUT = 10  # seconds, for connecting, for sending, and for each part of the answer
_KEY_LIFETIME = 300  # seconds until a rotated key is used


@dataclass(frozen=True, slots=True)
class Topic:
    """The on-call topic."""

    clients: Clients
    arn: str

    def publish(self, publication: Publication) -> None:
        """Publish one form per protocol. An event that is delivered twice is published twice."""
        self.clients.sns.publish(
            TopicArn=self.arn,
            Subject=publication.subject,
            Message=json.dumps(publication.forms, ensure_ascii=False),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in publication.attributes.items()
            },
        )


@dataclass(slots=True)
class RoutingKey:
    """PagerDuty's routing key, read from Secrets Manager and kept for some minutes. It is never logged."""

    clients: Clients
    secret: str
    clock: Callable[[], float]
    _key: str = field(default="", repr=False)
    _read_at: float = 0.0

    def current(self) -> str:
        """The key: the secret's text, or its field routing_key. Raises SettingsError, without the text in it."""
        if not self._key or self.clock() > self._read_at + _KEY_LIFETIME:
            answer = self.clients.secrets.get_secret_value(SecretId=self.secret)
            self._key, self._read_at = _parse_routing_key(answer.get("SecretString", "")), self.clock()
        return self._key


def _parse_routing_key(text: str) -> str:
    text = text.strip()
    if text.startswith("{"):
        try:
            found = json.loads(text).get("routing_key")
        except (ValueError, RecursionError):
            found = None
        text = found.strip() if isinstance(found, str) else ""
    if not text:
        raise SettingsError(
            "The secret PagerDutyRoutingKeySecret holds no routing key: its text must be the integration key of an "
            'Events API v2 integration, or {"routing_key": "…"}.'
        )
    return text


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """PagerDuty's Events API v2, or a substitute at `endpoint`."""

    endpoint: str
    key: RoutingKey

    def send(self, event: dict[str, Any]) -> None:
        """Send one event. Raises ChannelError with PagerDuty's answer unless that is 202, accepted.

        A retry may help after 429 and 5xx. After a 400 it does not: the event ends in the dead-letter queue, and the
        reason is in the log.
        """
        key, url = self.key.current(), urlsplit(self.endpoint)
        connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = connect(url.netloc, timeout=_TIMEOUT)
        body = json.dumps({"routing_key": key} | event)
        try:
            connection.request("POST", url.path or "/", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read(2000).decode("utf-8", "replace").replace(key, "(routing key)")
        except (OSError, HTTPException) as error:
            raise ChannelError(f"{url.scheme}://{url.netloc} did not answer: {error!r}") from error
        finally:
            connection.close()
        if answer.status != _ACCEPTED:
            raise ChannelError(f"{url.scheme}://{url.netloc} answered {answer.status} {answer.reason}: {said}")


@dataclass(frozen=True, slots=True)
class History:
    """The part of the state table that paging needs."""

    clients: Clients
    table: str

    def is_resolved(self, pipeline: str, incident: str) -> bool:
        """Whether the incident is in the history, which it enters when it is resolved."""
        key = {"pk": {"S": f"pipeline#{pipeline}"}, "sk": {"S": f"incident#{incident}"}}
        answer = self.clients.dynamodb.get_item(
            TableName=self.table, Key=key, ConsistentRead=True, ProjectionExpression="pk"
        )
        return "Item" in answer
