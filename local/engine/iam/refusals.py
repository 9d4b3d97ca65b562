"""AccessDenied in each service's own words and shape: what SDKs make of it is what they make of AWS's.

The forms are those of AWS's protocols (the service models have them); the words are AWS's own as people report them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

_JSON = {"content-type": "application/x-amz-json-1.1"}
_XML = {"content-type": "text/xml"}


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def message(caller: str, action: str, resource: str, reason: str) -> str:
    """The words that follow the error's code; SQS and SNS write the action in a way of their own."""
    service, _, name = action.partition(":")
    shown = {"sqs": action.lower(), "sns": f"SNS:{name}"}.get(service, action)
    place = f'"{resource}"' if service == "s3" else resource
    words = f"User: {caller} is not authorized to perform: {shown} on resource: {place}"
    # STS names no policy
    return words if service == "sts" else f"{words} {reason.replace(action, shown)}"


def refusal(service: str, text: str, *, is_form: bool = False, method: str = "POST") -> Refusal:
    """The answer of a service; `is_form` for a request in the query protocol."""
    if service == "s3":
        return _of_s3(text, method)
    if service == "sns":
        return _form("AuthorizationError", text, "http://sns.amazonaws.com/doc/2010-03-31/")
    if is_form:
        return _form("AccessDenied", text, f"https://{service}.amazonaws.com/doc/")
    if service == "sqs":
        headers = _JSON | {"x-amzn-query-error": "AccessDenied;Sender"}
        return _document("com.amazonaws.sqs#AccessDeniedException", text, headers, 403)
    if service == "dynamodb":
        return _document("com.amazon.coral.service#AccessDeniedException", text, _JSON)
    return _document("AccessDeniedException", text, _JSON)


def _document(code: str, text: str, headers: Mapping[str, str], status: int = 400) -> Refusal:
    body = {"__type": code, "Message": text, "message": text}
    return Refusal(status, {**headers, "x-amzn-errortype": code.rpartition("#")[2]}, json.dumps(body).encode())


def _form(code: str, text: str, namespace: str) -> Refusal:
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(text)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Refusal(403, _XML, body.encode())


def _of_s3(text: str, method: str) -> Refusal:
    if method == "HEAD":
        return Refusal(403, {"content-type": "application/xml"}, b"")
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>{escape(text)}</Message>'
        f"<RequestId>{uuid.uuid4().hex[:16].upper()}</RequestId><HostId>local</HostId></Error>"
    )
    return Refusal(403, {"content-type": "application/xml"}, body.encode())
