"""What IAM's rules are made of, as MiniStack keeps it: policies of roles and of resources, trust, keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, iam, kinesis, kms, s3, secretsmanager, sns, sqs

Policy = Mapping[str, Any]
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True)
class RolePolicies:
    """A role's own policies; `unknown` are managed ones of AWS whose text is not here."""

    arn: str
    identity: tuple[Policy, ...]
    boundary: Policy | None
    unknown: tuple[str, ...]
    tags: Mapping[str, str]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Policy:
    """Each version of a policy is read once: its text is its version."""
    found: Policy = json.loads(text)
    return found


def _policy(document: Any) -> Policy:
    return _parsed(document) if isinstance(document, str) else document


def role_policies(name: str) -> RolePolicies | None:
    """The policies of a role as it is now; None if there is none of that name."""
    role = iam._roles.get(name)
    if role is None:
        return None
    identity = [_policy(document) for document in list((role.get("InlinePolicies") or {}).values())]
    unknown = []
    for arn in role.get("AttachedPolicies") or []:
        found = _managed(arn)
        if found is None:
            unknown.append(str(arn))
        else:
            identity.append(found)
    limit = role.get("PermissionsBoundary")
    boundary = _managed(limit) if limit else None
    if limit and boundary is None:
        unknown.append(str(limit))
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in role.get("Tags") or []}
    return RolePolicies(str(role["Arn"]), tuple(identity), boundary, tuple(unknown), tags)


def _managed(arn: str) -> Policy | None:
    record = iam._lookup_policy(arn)
    return None if record is None else _policy(record["Versions"][record["DefaultVersionId"]]["Document"])


def managed_policy(arn: str) -> Policy | None:
    """A managed policy's default version; None if its text is not here."""
    return _managed(arn)


def trust_policy(role: str) -> Policy | None:
    """Who may assume a role; None for a role that is not there, and a document that is none is no trust."""
    found = iam._roles.get(role)
    if found is None:
        return None
    try:
        policy = _policy(found.get("AssumeRolePolicyDocument") or "{}")
    except ValueError:
        return {"Statement": []}
    return policy if "Statement" in policy else {"Statement": []}


def resource_policies(arn: str) -> list[Policy]:
    """The policies of a bucket, queue, topic, key, secret or event bus; none for what has none, or is not known."""
    return [_policy(document) for document in _documents(arn) if document]


def _documents(arn: str) -> Iterator[Any]:
    _, _, service, _, _, rest = arn.split(":", 5)
    if service == "s3":
        yield s3._bucket_policies.get(rest.partition("/")[0])
    elif service == "sqs":
        yield from (queue["attributes"].get("Policy") for queue in _queues(arn))
    elif service == "sns":
        yield (sns._topics.get(arn) or {}).get("attributes", {}).get("Policy")
    elif service == "secretsmanager":
        yield secretsmanager._resource_policies.get(arn)
    elif service == "events":
        yield eventbridge._event_bus_policies.get(rest.partition("/")[2])
    elif service == "kms":
        yield (_key(arn) or {}).get("Policy")


def _queues(arn: str) -> list[Mapping[str, Any]]:
    name = arn.rpartition(":")[2]
    return [queue for url, queue in list(sqs._queues.items()) if url.endswith(f"/{name}")]


def _key(name: str) -> Mapping[str, Any] | None:
    """A key by its id, ARN or alias."""
    own = name.rpartition(":")[2] if name.startswith("arn:") else name
    if own.startswith("alias/"):
        arn = f"arn:aws:kms:{responses.get_region()}:{responses.get_account_id()}:{own}"
        own = kms._aliases.get(arn) or kms._aliases.get(own) or ""
    found: Mapping[str, Any] | None = kms._keys.get(own.removeprefix("key/"))
    return found


def key_arn(name: str | None) -> str | None:
    """The ARN of a customer's key; None for no key and for one of AWS's own, which asks for no right of the caller."""
    if not name or name.rpartition(":")[2].startswith("alias/aws/"):
        return None
    found = _key(name)
    if found is not None:
        return str(found["Arn"])
    return name if name.startswith("arn:") else None


def key_of_object(bucket: str, key: str) -> str | None:
    """The key that an object is encrypted with, if it is a customer's."""
    entry = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key) or {}
    return key_arn((entry.get("preserved_headers") or {}).get(_KEY))


def key_of_new_object(bucket: str, headers: Mapping[str, str]) -> str | None:
    """The key that an object would be encrypted with: the one that its writer names, else the bucket's."""
    return key_arn(headers.get(_KEY) or s3._bucket_default_sse_headers(bucket).get(_KEY))


def key_of_topic(arn: str) -> str | None:
    """A topic's key, if it is a customer's."""
    return key_arn((sns._topics.get(arn) or {}).get("attributes", {}).get("KmsMasterKeyId"))


def key_of_queue(arn: str) -> str | None:
    """A queue's key, if it is a customer's."""
    return next((key_arn(queue["attributes"].get("KmsMasterKeyId")) for queue in _queues(arn)), None)


def secret(name: str) -> tuple[str, str | None] | None:
    """A secret's ARN and its key, if that is a customer's; None if there is none of that name or ARN."""
    for known, entry in list(secretsmanager._secrets.items()):
        if name in (known, entry.get("ARN"), entry.get("Name")):
            return str(entry["ARN"]), key_arn(entry.get("KmsKeyId"))
    return None


def stream_of_iterator(iterator: str) -> str | None:
    """The ARN of the stream that a shard iterator reads."""
    state = kinesis._shard_iterators.get(iterator) or {}
    found = state.get("stream_arn") or (kinesis._streams.get(state.get("stream") or "") or {}).get("StreamARN")
    return str(found) if found else None


def role_arn(name: str) -> str | None:
    """The ARN of a role by its name; None if there is none."""
    found = iam._roles.get(name)
    return None if found is None else str(found["Arn"])


def object_exists(bucket: str, key: str) -> bool | None:
    """Whether the bucket has the object; None if there is no such bucket."""
    found = s3._buckets.get(bucket)
    return None if found is None else key in found["objects"]


def session_policy(given: str) -> Policy | None:
    """A policy that was given with AssumeRole: its text, or the ARN of a managed one."""
    return _managed(given) if given.startswith("arn:") else _policy(given)


def has_own_policy(arn: str) -> bool:
    """Whether a key or a role is one of this account's: its own policy must admit the caller."""
    if ":kms:" in arn:
        return _key(arn) is not None
    return arn.rpartition("/")[2] in iam._roles
