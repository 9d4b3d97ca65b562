"""Who calls: the function that a worker runs, or the role that was assumed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime, responses
from ministack.services import cloudformation, glue, lambda_svc, sts

from local.engine.ministack_adapter.catalog import glue_entries

_MARK = "landfall-function/"
_OURS = "LandfallOpened"
_ACCOUNT = re.compile(r"\d{12}")


def mark_functions() -> None:
    """Let each worker's session token say which function it runs: clients send it along, and nobody checks it here."""
    original = lambda_runtime.execution_credentials

    def credentials(config: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = original(config)
        return {**found, "AWS_SESSION_TOKEN": _MARK + str(config.get("FunctionName", ""))}

    lambda_runtime.execution_credentials = credentials
    lambda_svc.execution_credentials = credentials


def caller(access_key: str, token: str) -> dict[str, str] | None:
    """`{"function": name}`, `{"role": name}` of an assumed one, or None for anybody else, jobs too."""
    if token.startswith(_MARK):
        return {"function": token.removeprefix(_MARK)}
    session = sts._sessions.get(access_key) or {}
    found = None if session.get(_OURS) else re.search(r":assumed-role/([^/]+)/", str(session.get("Arn", "")))
    return {"role": found[1]} if found else None


def account_of(access_key: str) -> str:
    """The account that MiniStack takes a request to be for."""
    return access_key if _ACCOUNT.fullmatch(access_key) else str(responses.get_account_id())


def acting_for(account: str, region: str) -> Any:
    """A context in which MiniStack's stores are those of the account and region."""
    return responses.request_scope(account, region)


def glue_tags(kind: str, name: str) -> Mapping[str, str] | None:
    """The tags of a crawler, job, trigger or workflow; None if there is none of that name."""
    if name not in glue_entries(kind):
        return None
    return dict(glue._tags.get(glue._arn(kind, name), {}))


@dataclass(frozen=True)
class Principal:
    """A role's session that calls, or that something is done for; `policies` are those given with AssumeRole."""

    role: str
    session: str
    policies: tuple[Any, ...] = ()


def principal(access_key: str, token: str, function: str = "") -> Principal | None:
    """The role that a function, a job or an assumed role calls with; None for anybody else."""
    if token.startswith(_MARK):
        function = token.removeprefix(_MARK)
    if function:
        return _of_function(function)
    session = sts._sessions.get(access_key)
    found = re.search(r":assumed-role/([^/]+)/(.*)", str((session or {}).get("Arn", "")))
    if session is None or found is None:
        return None
    return Principal(found[1], found[2], tuple(_session_policies(session)))


def _session_policies(session: Mapping[str, Any]) -> Iterator[Any]:
    given = session.get("SessionPolicies") or {}
    if given.get("Policy"):
        yield given["Policy"]
    yield from given.get("PolicyArns") or []


def _of_function(name: str) -> Principal | None:
    """A function by its name, or by its logical id as `sam local` knows it."""
    record = lambda_svc._functions.get(name) or lambda_svc._functions.get(_physical_name(name))
    role = str(((record or {}).get("config") or {}).get("Role") or "")
    return Principal(role.rpartition("/")[2], name) if role else None


def _physical_name(logical_id: str) -> str:
    for stack in list(cloudformation._stacks.values()):
        resource = (stack.get("_resources") or {}).get(logical_id) or {}
        if resource.get("ResourceType") == "AWS::Lambda::Function":
            return str(resource.get("PhysicalResourceId"))
    return ""


def open_session(role: str, name: str) -> str:
    """The access key of a new session of a role, for what the engine starts in its name; any secret goes with it."""
    key = f"ASIA{secrets.token_hex(8).upper()}"
    arn = f"arn:aws:sts::{responses.get_account_id()}:assumed-role/{role}/{name}"
    sts.register_session(key, {"Arn": arn, "UserId": f"{role}:{name}", "SecretAccessKey": "", _OURS: True})
    return key


def close_session(key: str) -> None:
    """End a session: its key is nobody's from now on."""
    sts._sessions.pop(key, None)
