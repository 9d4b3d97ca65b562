"""Who calls: the function that a worker runs, or the role that was assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ministack.core import lambda_runtime, responses
from ministack.services import glue, lambda_svc, sts

from local.engine.ministack_adapter.catalog import glue_entries

_MARK = "landfall-function/"
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
    """`{"function": name}`, `{"role": name}` of an assumed one, or None for anybody else."""
    if token.startswith(_MARK):
        return {"function": token.removeprefix(_MARK)}
    session = sts._sessions.get(access_key)
    found = re.search(r":assumed-role/([^/]+)/", str((session or {}).get("Arn", "")))
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
