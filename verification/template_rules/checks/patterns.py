"""Each rule delivers the payloads of events/ that are meant for its function, and no other."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto.events.models import EventPattern

from verification.examples.payloads import EVENTS, payload
from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource, local_path
from verification.template_rules.checks.finding import Finding, of

NOT_DELIVERED = {
    "on_upload/key_outside_every_pipeline": "no rule of ours has its prefix: a bad definition could bring it about",
    "on_upload/deleted_permanently": "deletions do not count, unless a pipeline's own rule asks for them",
    "on_upload/deleted_by_marker": "as deleted_permanently",
    "on_upload/deleted_by_lifecycle": "as deleted_permanently",
    "on_crawler_state/started": "tells nothing that we did not know",
    "on_job_state/running": "tells nothing that we did not know",
    "on_stream_state/alarm_insufficient_data": "a metric without data tells nothing",
    "on_stream_state/replication_initializing": "neither failed nor running",
    "on_crawler_state/hint": "our own message, straight to the queue",
}
_OURS = {"landfall-lake": "LakeBucket"}  # the payloads' bucket, and the one that it stands for


def rules_deliver_what_is_meant_for_them(application: Application) -> Iterator[Finding]:
    """Each payload reaches the function of its folder by exactly one rule, or is listed with its reason."""
    receivers, queued = _receivers(application), _queued(application)
    for name in payloads():
        folder = name.split("/", maxsplit=1)[0]
        rules = [rule for rule, function in receivers if function == folder and _delivers(rule, name)]
        if folder not in queued:
            continue  # rules deliver to queues only, and it has none in this application
        if name in NOT_DELIVERED and rules:
            yield of(rules[0], f"delivers events/{name}.json, though {NOT_DELIVERED[name]}")
        if name not in NOT_DELIVERED and len(rules) != 1:
            found = ", ".join(rule.id for rule in rules) or "no rule"
            yield Finding(f"events/{name}.json", f"is delivered to {folder} by {found}; exactly one must")


def rules_deliver_nothing_else(application: Application) -> Iterator[Finding]:
    """A payload of one folder reaches another function only if that one has such payloads, too."""
    for rule, function in _receivers(application):
        kinds = {_kind(name) for name in payloads() if name.startswith(f"{function}/")}
        for name in payloads():
            if _kind(name) not in kinds and _delivers(rule, name):
                yield of(rule, f"delivers events/{name}.json to {function}, which has no such payloads")


def rules_match_something(application: Application) -> Iterator[Finding]:
    """Of the instances of one nested template, one is enough: payloads are those of one dataset."""
    receivers = _receivers(application)
    delivering = {
        (rule.stack.file, rule.id) for rule, _ in receivers if any(_delivers(rule, name) for name in payloads())
    }
    for rule, function in receivers:
        if (rule.stack.file, rule.id) not in delivering:
            yield of(rule, f"delivers no payload of events/{function}: its pattern, or a payload, is wrong or missing")


def _receivers(application: Application) -> list[tuple[Resource, str]]:
    """Each rule with the folders of the functions that read its target queues."""
    found = []
    for rule, target in wiring.targets(application):
        for _, queue, function in wiring.queues_of_sources(application):
            if queue is not None and function is not None and queue.arn == target["Arn"]:
                found.append((rule, local_path(function.properties["Code"]).rsplit("/", 1)[-1]))
    return found


def _queued(application: Application) -> set[str]:
    """The folders of the functions that read a queue."""
    readers = [function for _, queue, function in wiring.queues_of_sources(application) if queue is not None]
    return {local_path(function.properties["Code"]).rsplit("/", 1)[-1] for function in readers if function is not None}


def _delivers(rule: Resource, name: str) -> bool:
    event = _event(name)
    bus = str(rule.properties.get("EventBusName", "default"))
    if (bus == "default") != event["source"].startswith("aws."):
        return False  # AWS's own events come on the default bus, Landfall's on its own
    pattern = json.dumps(rule.properties["EventPattern"])
    for standing_in, bucket in _OURS.items():
        pattern = pattern.replace(f'"landfall-{bucket}"', f'"{standing_in}"')
    return bool(EventPattern.load(pattern).matches_event(event))


@cache
def payloads() -> tuple[str, ...]:
    """The bare events, as EventBridge carries them."""
    names = (str(path.relative_to(EVENTS).with_suffix("")) for path in sorted(EVENTS.glob("*/*.json")))
    return tuple(name for name in names if "detail-type" in payload(name))


@cache
def _event(name: str) -> Any:
    return payload(name)


def _kind(name: str) -> tuple[str, str]:
    event = _event(name)
    return event["source"], event["detail-type"]


CHECKS = (rules_deliver_what_is_meant_for_them, rules_deliver_nothing_else, rules_match_something)
