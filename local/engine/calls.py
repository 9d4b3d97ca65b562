"""Who calls and what is asked, as far as a request's head and body say it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

_SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_SIGNED_BEFORE = re.compile(r"AWS ([^:]+):")
"""Version 2, which S3A of Glue jobs signs with here."""
_NAMED = re.compile(r"/_landfall/as/(\w+)(?=/|\Z)")


@dataclass(frozen=True)
class Head:
    """A request before its body is read; `function` is the one that its path names."""

    access_key: str
    token: str
    region: str
    service: str
    function: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def is_form(self) -> bool:
        """Whether it is in the query protocol."""
        return "x-www-form-urlencoded" in self.headers.get("content-type", "")

    def asked(self, body: bytes) -> dict[str, Any]:
        """Operation and parameters, in the three ways that AWS's protocols put them."""
        target = self.headers.get("x-amz-target", "")
        if target:
            return {"operation": target.rpartition(".")[2], "parameters": _document(body)}
        if self.is_form:
            form = {**self.query, **dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))}
            return {"operation": form.pop("Action", ""), "parameters": form}
        return {"operation": self.method, "parameters": {"path": self.path, **self.query}}


def head(scope: Any) -> Head | None:
    """The head of an HTTP request; None for one that nobody has signed."""
    scope, function = without_name(scope)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    signature = headers.get("authorization", "")
    found = _SIGNED.search(signature) or _SIGNED.search(f"Credential={query.get('X-Amz-Credential', '')}/")
    before = _SIGNED_BEFORE.match(signature)
    if found:
        key, region, service = found.groups()
    elif before or "AWSAccessKeyId" in query:
        key, region, service = before[1] if before else query["AWSAccessKeyId"], "", "s3"
    else:
        return None
    token = headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token", "")
    return Head(key, token, region, service, function, str(scope.get("method")), scope["path"], query, headers)


def without_name(scope: Any) -> tuple[Any, str]:
    """The request as it would be at the engine's own endpoint, and the function that its path names."""
    named = _NAMED.match(scope.get("path", ""))
    if named is None:
        return scope, ""
    rest = scope["path"][named.end() :] or "/"
    return {**scope, "path": rest, "raw_path": rest.encode()}, named[1]


async def all_of(receive: Any) -> list[Any]:
    """The messages of a request's whole body."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def again(messages: list[Any], receive: Any) -> Any:
    """What gives the messages that were read once more, and then whatever comes."""

    async def replay() -> Any:
        return messages.pop(0) if messages else await receive()

    return replay


def _document(body: bytes) -> Any:
    """What is no JSON is the engine's to refuse."""
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
