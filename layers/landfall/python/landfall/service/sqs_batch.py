"""SQS batches: a record that fails does not affect the others of its batch.

Powertools' batch processor handles record by record. Here a batch becomes one write per pipeline, so the records of one
pipeline succeed or fail together.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from landfall.model.errors import LandfallError, MalformedEventError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

T = TypeVar("T")


@dataclass(slots=True)
class Batch(Generic[T]):
    """The parsed records of one invocation, by message id. A bare event, for manual invocation, has an empty id."""

    items: list[tuple[str, T]]
    log: "Logger"
    failed: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, event: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], T], log: "Logger") -> "Batch[T]":
        """Parse every record; one that cannot be parsed fails alone. A bare event that cannot be parsed raises."""
        if "Records" not in event:
            return cls([("", parse(event))], log)
        batch: Batch[T] = cls([], log)
        for record in event["Records"]:
            try:
                batch.items.append((record["messageId"], parse(_parse_body(record))))
            except LandfallError:
                log.exception("A record is not what this function reacts to", message_id=record["messageId"])
                batch.failed.append(record["messageId"])
        return batch

    def handle(self, ids: Iterable[str], work: Callable[[], object]) -> None:
        """Do the work of these records. If it fails, only they go back to the queue; a bare event raises."""
        try:
            work()
        except Exception:
            hand_back = list(ids)
            if "" in hand_back:
                raise
            self.log.exception("These records go back to their queue", message_ids=hand_back)
            self.failed += hand_back

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The response for Lambda's SQS event source: the records to deliver again."""
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in self.failed]}


def _parse_body(record: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        body: Mapping[str, Any] = json.loads(record["body"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise MalformedEventError(f"the message's body is not JSON: {error}") from error
    return body
