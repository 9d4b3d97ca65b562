"""The application as CloudFormation gets it: the templates as SAM translates them, with all names filled in."""

import copy
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

from local.engine.iam.requests import Account
from local.stack.stack import ROOT
from verification.template_rules.resolve import Scope

Template = dict[str, Any]
EXAMPLES = {
    "AlertEmail": "on-call@example.com",
    "PagerDutyRoutingKeySecret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:routing-key-AbCdEf",
    "BucketKeyArns": "arn:aws:kms:us-east-1:123456789012:key/11111111-89ab-cdef-0123-456789abcdef",
    "CatalogKeyArn": "arn:aws:kms:us-east-1:123456789012:key/22222222-89ab-cdef-0123-456789abcdef",
    "StreamKeyArn": "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    "FreshWithinMinutes": "60",
    "Checks": '[{"name": "some", "sql": "SELECT 1"}]',
    "CuratedChecks": '[{"name": "some", "sql": "SELECT 1"}]',
    "CertificateArn": "arn:aws:dms:us-east-1:123456789012:cert:RDS",
}
"""Values of parameters whose default leaves something out, for when every condition is to be true."""
MAIN = "template.yaml"
APART: dict[str, dict[str, str]] = {
    "pipelines/source.yaml": {
        "StreamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/kinesis_stream",
        "VpcId": "vpc-0123456789abcdef0",
        "SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        "DatabaseSecurityGroupId": "sg-0123456789abcdef0",
        "ReplicationSecurityGroupId": "sg-0123456789abcdef1",
    },
}
"""Stacks of their own, with what whoever deploys them has to give; they are held to the same checks."""
_LOCAL = "s3://local/"  # the translator wants code in S3; the path on disk is put there


# nobody collects its metrics here, and it complains of that when Python ends
logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)


class _NoManagedPolicies:
    def load(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class Resource:
    """One resource, its properties with every intrinsic function evaluated."""

    stack: "Stack"
    id: str
    type: str
    properties: dict[str, Any]
    raw: Mapping[str, Any]

    @cached_property
    def arn(self) -> str:
        return self.stack.scope.arn(self.id)

    @cached_property
    def name(self) -> str:
        return self.stack.scope.name_of(self.id)

    @property
    def where(self) -> str:
        """For a person: the file and the logical id."""
        return f"{self.stack.file}: {self.id}"


@dataclass
class Stack:
    """One stack of the application: the main one, or a nested one."""

    file: str
    text: str
    scope: Scope
    written: Template
    """The template as it is written, before SAM's transform."""
    path: str
    """The logical ids on the way from the main stack, each with a dot; empty for the main one."""
    resources: dict[str, Resource] = field(default_factory=dict)

    @property
    def declared(self) -> tuple[str, ...]:
        """The logical ids in the template itself, in its order; SAM adds others."""
        return tuple(self.written["Resources"])

    @property
    def template(self) -> Mapping[str, Any]:
        """As transformed."""
        return self.scope.template


@dataclass
class Application:
    """All stacks: the main one first, then those nested in it, then those apart."""

    stacks: list[Stack]

    def __iter__(self) -> Iterator[Resource]:
        return (resource for stack in self.stacks for resource in stack.resources.values())

    def of(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        return [resource for resource in self if resource.type in types]

    def at(self, arn: Any) -> Resource | None:
        """The resource with this ARN, if it is the application's own."""
        return self._by_arn.get(str(arn))

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        return {found.arn: found for found in self if has_arn(found)}


def has_arn(resource: Resource) -> bool:
    """Whether it is of a type whose ARN is known."""
    try:
        return bool(resource.arn)
    except KeyError:
        return False


@cache
def source(file: str) -> str:
    """A template's text."""
    return (ROOT / file).read_text()


@cache
def _parsed(file: str) -> Template:
    parsed: Template = yaml_parse(source(file))
    return parsed


def sources() -> dict[str, Template]:
    """Every template of the repository, parsed; a copy, to be changed at will."""
    files = [MAIN, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pipelines").glob("*.yaml"))]
    return {file: copy.deepcopy(_parsed(file)) for file in files}


def transformed(template: Template) -> Template:
    """The template as SAM's translator gives it to CloudFormation."""
    local = copy.deepcopy(template)
    for resource in local["Resources"].values():
        properties = resource.get("Properties") or {}
        for name in ("CodeUri", "ContentUri", "Location"):
            if isinstance(properties.get(name), str):
                properties[name] = _LOCAL + properties[name]
    # the translator asks boto3 for a region, and its metrics complain on standard output
    with redirect_stdout(io.StringIO()), patch.dict(os.environ, {"AWS_DEFAULT_REGION": Account.region}):
        made: Template = transform(local, {}, _NoManagedPolicies())
    return made


@cache
def _transformed_once(text: str) -> Template:
    """Of the many applications that tests make, most differ in one template."""
    return transformed(json.loads(text))


@dataclass(frozen=True)
class Deployed:
    """What a real stack calls its resources: physical ids by logical ids, for nested stacks by theirs."""

    physical_ids: Mapping[str, str]
    nested: Mapping[str, "Deployed"] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


def application(
    templates: Mapping[str, Template] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    all_conditions: bool = False,
    account: Account | None = None,
    deployed: Deployed | None = None,
) -> Application:
    """The application that the templates make, with their parameters' defaults and the nested stacks' own values."""
    raw = templates or sources()
    made = {file: _transformed_once(json.dumps(template)) for file, template in raw.items()}
    stacks: list[Stack] = []
    _add(stacks, made, MAIN, {}, account or Account(), all_conditions, deployed or Deployed({}))
    for file, given in APART.items():
        path = f"{Path(file).stem}."
        _add(stacks, made, file, given, account or Account(), all_conditions, Deployed({}), path)
    for stack in stacks:
        stack.text = (texts or {}).get(stack.file, stack.text)
        stack.written = raw[stack.file]
    return Application(stacks)


def _add(
    stacks: list[Stack],
    templates: Mapping[str, Template],
    file: str,
    parameters: Mapping[str, Any],
    account: Account,
    all_conditions: bool,
    deployed: Deployed,
    path: str = "",
) -> Mapping[str, Any]:
    """Add a stack and those nested in it; returns its outputs."""
    template = templates[file]
    declared = template.get("Parameters") or {}
    defaults = {name: declaration.get("Default", "") for name, declaration in declared.items()}
    if all_conditions:
        defaults |= {name: value for name, value in EXAMPLES.items() if name in declared}
    given = {name: str(value) for name, value in parameters.items()}
    values = defaults | given | {name: value for name, value in deployed.parameters.items() if name in declared}
    for name, declaration in declared.items():
        if declaration["Type"] == "CommaDelimitedList" or declaration["Type"].startswith("List<"):
            values[name] = [part for part in str(values[name]).split(",") if part]
    outputs: dict[str, Mapping[str, Any]] = {}
    scope = Scope(template, values, deployed.physical_ids, outputs, account, path, all_conditions)
    stack = Stack(file, source(file), scope, {}, path)
    stacks.append(stack)
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack" and _is_made(scope, resource):
            properties = scope.value(resource["Properties"])
            nested = deployed.nested.get(logical_id, Deployed({}))
            inner = str(properties["TemplateURL"]).removeprefix(_LOCAL)
            given_inner = properties.get("Parameters", {})
            way = f"{path}{logical_id}."
            outputs[logical_id] = _add(stacks, templates, inner, given_inner, account, all_conditions, nested, way)
    for logical_id, resource in template["Resources"].items():
        if _is_made(scope, resource):
            properties = scope.value(resource.get("Properties") or {})
            stack.resources[logical_id] = Resource(stack, logical_id, resource["Type"], properties, resource)
    return {
        name: scope.value(output["Value"])
        for name, output in (template.get("Outputs") or {}).items()
        if _is_made(scope, output)
    }


def _is_made(scope: Scope, declaration: Mapping[str, Any]) -> bool:
    return "Condition" not in declaration or scope.holds(declaration["Condition"])


def local_path(uri: Any) -> str:
    """The path on disk of code that `transformed` put into a made-up S3 address."""
    if isinstance(uri, dict):
        return str(uri.get("S3Key", uri.get("Key", "")))
    return str(uri).removeprefix(_LOCAL)
