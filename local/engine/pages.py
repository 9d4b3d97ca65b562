"""Answers that come in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.engine.errors import ApiError


def page(member: str, items: Sequence[Any], request: Mapping[str, Any], default: int) -> dict[str, Any]:
    """The page of items that the request asks for, and NextToken if there are more."""
    size = int(request.get("MaxResults") or default)
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise ApiError("InvalidInputException", f"NextToken {token} is not valid")
    start = int(token)
    answer: dict[str, Any] = {member: list(items[start : start + size])}
    if start + size < len(items):
        answer["NextToken"] = str(start + size)
    return answer
