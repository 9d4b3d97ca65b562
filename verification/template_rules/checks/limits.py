"""With every parameter at its longest, names and values still fit what the services take."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from verification.template_rules.application import Application, Stack
from verification.template_rules.checks.finding import Finding, of
from verification.template_rules.checks.models import validator_of
from verification.template_rules.longest import longest
from verification.template_rules.resolve import Scope

LIMITS = {
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    ("AWS::SSM::Parameter", "Value"): 8192,
    # https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html
    ("AWS::Glue::Database", "DatabaseName"): 255,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    ("AWS::RDS::DBCluster", "DBClusterIdentifier"): 63,
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier"): 63,
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    ("AWS::IAM::Role", "Path"): 512,
}
"""What the schemas leave out, by type and property, in signs."""
_OF_SCHEMA = ("maxLength", "pattern")


def names_fit_at_their_longest(application: Application) -> Iterator[Finding]:
    for stack in application.stacks:
        scope = at_its_longest(stack)
        for resource in stack.resources.values():
            properties = scope.value(resource.raw.get("Properties") or {})
            for error in validator_of(resource.type).iter_errors(properties):
                if error.validator in _OF_SCHEMA and len(error.absolute_path) == 1:
                    name = error.absolute_path[0]
                    yield of(resource, f"has in {name} what the schema refuses when parameters are at their longest: "
                                       f"{str(error.instance)[:80]} ({len(error.instance)} signs)")  # fmt: skip
            for (kind, name), limit in LIMITS.items():
                is_small = kind == "AWS::SSM::Parameter" and properties.get("Tier", "Standard") == "Standard"
                most = limit // 2 if is_small else limit  # a standard parameter takes half of an advanced one
                if resource.type == kind and len(str(properties.get(name, ""))) > most:
                    yield of(resource, f"has in {name} up to {len(properties[name])} signs; {most} are taken")


def names_are_bounded(application: Application) -> Iterator[Finding]:
    """A text that becomes a part of a name has a longest one, by its pattern or by MaxLength."""
    for stack in application.stacks:
        named = {name for resource in stack.resources.values() for name in _names_in(stack, resource.id)}
        for name in sorted(named):
            if _longest(stack.template["Parameters"][name]) is None:
                yield Finding(f"{stack.file}: {name}", "is a part of a name, and has no longest value")


def at_its_longest(stack: Stack) -> Scope:
    """The stack's scope with each text that has a pattern at its longest."""
    values = dict(stack.scope.parameters)
    for name, declaration in (stack.template.get("Parameters") or {}).items():
        found = _longest(declaration)
        if declaration["Type"] == "String" and found is not None:
            values[name] = found
    return dataclasses.replace(stack.scope, parameters=values)


def _longest(declaration: dict[str, Any]) -> str | None:
    if "AllowedValues" in declaration:
        return max(map(str, declaration["AllowedValues"]), key=len)
    if declaration["Type"] == "Number":
        return str(declaration.get("MaxValue", declaration.get("Default", "0")))
    most = declaration.get("MaxLength")
    if "AllowedPattern" in declaration:
        return longest(declaration["AllowedPattern"], most)
    return None if most is None else "a" * int(most)


def _names_in(stack: Stack, logical_id: str) -> Iterator[str]:
    """The parameters that the properties which name a resource are made of."""
    resource = stack.template["Resources"][logical_id]
    named = [value for key, value in (resource.get("Properties") or {}).items() if key in _NAMES]
    for value in named:
        for name, declaration in (stack.template.get("Parameters") or {}).items():
            is_pasted = f"${{{name}}}" in str(value) or value == {"Ref": name}
            if is_pasted and declaration["Type"] == "String":
                yield name


_NAMES = (
    "Name", "RoleName", "QueueName", "FunctionName", "BucketName", "LogGroupName", "AlarmName", "DashboardName",
    "DBClusterIdentifier", "DBInstanceIdentifier", "EndpointIdentifier", "ReplicationConfigIdentifier", "TopicName",
    "ReplicationSubnetGroupIdentifier",
)  # fmt: skip

CHECKS = (names_fit_at_their_longest, names_are_bounded)
