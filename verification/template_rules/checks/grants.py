"""Least privilege, both ways: what was seen in use or is needed is allowed, and what is allowed is one of these.

What was seen is in verification/iam/calls.json (`make least-privilege` records it anew), what AWS's services need in
verification/iam/needs.py and needs.yaml.
"""

from collections.abc import Iterator

from local.engine.iam.evaluator import Request, applies, as_list, evaluate, matches_action, statements
from verification.iam.needs import needs
from verification.iam.recording import Asked, judged, remembered, roles_gone
from verification.template_rules import policies
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of


def calls_are_allowed(application: Application) -> Iterator[Finding]:
    """Every recorded call, with its resource and its tags."""
    for role in roles_gone(application):
        yield Finding("verification/iam/calls.json", f"has calls of {role}, which is gone: `make least-privilege`")
    for item in remembered(application):
        decision = judged(application, item)
        if not decision:
            yield of(item.role, f"may not do {item.request.action} on {item.request.resource}, which it was seen to do")


def needs_are_allowed(application: Application) -> Iterator[Finding]:
    """What services do under our roles on real AWS."""
    for need in needs(application):
        if not evaluate(policies.of_role(application, need.role), need.request):
            yield of(need.role, f"may not do {need.request.action} on {need.request.resource}: {need.why}")


def grants_are_used(application: Application) -> Iterator[Finding]:
    """Every allowed action was seen in use, or is needed by a service, on a resource of its statement."""
    used = uses(application)
    for role in application.of(policies.ROLE):
        for statement, action in policies.grants(application, role):
            asked = (request for request in used[role.arn] if matches_action(action, request.action))
            if not any(applies(statement, request) for request in asked):
                yield of(role, f"may do {action} by its statement {statement.get('Sid')}, and nobody needs it")


def resources_are_used(application: Application) -> Iterator[Finding]:
    """Of every statement, each resource that it names is needed for one of its actions at least."""
    used = uses(application)
    for role in application.of(policies.ROLE):
        for policy in policies.of_role(application, role):
            for statement in statements(policy):
                for resource in as_list(statement["Resource"]):
                    alone = {**statement, "Resource": resource}
                    if not any(applies(alone, request) for request in used[role.arn]):
                        yield of(role, f"may use {resource} by its statement {statement.get('Sid')}; nobody needs it")


def uses(application: Application) -> dict[str, list[Request]]:
    """Everything that is seen or needed, by the role's ARN."""
    found: dict[str, list[Request]] = {role.arn: [] for role in application.of(policies.ROLE)}
    for item in (*remembered(application), *(Asked(need.role, need.request) for need in needs(application))):
        found[item.role.arn].append(item.request)
    return found


CHECKS = (calls_are_allowed, needs_are_allowed, grants_are_used, resources_are_used)
