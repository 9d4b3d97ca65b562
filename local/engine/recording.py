"""Notes every call that a function or an assumed role makes, one JSON line each, for the proof of least privilege.

Off unless LANDFALL_CALLS names a file. A function in a container of `sam local` has nobody's credentials: it is told by
its endpoint, http://host:port/_landfall/as/<function>. A line has the caller, the service and operation, the parameters
that policies look at, and what only the engine knows of the resource: a crawler's tags, a query's workgroup.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from local.engine import ministack_adapter
from local.engine.server import App

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_NAMED = re.compile(r"/_landfall/as/(\w+)(?=/|\Z)")
_LONGEST, _MOST = 300, 100
# What the calls carry, not what they are about: rows, messages, SQL.
_CONTENTS = {
    "Item", "Key", "Keys", "ExpressionAttributeValues", "Detail", "Message", "MessageBody", "QueryString", "Data",
    "ClientRequestToken", "ExclusiveStartKey", "NextToken",
}  # fmt: skip


class Recorder:
    """An ASGI application before the engine's, which it leaves as it is."""

    def __init__(self, app: App, file: Path) -> None:
        self._app, self._file = app, file
        self._known: set[str] = set()
        self._lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Note the request, and pass it on with its body unread."""
        scope, function = _without_name(scope)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
        credential = _CREDENTIAL.search(headers.get("authorization", ""))
        caller = (
            ministack_adapter.caller(credential[1], headers.get("x-amz-security-token", "")) if credential else None
        )
        caller = caller or ({"function": function} if function else None)
        if credential is None or caller is None:
            await self._app(scope, receive, send)
            return
        messages = await _all_of(receive)
        body = b"".join(message.get("body", b"") for message in messages)
        with ministack_adapter.acting_for(ministack_adapter.account_of(credential[1]), credential[2]):
            self._note({**caller, "service": credential[3], **_asked(scope, headers, body)})

        async def replay() -> Any:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)

    def _note(self, call: dict[str, Any]) -> None:
        """Each different call once: a test session makes thousands that are the same."""
        line = json.dumps({**call, "resource": _resource(call["service"], call["parameters"])}, sort_keys=True)
        with self._lock:
            if line not in self._known:
                self._known.add(line)
                with self._file.open("a") as file:
                    file.write(line + "\n")


def _without_name(scope: Any) -> tuple[Any, str]:
    """The request as it would be at the engine's own endpoint, and the function that its path names."""
    named = _NAMED.match(scope.get("path", ""))
    if named is None:
        return scope, ""
    rest = scope["path"][named.end() :] or "/"
    return {**scope, "path": rest, "raw_path": rest.encode()}, named[1]


async def _all_of(receive: Any) -> list[Any]:
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _asked(scope: Any, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Operation and parameters, in the three ways that AWS's protocols put them."""
    target = headers.get("x-amz-target", "")
    if target:
        return {"operation": target.rpartition(".")[2], "parameters": _kept(_document(body))}
    query = scope.get("query_string", b"").decode("latin-1")
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        form = dict(parse_qsl(query, keep_blank_values=True)) | dict(
            parse_qsl(body.decode("latin-1"), keep_blank_values=True)
        )
        return {"operation": form.pop("Action", ""), "parameters": _kept(form)}
    parameters = {"path": scope["path"], **dict(parse_qsl(query, keep_blank_values=True))}
    return {"operation": scope["method"], "parameters": _kept(parameters)}


def _document(body: bytes) -> Any:
    """What is no JSON is the engine's to refuse."""
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kept(inner) for name, inner in value.items() if name not in _CONTENTS}
    if isinstance(value, list):
        return [_kept(inner) for inner in value[:_MOST]]
    return value[:_LONGEST] if isinstance(value, str) else value


def _resource(service: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Tags by crawler or job, workgroups by query; None for what does not exist."""
    found: dict[str, Any] = {}
    if service == "glue":
        names = [parameters.get("CrawlerName"), *parameters.get("CrawlerNames", [])]
        names += [] if "JobName" in parameters else [parameters.get("Name")]
        found |= {f"crawler/{name}": ministack_adapter.glue_tags("crawler", name) for name in names if name}
        jobs = [parameters.get("JobName")]
        found |= {f"job/{name}": ministack_adapter.glue_tags("job", name) for name in jobs if name}
    if service == "athena":
        for query in [parameters.get("QueryExecutionId"), *parameters.get("QueryExecutionIds", [])]:
            if query:
                found[query] = (ministack_adapter.executions().get(query) or {}).get("WorkGroup")
    return found
