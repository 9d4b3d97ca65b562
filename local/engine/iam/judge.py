"""Whether a role may do what it asks: its policies, its boundary, its session's policies, and the resource's own.

After the IAM user guide, "Policy evaluation for requests within a single account": an explicit deny anywhere ends it;
a boundary and session policies limit; then the role's policies or the resource's must allow. A key and a role are
reached by their own policies only: where these name the account, its IAM policies decide as well (KMS guide, "Key
policies"; STS API, AssumeRole). Organizations' policies and other accounts are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from local.engine import ministack_adapter
from local.engine.iam import refusals
from local.engine.iam.evaluator import Policy, Request, applies, evaluate, statements
from local.engine.ministack_adapter import Principal, RolePolicies

_ITS_OWN_RULES = ("kms:", "sts:AssumeRole")
"""What a resource's policy must admit, whatever the caller's policies say."""


@dataclass(frozen=True)
class Denial:
    """What was refused, and why: `missing` is the statement that would allow it, `denied_by` the one that denies."""

    principal: Principal
    request: Request
    reason: str
    missing: Mapping[str, Any] | None = None
    denied_by: Mapping[str, Any] | None = None

    @property
    def caller(self) -> str:
        """The session's ARN, as the services' messages name it."""
        return session_arn(self.principal)

    @property
    def words(self) -> str:
        """The service's message."""
        return refusals.message(self.caller, self.request.action, self.request.resource, self.reason)


class CannotJudgeError(Exception):
    """A policy has something that the evaluator does not know, or AWS's own policy is not here."""


def session_arn(principal: Principal) -> str:
    """The ARN of an assumed role's session."""
    account = ministack_adapter.account_id()
    return f"arn:aws:sts::{account}:assumed-role/{principal.role}/{principal.session}"


def judge(principal: Principal, requests: Iterable[Request]) -> Denial | None:
    """The first request that is refused; None if all are allowed. CannotJudgeError where the rules are not known."""
    role = ministack_adapter.role_policies(principal.role)
    if role is None:
        raise CannotJudgeError(f"the role {principal.role} does not exist")
    try:
        for request in requests:
            denial = _judged(principal, role, _with_global_keys(request, principal, role))
            if denial is not None:
                return denial
    except ValueError as error:
        raise CannotJudgeError(str(error)) from error
    return None


def _judged(principal: Principal, role: RolePolicies, request: Request) -> Denial | None:
    resource = _of_resource(request)
    names = (role.arn, session_arn(principal))
    return _refused(principal, role, request, resource, names) or _unallowed(principal, role, request, resource, names)


def _refused(
    principal: Principal, role: RolePolicies, request: Request, resource: Sequence[Policy], names: Sequence[str]
) -> Denial | None:
    """What a Deny, or a limit of the role or the session, says against it."""
    kinds = {
        "an identity-based policy": role.identity,
        "a permissions boundary": _listed(role.boundary),
        "a session policy": _session(principal),
        "a resource-based policy": resource,
    }
    for kind, policies in kinds.items():
        for name in names:
            found = evaluate(policies, replace(request, principal=name))
            if found.verdict == "denied":
                return Denial(principal, request, f"with an explicit deny in {kind}", denied_by=found.statement)
    for kind in ("a permissions boundary", "a session policy"):
        if kinds[kind] and not evaluate(kinds[kind], request):
            reason = f"because no {kind.removeprefix('a ')} allows the {request.action} action"
            return Denial(principal, request, reason, _statement(request))
    return None


def _unallowed(
    principal: Principal, role: RolePolicies, request: Request, resource: Sequence[Policy], names: Sequence[str]
) -> Denial | None:
    """Whether neither the role's policies nor the resource's allow it."""
    if _admit(resource, request, names, lambda name: name == "*" or name in names):
        return None
    has_own_rules = request.action.startswith(_ITS_OWN_RULES) and ministack_adapter.has_own_policy(request.resource)
    if has_own_rules and not _admit(resource, request, names, lambda name: name not in names):
        reason = f"because no resource-based policy allows the {request.action} action"
        return Denial(principal, request, reason, _statement(request) | {"Principal": {"AWS": role.arn}})
    if evaluate(role.identity, request):
        return None
    if role.unknown:
        raise CannotJudgeError(f"{principal.role} has policies whose text is not here: {', '.join(role.unknown)}")
    reason = f"because no identity-based policy allows the {request.action} action"
    return Denial(principal, request, reason, _statement(request))


def _listed(policy: Policy | None) -> list[Policy]:
    return [] if policy is None else [policy]


def _session(principal: Principal) -> list[Policy]:
    found = [ministack_adapter.session_policy(given) for given in principal.policies]
    if any(policy is None for policy in found):
        raise CannotJudgeError("a session policy's text is not here")
    # several session policies allow together
    return [policy for policy in found if policy is not None]


def _admit(policies: Sequence[Policy], request: Request, names: Sequence[str], is_meant: Callable[[str], bool]) -> bool:
    """Whether an Allow of a resource's policies names the caller in the way that is meant: itself, or its account."""
    return any(
        statement["Effect"] == "Allow"
        and any(is_meant(named) for named in _principals(statement))
        and any(
            applies(statement, replace(request, principal=name), str(policy.get("Version", "2008-10-17")))
            for name in names
        )
        for policy in policies
        for statement in statements(policy)
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    named = statement.get("Principal")
    if not isinstance(named, Mapping):
        return [str(named)] if named else []
    found = named.get("AWS", [])
    return [str(name) for name in (found if isinstance(found, list) else [found])]


def _of_resource(request: Request) -> list[Policy]:
    if request.action == "sts:AssumeRole":
        trust = ministack_adapter.trust_policy(request.resource.rpartition("/")[2])
        return [] if trust is None else [trust]
    return ministack_adapter.resource_policies(request.resource) if request.resource.startswith("arn:") else []


def _statement(request: Request) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": request.action, "Resource": request.resource}


def _with_global_keys(request: Request, principal: Principal, role: RolePolicies) -> Request:
    """With the keys that AWS sets for every request. The engine's clients stand for such as use TLS."""
    account, now = ministack_adapter.account_id(), datetime.now(UTC)
    known = {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:PrincipalAccount": account,
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalType": "AssumedRole",
        "aws:RequestedRegion": ministack_adapter.region(),
        "aws:ResourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "false",
    }
    tags = {f"aws:PrincipalTag/{key}": value for key, value in role.tags.items()}
    return replace(request, context={**known, **tags, **request.context})
