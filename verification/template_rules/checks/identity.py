"""What a resource is known by: fixed, known to CloudFormation, apart in two regions, and free again after a failure."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from local.engine.iam.requests import Account
from verification.template_rules.application import APART, Application, Deployed, Resource, sources
from verification.template_rules.application import application as made_of
from verification.template_rules.checks.finding import Finding, of
from verification.template_rules.checks.models import schema_of

_GLOBAL = {
    "AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName", "AWS::IAM::InstanceProfile": "InstanceProfileName", "AWS::S3::Bucket": "BucketName",
    "AWS::CloudWatch::Dashboard": "DashboardName", "AWS::Route53::HostedZone": "Name",
}  # fmt: skip
"""Types whose ARN has no region, with the property that names them: two regions share the name."""
SHARED = {
    "dms-vpc-role": "the account's own, and only made where it has none",
    "dms-cloudwatch-logs-role": "as dms-vpc-role",
    "AWSGlueExecutionRole": "asked for by this name; NameSuffix or RoleName sets it apart (docs/deploy.md)",
}


def names_are_free_after_a_failure(application: Application) -> Iterator[Finding]:
    """Retain keeps also what a deploy that failed has made, and the next one finds its name taken."""
    for resource in application:
        if resource.raw.get("DeletionPolicy") == "Retain" and _given_identity(resource):
            yield of(resource, "has a fixed name and would outlive a first deploy that failed: RetainExceptOnCreate")


def identities_are_given(application: Application) -> Iterator[Finding]:
    """Else CloudFormation takes another nested name for a change of the same resource, which the service refuses."""
    for resource in application:
        schema = schema_of(resource.type)
        read_only, create_only = _paths(schema, "readOnlyProperties"), _paths(schema, "createOnlyProperties")
        identity = [path for path in _paths(schema, "primaryIdentifier") if path not in read_only]
        if not identity or any(path in resource.properties for path in identity):
            continue
        for name, inner in resource.properties.items():
            if isinstance(inner, dict) and "Name" in inner and f"{name}/Name" not in create_only:
                yield of(resource, f"is named by {name}.Name, and its identity {', '.join(identity)} is not given")


def names_are_apart_in_two_regions(application: Application) -> Iterator[Finding]:
    for resource in application.of(*_GLOBAL):
        name = resource.properties.get(_GLOBAL[resource.type])
        if name is None or name in SHARED:
            continue
        elsewhere = dataclasses.replace(resource.stack.scope, account=Account(region="eu-west-1"))
        if elsewhere.value(resource.raw["Properties"][_GLOBAL[resource.type]]) == name:
            yield of(resource, f"is called {name} in every region, and names of its kind are the account's")


def names_are_apart_in_two_stages(application: Application) -> Iterator[Finding]:
    """Also those that SAM gives, after the resource: two stages of one account have the same resources."""
    templates = sources() | {stack.file: stack.written for stack in application.stacks}
    parameters = {"Stage": "other", "NameSuffix": "-other", "WithStream": "yes"}
    other = {
        (found.stack.path, found.id): _name(found)
        for found in made_of(templates, deployed=Deployed({}, parameters=parameters))
        if found.stack.file not in APART
    }
    for resource in application:
        name = _name(resource)
        if name is not None and other.get((resource.stack.path, resource.id)) == name:
            yield of(resource, f"is called {name} in every stage")


def _name(resource: Resource) -> str | None:
    """The name that the template, or SAM, gives it; None where CloudFormation makes one up."""
    schema = schema_of(resource.type)
    read_only = _paths(schema, "readOnlyProperties")
    identity = [path for path in _paths(schema, "primaryIdentifier") if path not in read_only]
    named = [*identity, "Name"] if resource.type == "AWS::Events::Rule" else identity
    raw = resource.raw.get("Properties") or {}
    own = [path for path in named if path.endswith("Name") and path in raw and not _is_another(resource, raw[path])]
    found = [str(resource.properties[path]) for path in own]
    return "/".join(found) or None


def _is_another(resource: Resource, raw: Any) -> bool:
    """Whether what is given is another resource's name."""
    return isinstance(raw, dict) and raw.get("Ref") in resource.stack.template["Resources"]


def crawlers_wait_for_their_role(application: Application) -> Iterator[Finding]:
    """A role is not known everywhere once it is made: Glue cannot assume it, and the first deploy fails.

    Something else that takes IAM its time is made between the two.
    """
    for crawler in application.of("AWS::Glue::Crawler"):
        resources = crawler.stack.template["Resources"]
        role = application.at(crawler.properties["Role"])
        waits = _named(crawler.raw.get("DependsOn"))
        if role is None or role.stack is not crawler.stack:
            continue
        between = [name for name in waits if role.id in _named(resources[name].get("DependsOn"))]
        if not any(resources[name]["Type"] == "AWS::IAM::Role" for name in between):
            yield of(crawler, f"is made as soon as {role.id} is: let it depend on a role that depends on that one")


def _named(depends: Any) -> list[str]:
    return [depends] if isinstance(depends, str) else list(depends or [])


def _given_identity(resource: Resource) -> bool:
    schema = schema_of(resource.type)
    read_only = _paths(schema, "readOnlyProperties")
    names = [path for path in _paths(schema, "primaryIdentifier") if path not in read_only]
    return any(path in resource.properties for path in names) or resource.stack.scope.names_itself(resource.id)


def _paths(schema: Mapping[str, Any], name: str) -> list[str]:
    return [path.removeprefix("/properties/") for path in schema.get(name) or []]


CHECKS = (
    names_are_free_after_a_failure,
    identities_are_given,
    names_are_apart_in_two_regions,
    names_are_apart_in_two_stages,
    crawlers_wait_for_their_role,
)
