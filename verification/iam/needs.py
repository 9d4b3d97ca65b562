"""What roles are for besides what was seen: AWS's services, read off the template or from needs.yaml; rare paths."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.engine.iam.evaluator import Request
from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource


@dataclass(frozen=True)
class Need:
    """A service does this under the role."""

    role: Resource
    request: Request
    why: str


def needs(application: Application) -> Iterator[Need]:
    """Every need of every role."""
    for function in application.of(wiring.FUNCTION):
        role = wiring.role_of(application, function)
        if role is not None:
            yield from _of_function(application, function, role)
    for schedule in application.of(wiring.SCHEDULE):
        role = wiring.role_of(application, schedule)
        if role is not None:
            yield from _of_schedule(schedule, role)
    yield from _rare(application)
    for entry in _written():
        for stack in application.stacks:
            if stack.file == entry["file"] and entry["role"] in stack.resources:
                yield from _as_written(entry, stack.resources[entry["role"]])


def _of_function(application: Application, function: Resource, role: Resource) -> Iterator[Need]:
    for _, queue, reader in wiring.queues_of_sources(application):
        if reader is function and queue is not None:
            for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
                yield Need(role, Request(action, queue.arn), "Lambda polls the queue with the function's role")
    group = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
    for found in application.of("AWS::Logs::LogGroup"):
        if found.name == group:
            stream = found.arn.removesuffix(":*") + ":log-stream:2026/11/21/[$LATEST]0"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                yield Need(role, Request(action, stream), "Lambda writes the function's log with its role")
    for arn in wiring.failure_destinations(application, function):
        yield Need(role, Request("sqs:SendMessage", arn), "Lambda keeps failed events with the function's role")


def _of_schedule(schedule: Resource, role: Resource) -> Iterator[Need]:
    target = schedule.properties["Target"]
    yield Need(role, Request("lambda:InvokeFunction", target["Arn"]), "the scheduler invokes its target")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters:
        yield Need(role, Request("sqs:SendMessage", dead_letters), "the scheduler keeps what it could not invoke")


def _rare(application: Application) -> Iterator[Need]:
    """Crawlers and jobs with the tags that they have in the template."""
    known = {f"{{{found.stack.path}{found.id}}}": found for found in application}
    for entry in rare():
        role = known.get(f"{{{entry['role']}}}")
        resource = known.get(entry["resource"])
        if role is None or resource is None:
            continue
        tags = resource.properties.get("Tags")
        context = {f"aws:ResourceTag/{name}": tag for name, tag in tags.items()} if isinstance(tags, dict) else {}
        for action in entry["actions"]:
            why = f"{entry['why']} (`{entry['shown_by'].rsplit('::', 1)[1]}`)"
            yield Need(role, Request(action, resource.arn, context), why)


def _as_written(entry: dict[str, Any], role: Resource) -> Iterator[Need]:
    scope = role.stack.scope

    def fill(text: str) -> str:
        for name, given in {**scope.parameters, "AWS::AccountId": scope.account.id}.items():
            value = ",".join(given) if isinstance(given, list) else given
            text = text.replace(f"{{{name}}}", str(value)).replace(f"{{{name}|folder}}", str(value).rstrip("/"))
        for resource in role.stack.resources.values():
            if text == f"{{{resource.id}}}":
                return resource.arn
        return text.replace("us-east-1:123456789012", f"{scope.account.region}:{scope.account.id}")

    for need in entry["needs"]:
        if "when" in need and not scope.holds(need["when"]):
            continue
        context = {key: fill(value) for key, value in need.get("context", {}).items()}
        request = Request(need["action"], fill(need["resource"]), context)
        yield Need(role, request, f"{entry['who']}: {need['why']} ({entry['sources'][need['source']]})")


def rare() -> list[dict[str, Any]]:
    """What no end-to-end test needs, each with the test that shows it."""
    return _read("reasons.yaml")


def _written() -> list[dict[str, Any]]:
    return _read("needs.yaml")


@cache
def _read(file: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / file).read_text())
    return found
