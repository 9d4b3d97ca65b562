"""Who may assume a role: the service that uses it, for this account, and no other."""

from collections.abc import Iterator
from typing import Any

from local.engine.iam.evaluator import Request, as_list, evaluate, statements
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_USES = {
    wiring.FUNCTION: ("Role", "lambda"), wiring.SCHEDULE: ("Target.RoleArn", "scheduler"),
    "AWS::Glue::Crawler": ("Role", "glue"), "AWS::Glue::Job": ("Role", "glue"),
    "AWS::DMS::Endpoint": ("KinesisSettings.ServiceAccessRoleArn", "dms"),
}  # fmt: skip
"""Types that act under a role, with the property that names it, and the service that assumes it."""
_WITHOUT_SOURCE = {"lambda.amazonaws.com": "a function may only have a role of its own account"}


def roles_are_trusted_to_who_uses_them(application: Application) -> Iterator[Finding]:
    for resource in application.of(*_USES):
        path, service = _USES[resource.type]
        role = application.at(_at(resource.properties, path))
        if role is None:
            continue
        context = {"aws:SourceAccount": role.stack.scope.account.id}
        request = Request("sts:AssumeRole", role.arn, context, f"{service}.amazonaws.com")
        if not evaluate([role.properties["AssumeRolePolicyDocument"]], request):
            yield of(role, f"is not trusted to {service}, which uses it for {resource.id}")


def trust_asks_for_the_account(application: Application) -> Iterator[Finding]:
    """A service acts for every account: without the source, it is a confused deputy."""
    for role in application.of(policies.ROLE):
        for statement in statements(role.properties["AssumeRolePolicyDocument"]):
            principal = statement.get("Principal") or {}
            keys = {key.lower() for block in (statement.get("Condition") or {}).values() for key in block}
            for service in as_list(principal.get("Service", [])):
                if service not in _WITHOUT_SOURCE and not keys & {"aws:sourceaccount", "aws:sourcearn"}:
                    yield of(role, f"is trusted to {service} for every account: aws:SourceAccount is missing")


def query_roles_are_trusted_to_functions(application: Application) -> Iterator[Finding]:
    """By their roles, each of which starts checks or reads tables; no account, no service."""
    known = {role.arn for role in _roles_of_functions(application)}
    for role in application.of(policies.ROLE):
        for statement in statements(role.properties["AssumeRolePolicyDocument"]):
            named = as_list((statement.get("Principal") or {}).get("AWS", []))
            strangers = [str(name) for name in named if name not in known]
            if strangers:
                yield of(role, f"is trusted to {', '.join(strangers)}, which is no function's role")


def _roles_of_functions(application: Application) -> list[Resource]:
    roles = (wiring.role_of(application, function) for function in application.of(wiring.FUNCTION))
    return [role for role in roles if role is not None]


def _at(properties: Any, path: str) -> Any:
    for name in path.split("."):
        properties = (properties or {}).get(name)
    return properties


CHECKS = (roles_are_trusted_to_who_uses_them, trust_asks_for_the_account, query_roles_are_trusted_to_functions)
