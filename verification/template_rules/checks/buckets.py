"""Buckets are private, keep what is overwritten, and like queues and topics refuse plain HTTP."""

import re
from collections.abc import Iterator

from local.engine.iam.evaluator import Request
from verification.template_rules import policies
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_ACTIONS = {
    "AWS::S3::Bucket": ("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    "AWS::SQS::Queue": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "AWS::SNS::Topic": ("sns:Publish",),
}


def buckets_block_public_access(application: Application) -> Iterator[Finding]:
    for bucket in application.of("AWS::S3::Bucket"):
        blocks = bucket.properties.get("PublicAccessBlockConfiguration") or {}
        missing = [name for name in _BLOCKS if blocks.get(name) not in (True, "true")]
        if missing:
            yield of(bucket, f"does not block public access: {', '.join(missing)}")


def plain_http_is_refused(application: Application) -> Iterator[Finding]:
    for resource in application.of(*_ACTIONS):
        for action in _ACTIONS[resource.type]:
            arn = f"{resource.arn}/a/b" if action.endswith("Object") else resource.arn
            request = Request(action, arn, {"aws:SecureTransport": "false"}, "arn:aws:iam::123456789012:role/any")
            if policies.admits(application, resource, request).verdict != "denied":
                yield of(resource, f"does not refuse {action} over plain HTTP")


def https_is_not_refused(application: Application) -> Iterator[Finding]:
    """A refusal without its condition shuts out everyone, also those who could take it back."""
    for resource in application.of(*_ACTIONS):
        for action in _ACTIONS[resource.type]:
            arn = f"{resource.arn}/a/b" if action.endswith("Object") else resource.arn
            request = Request(action, arn, {"aws:SecureTransport": "true"}, "arn:aws:iam::123456789012:role/any")
            if policies.admits(application, resource, request).verdict == "denied":
                yield of(resource, f"refuses {action} to everyone, by HTTPS as well")


def buckets_are_versioned_or_say_why_not(application: Application) -> Iterator[Finding]:
    for bucket in application.of("AWS::S3::Bucket"):
        versioning = (bucket.properties.get("VersioningConfiguration") or {}).get("Status")
        if versioning != "Enabled" and "not versioned" not in _comment_above(bucket).lower():
            yield of(bucket, "is not versioned, and no comment above it says why")


def _comment_above(resource: Resource) -> str:
    match = re.search(rf"((?:^  #.*\n)*)^  {resource.id}:", resource.stack.text, re.MULTILINE)
    return match[1] if match else ""


CHECKS = (
    buckets_block_public_access,
    plain_http_is_refused,
    https_is_not_refused,
    buckets_are_versioned_or_say_why_not,
)
