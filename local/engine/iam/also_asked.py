"""What a request asks for besides: the keys of what is encrypted, and the list behind an object that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local.engine import ministack_adapter
from local.engine.iam.evaluator import Request

_READS = ("s3:GetObject", "s3:GetObjectVersion")


def with_all(request: Request, headers: Mapping[str, str] | None = None) -> Iterator[Request]:
    """The request, and what AWS asks for with it.

    Reading needs kms:Decrypt of the object's key, writing kms:GenerateDataKey (S3 guide, "Using SSE-KMS"); a publisher
    to an encrypted topic and a sender to an encrypted queue need both (SNS and SQS guides, "Key management"). What is
    not there is 404 for those only who may list the bucket (S3 API, GetObject).
    """
    yield request
    service, account = request.action.partition(":")[0], ministack_adapter.account_id()
    for action, key in _keys(request, headers or {}):
        via = f"{service}.{ministack_adapter.region()}.amazonaws.com"
        yield Request(action, key, {"kms:ViaService": via, "kms:CallerAccount": account})
    if request.action in _READS:
        bucket, _, key = request.resource.removeprefix("arn:aws:s3:::").partition("/")
        if ministack_adapter.object_exists(bucket, key) is False:
            yield Request("s3:ListBucket", f"arn:aws:s3:::{bucket}")


def _keys(request: Request, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if request.action in (*_READS, "s3:PutObject"):
        bucket, _, key = request.resource.removeprefix("arn:aws:s3:::").partition("/")
        if request.action == "s3:PutObject":
            found, actions = ministack_adapter.key_of_new_object(bucket, headers), ["kms:GenerateDataKey"]
        else:
            found, actions = ministack_adapter.key_of_object(bucket, key), ["kms:Decrypt"]
    elif request.action == "sns:Publish":
        found, actions = ministack_adapter.key_of_topic(request.resource), ["kms:GenerateDataKey", "kms:Decrypt"]
    elif request.action == "sqs:SendMessage":
        found, actions = ministack_adapter.key_of_queue(request.resource), ["kms:GenerateDataKey", "kms:Decrypt"]
    elif request.action == "secretsmanager:GetSecretValue":
        known = ministack_adapter.secret(request.resource)
        found, actions = (known[1] if known else None), ["kms:Decrypt"]
    else:
        return
    if found is not None:
        yield from ((action, found) for action in actions)
