"""IAM's roles, as MiniStack keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ministack.services import iam


def role_exists(name: str) -> bool:
    """Whether the account has the role."""
    return name in iam._roles


def role_may(name: str, action: str) -> bool:
    """Whether a policy of the role allows the action on anything; a role without any policy may do all here.

    Resources, conditions and boundaries are not looked at: it tells a role that was made for the action from one that
    was not.
    """
    found = list(_statements(iam._roles[name]))
    return not found or (_names(found, "Allow", action) and not _names(found, "Deny", action))


def _statements(role: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    documents = list((role.get("InlinePolicies") or {}).values())
    for arn in role.get("AttachedPolicies") or []:
        record = iam._lookup_policy(arn)
        if record is None:
            # one of AWS's own that MiniStack does not carry: nothing is known against it
            documents.append({"Statement": [{"Effect": "Allow", "Action": "*"}]})
        else:
            documents.append(record["Versions"][record["DefaultVersionId"]]["Document"])
    for document in documents:
        own = json.loads(document) if isinstance(document, str) else document
        yield from _list(own.get("Statement"))


def _names(statements: list[Mapping[str, Any]], effect: str, action: str) -> bool:
    patterns = (pattern for own in statements if own.get("Effect") == effect for pattern in _list(own.get("Action")))
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
