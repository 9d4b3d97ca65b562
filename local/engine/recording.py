"""Notes every call that a function or an assumed role makes, one JSON line each, for the proof of least privilege.

Off unless LANDFALL_CALLS names a file. A function in a container of `sam local` has nobody's credentials: it is told by
its endpoint, http://host:port/_landfall/as/<function>. A line has the caller, the service and operation, the parameters
that policies look at, and what only the engine knows of the resource: a crawler's tags, a query's workgroup.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from local.engine import calls, ministack_adapter
from local.engine.iam import facts
from local.engine.server import App

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
        head = calls.head(scope) if scope["type"] == "http" else None
        caller = ministack_adapter.caller(head.access_key, head.token) if head else None
        caller = caller or ({"function": head.function} if head and head.function else None)
        if head is None or caller is None:
            await self._app(scope, receive, send)
            return
        messages = await calls.all_of(receive)
        asked = head.asked(b"".join(message.get("body", b"") for message in messages))
        parameters = _kept(asked["parameters"])
        with ministack_adapter.acting_for(ministack_adapter.account_of(head.access_key), head.region):
            known = facts.of_call(head.service, parameters)
        self._note(
            {**caller, "service": head.service, **asked, "parameters": parameters, "resource": known}
        )  # fmt: skip
        await self._app(scope, calls.again(messages, receive), send)

    def _note(self, call: dict[str, Any]) -> None:
        """Each different call once: a test session makes thousands that are the same."""
        line = json.dumps(call, sort_keys=True)
        with self._lock:
            if line not in self._known:
                self._known.add(line)
                with self._file.open("a") as file:
                    file.write(line + "\n")


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kept(inner) for name, inner in value.items() if name not in _CONTENTS}
    if isinstance(value, list):
        return [_kept(inner) for inner in value[:_MOST]]
    return value[:_LONGEST] if isinstance(value, str) else value
