"""MiniStack's answers, and ours in its form."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import responses

from local.engine.errors import ApiError

Handler = Callable[[dict[str, Any]], dict[str, Any]]
Response = tuple[int, dict[str, str], bytes]


def answer(handler: Handler, body: bytes) -> Response:
    """Answer a request with a handler of ours."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return refusal(ApiError("SerializationException", "The request is not JSON"))
    try:
        response: Response = responses.json_response(handler(request))
        return response
    except ApiError as error:
        return refusal(error)


def is_unknown_action(response: Response) -> bool:
    """Whether MiniStack has no such operation."""
    return response[0] >= 400 and response[2].startswith(b'{"__type": "InvalidAction"')


def refusal(error: ApiError) -> Response:
    """Put an error in the form that SDKs read."""
    response: Response = responses.error_response_json(error.code, error.message, 400, extra=dict(error.members))
    return response


def checked(response: Response) -> None:
    """Raise MiniStack's refusal as an ApiError."""
    status, _, body = response
    if status >= 300:
        answer = json.loads(body)
        raise ApiError(str(answer.get("__type", "InternalFailure")), str(answer.get("message", answer)))
