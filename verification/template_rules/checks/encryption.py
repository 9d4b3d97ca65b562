"""Everything that can be encrypted is.

AWS encrypts log groups, event buses, functions' variables and SSM's strings without being asked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of


def _has(*path: str) -> Callable[[Mapping[str, Any]], bool]:
    def test(properties: Mapping[str, Any]) -> bool:
        found: Any = properties
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found not in (None, False, "false", "", [])

    return test


def _queue(properties: Mapping[str, Any]) -> bool:
    return _has("SqsManagedSseEnabled")(properties) or _has("KmsMasterKeyId")(properties)


def _bucket(properties: Mapping[str, Any]) -> bool:
    """A rule without its algorithm encrypts nothing."""
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    return bool(rules) and all(_has("ServerSideEncryptionByDefault", "SSEAlgorithm")(rule) for rule in rules)


def _workgroup(properties: Mapping[str, Any]) -> bool:
    """Not enforced, a client's own settings win."""
    configuration = properties.get("WorkGroupConfiguration", {})
    is_encrypted = _has("ResultConfiguration", "EncryptionConfiguration")(configuration)
    return is_encrypted and _has("EnforceWorkGroupConfiguration")(configuration)


_ENCRYPTED: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::DynamoDB::Table": _has("SSESpecification", "SSEEnabled"),
    "AWS::Kinesis::Stream": _has("StreamEncryption"),
    "AWS::KinesisFirehose::DeliveryStream": _has("DeliveryStreamEncryptionConfigurationInput"),
    "AWS::RDS::DBCluster": _has("StorageEncrypted"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _has("KmsMasterKeyId"),
    "AWS::SQS::Queue": _queue,
}


def everything_is_encrypted(application: Application) -> Iterator[Finding]:
    for resource in application.of(*_ENCRYPTED):
        if not _ENCRYPTED[resource.type](resource.properties):
            yield of(resource, "is not encrypted")


def keys_are_rotated(application: Application) -> Iterator[Finding]:
    for key in application.of("AWS::KMS::Key"):
        if not _has("EnableKeyRotation")(key.properties):
            yield of(key, "is not rotated")


CHECKS = (everything_is_encrypted, keys_are_rotated)
