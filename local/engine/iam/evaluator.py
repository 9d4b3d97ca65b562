"""Whether IAM would allow a request: statements, wildcards, conditions, policy variables, explicit denies.

After the IAM user guide: "Policy evaluation logic", "IAM JSON policy elements" (Action, Resource, Principal, Condition
operators, Variables) and "Multivalued context keys"; each rule has its cases in cases.yaml. How several kinds of policy
work together is in judge.py. Not here, since nothing of Landfall uses them: organizations' policies, BinaryEquals.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from local.engine.iam.conditions import Context, conditions_hold, fill_variables, plain

Verdict = Literal["allowed", "denied", "not allowed"]
Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What is asked; `context` by condition key, with lists for several values; `principal` is an ARN or a service."""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)
    principal: str = ""

    def known(self) -> dict[str, Any]:
        """The context by lower-case key: condition keys are not case-sensitive."""
        return {key.lower(): value for key, value in self.context.items()}


@dataclass(frozen=True)
class Decision:
    """The verdict, and the statement that decided it."""

    verdict: Verdict
    statement: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return self.verdict == "allowed"


def evaluate(policies: Iterable[Policy], request: Request) -> Decision:
    """An explicit deny beats every allow, and what nothing allows is not allowed."""
    allow = None
    for policy in policies:
        for statement in statements(policy):
            if applies(statement, request, str(policy.get("Version", "2008-10-17"))):
                if statement["Effect"] == "Deny":
                    return Decision("denied", statement)
                allow = allow or statement
    return Decision("allowed", allow) if allow else Decision("not allowed")


def statements(policy: Policy) -> list[Mapping[str, Any]]:
    """A policy's statements; one alone needs no list."""
    return as_list(policy["Statement"])


def as_list(value: Any) -> list[Any]:
    """IAM takes one value for a list of one."""
    return value if isinstance(value, list) else [value]


def applies(statement: Mapping[str, Any], request: Request, version: str = "2012-10-17") -> bool:
    """Whether the statement is about this request."""
    if not (_principal_matches(statement, request.principal) and _action_matches(statement, request.action)):
        return False
    known = request.known()  # most statements are about something else: this takes longer than to see it
    return _resource_matches(statement, request.resource, known, version) and conditions_hold(
        statement.get("Condition", {}), known, version
    )


def _action_matches(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(matches_action(pattern, action) for pattern in as_list(statement["NotAction"]))
    return any(matches_action(pattern, action) for pattern in as_list(statement.get("Action", [])))


def matches_action(pattern: str, action: str) -> bool:
    """Actions are not case-sensitive."""
    return _wildcards(pattern.lower()).fullmatch(action.lower()) is not None


@cache
def _wildcards(pattern: str) -> re.Pattern[str]:
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _resource_matches(statement: Mapping[str, Any], resource: str, known: Context, version: str) -> bool:
    """A statement of a trust policy has no resource: it is its role's."""
    if "NotResource" in statement:
        return not any(_names(pattern, resource, known, version) for pattern in as_list(statement["NotResource"]))
    return any(_names(pattern, resource, known, version) for pattern in as_list(statement.get("Resource", "*")))


def _names(pattern: str, resource: str, known: Context, version: str) -> bool:
    filled = fill_variables(pattern, known, version)
    return filled is not None and matches_resource(filled, resource)


@cache
def _resource_pattern(pattern: str) -> re.Pattern[str]:
    made = ""
    for index, sign in enumerate(pattern):
        if sign == "*":
            # "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the
            # colon boundaries." (Resource element)
            made += ".*" if pattern[index + 1 : index + 2] in ("", ":") else "[^:]*"
        else:
            made += "[^:]" if sign == "?" else re.escape(plain(sign))
    return re.compile(made, re.DOTALL)


def matches_resource(pattern: str, resource: str) -> bool:
    """Resources are case-sensitive."""
    return _resource_pattern(pattern).fullmatch(resource) is not None


def _principal_matches(statement: Mapping[str, Any], principal: str) -> bool:
    if "NotPrincipal" in statement:
        return not _is_one_of(statement["NotPrincipal"], principal)
    return "Principal" not in statement or _is_one_of(statement["Principal"], principal)


def _is_one_of(element: Any, principal: str) -> bool:
    if element == "*":
        return True
    for kind, named in element.items():
        for name in as_list(named):
            if kind == "Service" and name == principal:
                return True
            if kind == "AWS" and _is_account_or_arn(str(name), principal):
                return True
    return False


def _is_account_or_arn(name: str, principal: str) -> bool:
    """An account, by its number or its root, stands for everybody in it."""
    if name in ("*", principal):
        return True
    account = re.fullmatch(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?", name)
    parts = principal.split(":")
    return account is not None and len(parts) > 4 and parts[4] == account[1]
