"""Recorded calls: read, put to their roles, judged, and kept in a form that knows no deployment's names."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.engine.iam import s3_requests
from local.engine.iam.evaluator import Decision, Request, evaluate
from local.engine.iam.requests import Call
from verification.template_rules import policies, wiring
from verification.template_rules.application import EXAMPLES, Application, Resource, has_arn

_KEPT_KEYS = ("aws:ResourceTag", "s3:prefix")
KEPT = Path(__file__).parent / "calls.json"


@dataclass(frozen=True)
class Asked:
    """A role asks this of IAM."""

    role: Resource
    request: Request


def read(file: Path) -> list[dict[str, Any]]:
    """The engine's lines."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def asked(application: Application, lines: Iterable[Mapping[str, Any]]) -> Iterator[Asked]:
    """What each call asks of IAM. Calls of roles and functions that tests made for themselves are left out."""
    for line in lines:
        role = _role(application, line)
        if role is None:
            continue
        for request in _requests(line, role):
            if _is_gone(request.resource, line["resource"]):
                continue
            yield Asked(role, request)
            yield from _through_key(application, role, request)


def _requests(line: Mapping[str, Any], role: Resource) -> Iterable[Request]:
    """S3 is asked by method and path, which is decoded and has the bucket in front; all others by operation."""
    parameters = line["parameters"]
    if line["service"] == "s3":
        query = {name: value for name, value in parameters.items() if name != "path"}
        return s3_requests.requests(line["operation"], parameters["path"], query, {})
    call = Call(line["service"], line["operation"], parameters, line["resource"])
    return call.requests(role.stack.scope.account)


def _is_gone(arn: str, known: Mapping[str, Any]) -> bool:
    """Whether a crawler or job was not there: it had no tags to be allowed by, and AWS answers AccessDenied."""
    return any(value is None and arn.endswith(f":{name}") for name, value in known.items())


def _role(application: Application, line: Mapping[str, Any]) -> Resource | None:
    if "function" in line:
        functions = application.of(wiring.FUNCTION)
        function = next((found for found in functions if line["function"] in (found.name, found.id)), None)
        return wiring.role_of(application, function) if function else None
    return next((role for role in application.of(policies.ROLE) if role.name == line["role"]), None)


def _through_key(application: Application, role: Resource, request: Request) -> Iterator[Asked]:
    """Whoever publishes to an encrypted topic uses its key (SNS guide, key management)."""
    topic = application.at(request.resource)
    if request.action != "sns:Publish" or topic is None:
        return
    named = topic.properties.get("KmsMasterKeyId")
    for key in application.of("AWS::KMS::Key"):
        if named in (key.name, key.arn):
            yield Asked(role, Request("kms:GenerateDataKey", key.arn))
            yield Asked(role, Request("kms:Decrypt", key.arn))


def judged(application: Application, item: Asked) -> Decision:
    """What IAM would say: the role's policies, and whatever the resource's own policies deny.

    A role is assumed by what its trust policy allows as well.
    """
    decision = evaluate(policies.of_role(application, item.role), item.request)
    resource = application.at(item.request.resource)
    if resource is None or not decision:
        return decision
    context = {**item.request.context, "aws:SecureTransport": "true"}
    as_principal = Request(item.request.action, item.request.resource, context, item.role.arn)
    if item.request.action == "sts:AssumeRole":
        return evaluate([resource.properties["AssumeRolePolicyDocument"]], as_principal)
    own = evaluate(policies.of_resource(application, resource), as_principal)
    return own if own.verdict == "denied" else decision


def kept(application: Application, items: Iterable[Asked]) -> list[dict[str, Any]]:
    """The calls whose resources are the application's own, with logical ids for the names of this deployment."""
    found: dict[str, dict[str, Any]] = {}
    names = _names(application)
    for item in items:
        text = item.request.resource
        for name, stands_for in names.items():
            text = text.replace(name, stands_for)
        if not _is_ours(application, item.request.resource):
            continue
        if item.request.action == "s3:GetObject":
            text = text[: text.rfind("/") + 1]  # its folder stands for the objects that tests happen to upload
        context = {key: str(value) for key, value in item.request.context.items() if key.startswith(_KEPT_KEYS)}
        entry = {
            "role": item.role.stack.path + item.role.id, "action": item.request.action,
            "resource": text, "context": context,
        }  # fmt: skip
        found[json.dumps(entry)] = entry
    return [found[line] for line in sorted(found)]


def _is_ours(application: Application, arn: str) -> bool:
    """A crawler or role that a test made for itself, or a stack of its own, is nothing to remember."""
    if any(kind in arn for kind in (":crawler/", ":job/", ":role/")):
        return application.at(arn) is not None
    return True


def _names(application: Application) -> dict[str, str]:
    """The deployment's own names, longest first, and what stands for them."""
    found = {}
    for resource in application:
        scope = resource.stack.scope
        if has_arn(resource) and resource.id in scope.physical_ids and not scope.names_itself(resource.id):
            found[resource.name] = f"{{{resource.stack.path}{resource.id}}}"
    for name, value in application.stacks[0].scope.parameters.items():
        if name in EXAMPLES and value:
            found[value] = f"{{{name}}}"
    account = application.stacks[0].scope.account.id
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0]))) | {account: "{account}"}


def remembered(application: Application) -> Iterator[Asked]:
    """What is kept in calls.json, with the names of this application; calls of roles that are gone are left out."""
    for entry in entries():
        role = _kept_role(application, entry)
        if role is None:
            continue
        resource = entry["resource"].replace("{account}", role.stack.scope.account.id)
        for name in EXAMPLES:
            resource = resource.replace(f"{{{name}}}", application.stacks[0].scope.parameters.get(name, ""))
        for found in application:
            resource = resource.replace(f"{{{found.stack.path}{found.id}}}", found.name)
        yield Asked(role, Request(entry["action"], resource, entry["context"]))


def entries() -> list[dict[str, Any]]:
    """The calls that are kept."""
    found: list[dict[str, Any]] = json.loads(KEPT.read_text())
    return found


def roles_gone(application: Application) -> list[str]:
    """Roles of kept calls that the application has not any more: the recording is of another time.

    Those of a nested stack that a condition leaves out are there in another deployment.
    """
    declared = {stack.path + name for stack in application.stacks for name in stack.template["Resources"]}
    left_out = declared - {stack.path.rstrip(".") for stack in application.stacks}
    roles = {entry["role"] for entry in entries()}
    return sorted(role for role in roles - declared if role.rpartition(".")[0] not in left_out)


def _kept_role(application: Application, entry: Mapping[str, Any]) -> Resource | None:
    path, _, name = entry["role"].rpartition(".")
    stacks = (stack for stack in application.stacks if stack.path.rstrip(".") == path)
    return next((stack.resources[name] for stack in stacks if name in stack.resources), None)
