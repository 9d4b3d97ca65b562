"""Every action, resource and condition key of a policy is one that the service knows, and fits the others.

IAM takes a policy with a misspelled action, with a resource that its action never names, or with a condition on a key
that is never sent, without a word: it then allows nothing. The names are AWS's own (../reference).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from local.engine.iam.evaluator import as_list, statements
from verification.template_rules import policies
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of
from verification.template_rules.reference import service

_DOCUMENTS = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument")


def actions_exist(application: Application) -> Iterator[Finding]:
    for resource, statement, action in _uses(application):
        if "*" not in action and _action(action) is None:
            yield of(resource, f"names {action} in its statement {statement.get('Sid')}, which no service has")


def resources_fit_their_actions(application: Application) -> Iterator[Finding]:
    """Each named resource is of a type that one of the statement's actions is about, and the other way round."""
    for resource, statement in _statements(application):
        actions = [_action(action) for action in _actions(statement)]
        named = list(map(str, as_list(statement.get("Resource", []))))
        if not named or not actions or None in actions:
            continue  # a trust policy, or every action of a service; actions_exist names what is not known
        for arn in named:
            if arn != "*" and not any(_overlaps_one(arn, action, action["types"]) for action in actions if action):
                yield of(
                    resource, f"names {arn} in its statement {statement.get('Sid')}, which no action there is about"
                )
        for name, action in zip(_actions(statement), actions, strict=True):
            if action and not any(_is_about(action, arn) for arn in named):
                yield of(resource, f"allows {name} in its statement {statement.get('Sid')} on nothing that it is about")


def required_resources_are_named(application: Application) -> Iterator[Finding]:
    """An action that is about several resources, as Glue's catalog asks for every level, needs them all."""
    for role in application.of(policies.ROLE):
        named: dict[str, list[str]] = {}
        for statement, name in policies.grants(application, role):
            named.setdefault(name, []).extend(map(str, as_list(statement.get("Resource", []))))
        for name, arns in named.items():
            action = _action(name) or {"types": {}, "arns": {}}
            required = [kind for kind, is_required in action["types"].items() if is_required]
            for kind in required:
                if not any(_overlaps_one(arn, action, [kind]) for arn in arns):
                    yield of(role, f"may do {name}, which needs a {kind}, too, and none of its statements names one")


def condition_keys_are_sent(application: Application) -> Iterator[Finding]:
    """A key is one of AWS's global ones, or one that the service sends with the action or its resource."""
    for resource, statement, name in _uses(application):
        action = _action(name)
        keys = [key for block in (statement.get("Condition") or {}).values() for key in block]
        for key in keys if action else ():
            if not _is_global(key) and not any(_is_key(known, key) for known in action["keys"]):  # type: ignore[index]
                yield of(
                    resource, f"asks for {key} in its statement {statement.get('Sid')}, which {name} does not send"
                )


def policies_are_well_formed(application: Application) -> Iterator[Finding]:
    """IAM refuses a policy that lacks a part; one without its version reads no variables."""
    for resource in application:
        documents = [(name, resource.properties[name]) for name in _DOCUMENTS if name in resource.properties]
        documents += [("Policies", policy["PolicyDocument"]) for policy in resource.properties.get("Policies") or []]
        for name, document in documents:
            is_of_role, is_trust = name == "Policies", name == "AssumeRolePolicyDocument"
            wanted = {"Effect", "Action", *([] if is_trust else ["Resource"]), *([] if is_of_role else ["Principal"])}
            if document.get("Version") != "2012-10-17":
                yield of(resource, f"has in {name} no version 2012-10-17")
            for statement in statements(document):
                given = {part.removeprefix("Not") for part, value in statement.items() if value}
                if wanted - given:
                    yield of(resource, f"has in {name} a statement without {', '.join(sorted(wanted - given))}")


def _statements(application: Application) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for resource in application:
        documents = [resource.properties[name] for name in _DOCUMENTS if name in resource.properties]
        documents += [policy["PolicyDocument"] for policy in resource.properties.get("Policies") or []]
        for document in documents:
            yield from ((resource, statement) for statement in statements(document))


def _uses(application: Application) -> Iterator[tuple[Resource, Mapping[str, Any], str]]:
    for resource, statement in _statements(application):
        yield from ((resource, statement, action) for action in _actions(statement))


def _actions(statement: Mapping[str, Any]) -> list[str]:
    return [str(action) for action in as_list(statement.get("Action", [])) if "*" not in str(action)]


@cache
def _action(name: str) -> dict[str, Any] | None:
    """An action with the ARNs of its types, and every key that is sent with it; None where there is none."""
    prefix, _, action = name.partition(":")
    found = service(prefix)
    if found is None or action not in found["actions"]:
        return None
    types, keys = found["actions"][action]["types"], set(found["actions"][action]["keys"])
    for kind in types:
        keys |= set(found["resources"][kind]["keys"])
    arns = {kind: re.sub(r"\$\{[^}]*\}", "*", found["resources"][kind]["arn"]) for kind in types}
    return {"types": types, "arns": arns, "keys": keys}


def _is_about(action: Mapping[str, Any], arn: str) -> bool:
    return arn == "*" if not action["types"] else arn == "*" or _overlaps_one(arn, action, action["types"])


def _overlaps_one(arn: str, action: Mapping[str, Any], kinds: Any) -> bool:
    return arn == "*" or any(_arns_overlap(arn, action["arns"][kind]) for kind in kinds)


def _arns_overlap(one: str, other: str) -> bool:
    """Part by part: an asterisk in one part of an ARN reaches into none before it."""
    parts, others = one.split(":", 5), other.split(":", 5)
    return len(parts) == len(others) and all(overlap(*pair) for pair in zip(parts, others, strict=True))


@cache
def overlap(one: str, other: str) -> bool:
    """Whether there is a text that both patterns match; `*` is any text and `?` any one sign."""
    if not one or not other:
        return not (one + other).strip("*")
    if "*" in (one[0], other[0]):
        wild, rest = (one, other) if one[0] == "*" else (other, one)
        return overlap(wild[1:], rest) or overlap(wild, rest[1:])
    return (one[0] == other[0] or "?" in (one[0], other[0])) and overlap(one[1:], other[1:])


def _is_global(key: str) -> bool:
    """Keys that AWS sends with any request of a service: the IAM guide, "global condition context keys"."""
    of_service = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")
    return key.lower().startswith("aws:") and not key.lower().startswith(of_service)


def _is_key(known: str, key: str) -> bool:
    return re.fullmatch(re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(known)), key, re.IGNORECASE) is not None


CHECKS = (
    policies_are_well_formed,
    actions_exist,
    resources_fit_their_actions,
    required_resources_are_named,
    condition_keys_are_sent,
)
