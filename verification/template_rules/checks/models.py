"""Every property is one that CloudFormation and the service behind it know, with a value that they take.

CloudFormation's own schemas come with cfn-lint. They are weak where it matters most: what words a service takes is in
the model of its API, which comes with botocore.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, Shape, StringShape, StructureShape
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from jsonschema import Draft7Validator, ValidationError

from local.engine.iam.requests import Account
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

_MADE_BY = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", "PutCompositeAlarm"),
    "AWS::DMS::Endpoint": ("dms", "CreateEndpoint"),
    "AWS::DMS::ReplicationConfig": ("dms", "CreateReplicationConfig"),
    "AWS::DMS::ReplicationSubnetGroup": ("dms", "CreateReplicationSubnetGroup"),
    "AWS::EC2::VPCEndpoint": ("ec2", "CreateVpcEndpoint"),
    "AWS::RDS::DBCluster": ("rds", "CreateDBCluster"),
    "AWS::RDS::DBClusterParameterGroup": ("rds", "CreateDBClusterParameterGroup"),
    "AWS::RDS::DBInstance": ("rds", "CreateDBInstance"),
    "AWS::RDS::DBSubnetGroup": ("rds", "CreateDBSubnetGroup"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "CreateSecret"),
}
"""Types whose properties are the parameters of one call; their names differ in case at most."""
_CLOUDFORMATION_S_OWN = {
    ("AWS::RDS::DBClusterParameterGroup", "Family"), ("AWS::RDS::DBClusterParameterGroup", "Parameters"),
    ("AWS::SecretsManager::Secret", "GenerateSecretString"),
}  # fmt: skip
_TEXTS = {
    ("AWS::DMS::ReplicationConfig", "TableMappings"), ("AWS::DMS::ReplicationConfig", "ReplicationSettings"),
}  # fmt: skip
"""JSON to CloudFormation, text to the API: verification.template_rules.checks.replications looks into them."""


def properties_fit_their_schemas(application: Application) -> Iterator[Finding]:
    """No unknown property, none missing, none that only CloudFormation may set, no value that the schema refuses."""
    for resource in application:
        schema, validator = schema_of(resource.type), validator_of(resource.type)
        for error in validator.iter_errors(resource.properties):
            if not is_coerced(error):
                way = ".".join(map(str, error.absolute_path)) or "its properties"
                yield of(resource, f"has in {way} what the schema of {resource.type} refuses: {error.message}")
        for path in schema.get("readOnlyProperties", []):
            name = path.removeprefix("/properties/")
            if name in resource.properties:
                yield of(resource, f"sets {name}, which only CloudFormation can")


@cache
def schema_of(kind: str) -> dict[str, Any]:
    """CloudFormation's schema of a type."""
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(Account.region, kind).schema
    return schema


@cache
def validator_of(kind: str) -> Draft7Validator:
    """What tests properties against that schema."""
    return Draft7Validator(schema_of(kind))


def is_coerced(error: ValidationError) -> bool:
    """A parameter's value is text; CloudFormation makes of it what the property asks for."""
    text, kind = error.instance, error.validator_value
    if error.validator != "type" or not isinstance(text, str):
        return False
    number = re.fullmatch(r"-?[0-9]+", text) or (kind == "number" and re.fullmatch(r"-?[0-9]*\.[0-9]+", text))
    return bool((kind in ("integer", "number") and number) or (kind == "boolean" and text in ("true", "false")))


def properties_fit_the_service_s_model(application: Application) -> Iterator[Finding]:
    """What the API would refuse or not know, by the model that its clients are made of."""
    for resource in application.of(*_MADE_BY):
        service, operation = _MADE_BY[resource.type]
        shape = _service(service).operation_model(operation).input_shape
        known = {
            name: value
            for name, value in resource.properties.items()
            if (resource.type, name) not in _CLOUDFORMATION_S_OWN | _TEXTS
        }
        for way, what in _misfits(shape, known, ""):
            yield of(resource, f"has in {way} what {service} {operation} does not take: {what}")


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def _misfits(shape: Shape, value: Any, way: str) -> Iterator[tuple[str, str]]:
    """Where a value does not fit its shape, and why."""
    if isinstance(shape, StructureShape):
        yield from _of_structure(shape, value, way)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            yield from _misfits(shape.member, item, f"{way}.{number}")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield way, f"{value!r} is none of {', '.join(shape.enum)}"
    elif shape.type_name == "boolean" and str(value).lower() not in ("true", "false"):
        yield way, f"{value!r} is neither true nor false"
    elif shape.type_name in ("integer", "long") and not re.fullmatch(r"-?[0-9]+", str(value)):
        yield way, f"{value!r} is no whole number"


def _of_structure(shape: StructureShape, value: Any, way: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield way, f"{value!r} is no structure"
        return
    members = {name.lower(): member for name, member in shape.members.items()}
    for name, inner in value.items():
        here = f"{way}.{name}".strip(".")
        if name.lower() not in members:
            yield here, "there is no such setting"
        else:
            yield from _misfits(members[name.lower()], inner, here)


CHECKS = (properties_fit_their_schemas, properties_fit_the_service_s_model)
