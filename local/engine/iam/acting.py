"""In whose name the engine works: the caller of the request that this code runs for, or a role that Glue takes on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial

from local.engine import ministack_adapter
from local.engine.iam.evaluator import Request, evaluate
from local.engine.iam.watch import Watch
from local.engine.ministack_adapter import Principal

_watch: Watch | None = None
_caller: ContextVar[Principal | None] = ContextVar("landfall_caller", default=None)


def switch_on(watch: Watch) -> None:
    """Judge from now on, for as long as this process lives."""
    global _watch  # one process is one engine, as MiniStack's stores are
    _watch = watch


def is_on() -> bool:
    """Whether the engine judges."""
    return _watch is not None


@contextlib.contextmanager
def called_by(principal: Principal | None) -> Iterator[None]:
    """Within, requests and whatever they start in a copy of the context are the principal's."""
    token = _caller.set(principal)
    try:
        yield
    finally:
        _caller.reset(token)


def caller() -> Principal | None:
    """Whose request this code runs for; None for the engine's own test credentials."""
    return _caller.get()


def in_name_of(principal: Principal | None) -> contextlib.AbstractContextManager[None]:
    """Within, objects and catalog are reached with a role's rights only; DeniedError where they do not suffice."""
    if _watch is None or principal is None:
        return contextlib.nullcontext()
    return ministack_adapter.guarded(partial(_watch.require, principal))


def require(principal: Principal | None, action: str, resource: str) -> None:
    """Raise DeniedError if the principal may not."""
    if _watch is not None and principal is not None:
        _watch.require(principal, action, [resource], {})


def may(principal: Principal | None, *rights: tuple[str, str]) -> bool:
    """Whether the principal has all of the rights, each an action on a resource; what it lacks is noted."""
    if _watch is None or principal is None:
        return True
    return _watch.judge(principal, [Request(action, resource) for action, resource in rights]) is None


def may_log(principal: Principal | None, group: str, stream: str) -> bool:
    """Whether what is done in the principal's name shows in a log group: without the rights it is done in silence."""
    start = f"arn:aws:logs:{ministack_adapter.region()}:{ministack_adapter.account_id()}:log-group:{group}"
    whole, own = f"{start}:log-stream:", f"{start}:log-stream:{stream}"
    return may(principal, ("logs:CreateLogStream", whole), ("logs:PutLogEvents", own))


def may_be_assumed_by(role: str, service: str) -> bool:
    """Whether a role's trust policy lets a service take it on; always where nothing is judged."""
    if _watch is None:
        return True
    trust = ministack_adapter.trust_policy(role)
    context = {"aws:SourceAccount": ministack_adapter.account_id(), "aws:PrincipalIsAWSService": "true"}
    return trust is not None and bool(evaluate([trust], Request("sts:AssumeRole", "*", context, service)))
