"""CloudFormation's intrinsic functions, evaluated: Ref and GetAtt give the names and ARNs that a deployed stack has.

Names are the stack's real ones where they are known, else the logical ids. Sources: the CloudFormation guide's list of
intrinsic functions, and for each type its page's "Return values".
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.engine.iam.requests import Account

_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^!][^}]*)\}")

_NAME_PROPERTIES = (
    "Name", "QueueName", "FunctionName", "RoleName", "BucketName", "TableName", "LogGroupName", "TopicName",
    "AlarmName", "DashboardName", "DBInstanceIdentifier", "DBClusterIdentifier", "EndpointIdentifier",
    "ReplicationSubnetGroupIdentifier", "ReplicationConfigIdentifier",
)  # fmt: skip
_NAMED_BY = {"AWS::Glue::Database": "DatabaseName"}  # a property that means something else in other types
_ARNS = {
    "AWS::Athena::WorkGroup": "arn:{p}:athena:{r}:{a}:workgroup/{name}",
    "AWS::CloudWatch::Alarm": "arn:{p}:cloudwatch:{r}:{a}:alarm:{name}",
    "AWS::CloudWatch::CompositeAlarm": "arn:{p}:cloudwatch:{r}:{a}:alarm:{name}",
    "AWS::DMS::Endpoint": "arn:{p}:dms:{r}:{a}:endpoint:{name}",
    "AWS::DMS::ReplicationConfig": "arn:{p}:dms:{r}:{a}:replication-config:{name}",
    "AWS::DynamoDB::Table": "arn:{p}:dynamodb:{r}:{a}:table/{name}",
    "AWS::Events::EventBus": "arn:{p}:events:{r}:{a}:event-bus/{name}",
    "AWS::Events::ApiDestination": "arn:{p}:events:{r}:{a}:api-destination/{name}",
    "AWS::Events::Connection": "arn:{p}:events:{r}:{a}:connection/{name}",
    "AWS::Glue::Job": "arn:{p}:glue:{r}:{a}:job/{name}",
    "AWS::Glue::Crawler": "arn:{p}:glue:{r}:{a}:crawler/{name}",
    "AWS::IAM::ManagedPolicy": "arn:{p}:iam::{a}:policy/{name}",
    "AWS::IAM::Role": "arn:{p}:iam::{a}:role{path}{name}",
    "AWS::KMS::Key": "arn:{p}:kms:{r}:{a}:key/{name}",
    "AWS::Kinesis::Stream": "arn:{p}:kinesis:{r}:{a}:stream/{name}",
    "AWS::Lambda::Function": "arn:{p}:lambda:{r}:{a}:function:{name}",
    "AWS::Lambda::LayerVersion": "arn:{p}:lambda:{r}:{a}:layer:{name}:1",
    "AWS::Logs::LogGroup": "arn:{p}:logs:{r}:{a}:log-group:{name}:*",
    "AWS::RDS::DBCluster": "arn:{p}:rds:{r}:{a}:cluster:{name}",
    "AWS::S3::Bucket": "arn:{p}:s3:::{name}",
    "AWS::Scheduler::Schedule": "arn:{p}:scheduler:{r}:{a}:schedule/default/{name}",
    "AWS::SecretsManager::Secret": "arn:{p}:secretsmanager:{r}:{a}:secret:{name}-AbCdEf",
    "AWS::SNS::Topic": "arn:{p}:sns:{r}:{a}:{name}",
    "AWS::SQS::Queue": "arn:{p}:sqs:{r}:{a}:{name}",
}
_ATTRIBUTES = {"Endpoint.Port": "5432"}
_REF_IS_ARN = {
    "AWS::SNS::Topic", "AWS::Lambda::LayerVersion", "AWS::SecretsManager::Secret", "AWS::IAM::ManagedPolicy",
    "AWS::DMS::Endpoint", "AWS::DMS::ReplicationConfig",
}  # fmt: skip


@dataclass
class Scope:
    """One stack's template with its parameters: everything that its intrinsic functions can see."""

    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    physical_ids: Mapping[str, str] = field(default_factory=dict)
    outputs_of: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The outputs of nested stacks, by their logical ids."""
    account: Account = field(default_factory=Account)
    path: str = ""
    """The logical ids of the stacks that this one is nested in, each with a dot."""
    all_conditions: bool = False
    """Whether every condition counts as true, so that a check sees every resource."""

    def value(self, raw: Any) -> Any:
        """The value with every intrinsic function evaluated; what AWS::NoValue names is left out."""
        if isinstance(raw, list):
            return [item for item in (self.value(inner) for inner in raw) if item is not _NO_VALUE]
        if not isinstance(raw, dict):
            return raw
        if len(raw) == 1:
            name, argument = next(iter(raw.items()))
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::"):
                return _FUNCTIONS[name](self, argument)
        found = {name: self.value(inner) for name, inner in raw.items()}
        return {name: inner for name, inner in found.items() if inner is not _NO_VALUE}

    def ref(self, name: str) -> Any:
        """What Ref gives: a parameter's value, a pseudo parameter, or a resource's name, ARN or URL."""
        pseudo = {
            "AWS::AccountId": self.account.id,
            "AWS::Region": self.account.region,
            "AWS::Partition": self.account.partition,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "landfall",
            "AWS::StackId": f"arn:aws:cloudformation:{self.account.region}:{self.account.id}:stack/landfall/0",
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.template["Resources"][name]["Type"]
        if kind == "AWS::SQS::Queue":
            host = f"https://sqs.{self.account.region}.amazonaws.com"
            return f"{host}/{self.account.id}/{self.name_of(name)}"
        return self.arn(name) if kind in _REF_IS_ARN else self.name_of(name)

    def name_of(self, logical_id: str) -> str:
        """The resource's own name, without path or ARN."""
        resource = self.template["Resources"][logical_id]
        physical = self.physical_ids.get(logical_id)
        if physical:
            is_path = resource["Type"] in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::KMS::Key")
            return re.split(r"[/:]", physical)[-1] if is_path else physical
        properties = resource.get("Properties") or {}
        own = (_NAMED_BY[resource["Type"]],) if resource["Type"] in _NAMED_BY else _NAME_PROPERTIES
        named = next((properties[name] for name in own if name in properties), None)
        return str(self.value(named)) if named else f"landfall-{self.path.replace('.', '-')}{logical_id}"

    def names_itself(self, logical_id: str) -> bool:
        """Whether the template gives the resource its name."""
        return any(name in _NAME_PROPERTIES for name in self.template["Resources"][logical_id].get("Properties") or {})

    def arn(self, logical_id: str) -> str:
        """The resource's ARN; a KeyError for a type whose ARN this module does not know."""
        resource = self.template["Resources"][logical_id]
        properties = self.value(resource.get("Properties") or {})
        name, kind = self.name_of(logical_id), resource["Type"]
        if kind == "AWS::Events::Rule":
            bus = str(properties.get("EventBusName", "default")).rsplit("/", 1)[-1]
            return self._arn(f"arn:{{p}}:events:{{r}}:{{a}}:rule/{'' if bus == 'default' else bus + '/'}{{name}}", name)
        return self._arn(_ARNS[kind], name, properties.get("Path", "/"))

    def _arn(self, form: str, name: str, path: str = "/") -> str:
        here = self.account
        return form.format(p=here.partition, r=here.region, a=here.id, name=name, path=path)

    def attribute(self, path: str | list[str]) -> Any:
        """What GetAtt gives."""
        logical_id, attribute = path.split(".", 1) if isinstance(path, str) else (path[0], ".".join(path[1:]))
        if attribute.startswith("Outputs."):
            return self.outputs_of[logical_id][attribute.removeprefix("Outputs.")]
        if attribute in ("Arn", "TopicArn", "Id"):  # Id: of a secret
            return self.arn(logical_id)
        if attribute in ("QueueName", "TopicName", "Name"):
            return self.name_of(logical_id)
        return _ATTRIBUTES.get(attribute, f"{self.name_of(logical_id)}.{attribute}")

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        return self.all_conditions or bool(self.value(self._condition(self.template["Conditions"][condition])))

    def _condition(self, raw: Any) -> Any:
        """Conditions refer to each other by {"Condition": name}."""
        if isinstance(raw, dict) and set(raw) == {"Condition"}:
            return self.holds(raw["Condition"])
        if isinstance(raw, dict):
            return {name: self._condition(inner) for name, inner in raw.items()}
        return [self._condition(inner) for inner in raw] if isinstance(raw, list) else raw

    def sub(self, argument: str | list[Any]) -> str:
        """What Sub gives."""
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in own:
                return str(self.value(own[name]))
            return str(self.attribute(name) if "." in name else self.ref(name))

        return _VARIABLE.sub(fill, text).replace("${!", "${")


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::GetAtt": lambda scope, argument: scope.attribute(argument),
    "Fn::Sub": lambda scope, argument: scope.sub(argument),
    "Fn::Join": lambda scope, argument: argument[0].join(map(str, scope.value(argument[1]))),
    "Fn::Split": lambda scope, argument: scope.value(argument[1]).split(argument[0]),
    "Fn::Select": lambda scope, argument: scope.value(argument[1])[int(argument[0])],
    "Fn::If": lambda scope, argument: scope.value(argument[1 if scope.holds(argument[0]) else 2]),
    "Fn::Equals": lambda scope, argument: scope.value(argument[0]) == scope.value(argument[1]),
    "Fn::Not": lambda scope, argument: not scope.value(argument[0]),
    "Fn::And": lambda scope, argument: all(scope.value(argument)),
    "Fn::Or": lambda scope, argument: any(scope.value(argument)),
    "Fn::Base64": lambda scope, argument: base64.b64encode(str(scope.value(argument)).encode()).decode(),
    "Fn::ImportValue": lambda scope, argument: scope.value(argument),
    "Fn::FindInMap": lambda scope, argument: _in_map(scope, *scope.value(argument)),
    "Fn::GetAZs": lambda scope, argument: [scope.account.region + zone for zone in "ab"],
    "Fn::ToJsonString": lambda scope, argument: str(scope.value(argument)),
}


def _in_map(scope: Scope, name: str, first: str, second: str) -> Any:
    return scope.template["Mappings"][name][first][second]
