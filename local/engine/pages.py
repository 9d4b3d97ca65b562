"""Answers that come in pages."""

from __future__ import annotations

import base64
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.engine.errors import ApiError


def page(
    member: str,
    items: Sequence[Any],
    request: Mapping[str, Any],
    default: int,
    *,
    key: Callable[[Any], Any] | None = None,
    code: str = "InvalidInputException",
) -> dict[str, Any]:
    """The page of items that the request asks for, and NextToken if there are more.

    With a key, by which the items are in order, the token names the last item: what comes and goes between two pages
    neither repeats an item nor skips one. Without, it counts them.
    """
    size = int(request.get("MaxResults") or default)
    token = request.get("NextToken")
    start = 0
    if token:
        start = _counted(str(token), code) if key is None else _after(items, key, str(token), code)
    end = start + size
    answer: dict[str, Any] = {member: list(items[start:end])}
    if end < len(items):
        answer["NextToken"] = str(end) if key is None else _encoded(key(items[end - 1]))
    return answer


def _counted(token: str, code: str) -> int:
    if not token.isdigit():
        raise ApiError(code, f"NextToken {token} is not valid")
    return int(token)


def _after(items: Sequence[Any], key: Callable[[Any], Any], token: str, code: str) -> int:
    try:
        last = json.loads(base64.urlsafe_b64decode(token.encode()))
        return bisect_right(items, last, key=key)
    except (ValueError, TypeError) as error:
        raise ApiError(code, f"NextToken {token} is not valid") from error


def _encoded(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
