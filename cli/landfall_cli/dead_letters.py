"""Dead letters: list the queues, show their messages, and move them back to their source queues.

Messages are moved by hand, the same way on AWS and on the local engine: SQS's StartMessageMoveTask moves only messages
that SQS itself put into the queue, not those that EventBridge could not deliver.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from landfall_cli.deployment import Deployment, Resource

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_SUFFIX = "DeadLetterQueue"
_BATCH = 10  # ReceiveMessage and the batch calls take no more
_BATCH_BYTES = 200_000  # all bodies of a batch together; the least that SQS has ever allowed is 256 KB
_PEEK_SECONDS = 20  # a message that was read becomes visible again after this time, even if this process is killed
_MOVE_SECONDS = 120
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A dead-letter queue. `source_url` is the queue that its messages go back to, empty where there is none."""

    name: str
    url: str
    source_url: str
    count: int
    log_group: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in readable form: what it is, why it was not handled, and the beginning of its body."""

    id: str
    what: str
    why: str
    body: str
    sent_at: float


def find_queues(deployed: Deployment) -> list[DeadLetterQueue]:
    """Every dead-letter queue of the stack, sorted by name."""
    resources = list(deployed.resources())
    by_id = {resource.logical_id: resource for resource in resources}
    urls = [resource for resource in resources if resource.type == "AWS::SQS::Queue"]
    attributes = {resource.logical_id: _get_attributes(deployed, resource) for resource in urls}
    sources: dict[str, Resource] = {}
    for resource in urls:
        policy = attributes[resource.logical_id].get("RedrivePolicy")
        if policy:
            sources[json.loads(policy)["deadLetterTargetArn"]] = resource
    found = []
    for resource in urls:
        source = sources.get(attributes[resource.logical_id]["QueueArn"])
        if source is None and not resource.logical_id.endswith(_SUFFIX):
            continue
        stem = resource.logical_id.removesuffix(_SUFFIX)
        log = by_id.get(f"On{stem}Logs") or by_id.get(f"{stem}Logs")
        found.append(
            DeadLetterQueue(
                name=_kebab(stem),
                url=resource.physical_id,
                source_url=source.physical_id if source else "",
                count=int(attributes[resource.logical_id]["ApproximateNumberOfMessages"]),
                log_group=log.physical_id if log else "",
            )
        )
    return sorted(found, key=lambda queue: queue.name)


def _get_attributes(deployed: Deployment, queue: Resource) -> dict[str, str]:
    answer: Any = deployed.clients.sqs.get_queue_attributes(
        QueueUrl=queue.physical_id, AttributeNames=["QueueArn", "RedrivePolicy", "ApproximateNumberOfMessages"]
    )
    return dict(answer["Attributes"])


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("-")


def peek(deployed: Deployment, queue: DeadLetterQueue, limit: int) -> list[DeadLetter]:
    """Read the first messages of a queue, and leave them there."""
    found: dict[str, MessageTypeDef] = {}
    for message in _receive(deployed, queue, _PEEK_SECONDS, set(), limit):
        found[message["MessageId"]] = message
    for message in found.values():
        deployed.clients.sqs.change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return [to_dead_letter(message) for message in found.values()]


def move(deployed: Deployment, queue: DeadLetterQueue, moved: Callable[[int], None]) -> tuple[int, int]:
    """Send every message back to its source queue; return how many were moved and how many could not be sent.

    Each batch is sent before it is deleted: a crash in between leaves a duplicate, which does no harm, and loses
    nothing. A message that fails again and returns during the move is left in the queue.
    """
    sqs, went, stuck = deployed.clients.sqs, 0, 0
    ours: set[str] = set()
    batch: list[MessageTypeDef] = []

    def flush() -> None:
        nonlocal went, stuck
        if not batch:
            return
        entries: Any = [{"Id": str(number), "MessageBody": message["Body"]} for number, message in enumerate(batch)]
        answer = sqs.send_message_batch(QueueUrl=queue.source_url, Entries=entries)
        sent = answer.get("Successful", [])
        ours.update(item["MessageId"] for item in sent)
        done: Any = [{"Id": item["Id"], "ReceiptHandle": batch[int(item["Id"])]["ReceiptHandle"]} for item in sent]
        if done:
            sqs.delete_message_batch(QueueUrl=queue.url, Entries=done)
        went, stuck = went + len(sent), stuck + len(batch) - len(sent)
        moved(len(sent))
        batch.clear()

    for message in _receive(deployed, queue, _MOVE_SECONDS, ours, None):
        if len(batch) == _BATCH or sum(len(item["Body"].encode()) for item in [*batch, message]) > _BATCH_BYTES:
            flush()
        batch.append(message)
    flush()
    return went, stuck


def _receive(
    deployed: Deployment, queue: DeadLetterQueue, hidden: int, ours: set[str], limit: int | None
) -> Iterator["MessageTypeDef"]:
    """Receive each message once, until the queue is empty or returns only messages that are known already."""
    seen: set[str] = set()
    while limit is None or len(seen) < limit:
        answer = deployed.clients.sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=_BATCH if limit is None else min(_BATCH, limit - len(seen)),
            VisibilityTimeout=hidden,
            WaitTimeSeconds=1,  # asks all of SQS's servers: without it a short queue may look empty
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        new = [
            message
            for message in answer.get("Messages", [])
            if message["MessageId"] not in seen and message["MessageId"] not in ours
        ]
        if not new:
            return
        seen.update(message["MessageId"] for message in new)
        yield from new


def to_dead_letter(message: "MessageTypeDef") -> DeadLetter:
    """Describe a message. EventBridge adds the reason why it could not deliver; SQS adds only the number of tries."""
    attributes: Any = message.get("Attributes", {})
    reason: Any = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    body = message["Body"]
    if reason.get("ERROR_CODE"):
        rule = reason.get("RULE_ARN", "").rsplit("/", 1)[-1]
        why = f"{reason['ERROR_CODE']}: {reason.get('ERROR_MESSAGE', '')}" + (f" (rule {rule})" if rule else "")
    else:
        why = "its function failed on it again and again"
    sent_at = float(attributes.get("SentTimestamp", 0)) / 1000
    return DeadLetter(message["MessageId"], _summarize(body), why, " ".join(body.split())[:_SHOWN], sent_at)


def _summarize(body: str) -> str:
    """Summarize the event in a few words."""
    try:
        event = json.loads(body)
        kind, detail = event["detail-type"], event["detail"]
        if kind.startswith("Object "):
            return f"{kind}: s3://{detail['bucket']['name']}/{detail['object']['key']}"
        names = ("pipeline", "crawlerName", "jobName", "queryExecutionId", "state", "currentState")
        about = " ".join(str(detail[name]) for name in names if detail.get(name))
        return f"{kind}: {about}" if about else str(kind)
    except (ValueError, RecursionError):
        return "not JSON"
    except (KeyError, TypeError, AttributeError):
        return "not an event of EventBridge"
