"""Operations of Glue and Athena that are ours; all others stay MiniStack's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import athena, glue

from local.engine.errors import ApiError
from local.engine.ministack_adapter.answers import Handler, Response, answer, is_unknown_action, refusal
from local.engine.ministack_adapter.catalog import ensure_default_database

Fallback = Callable[[str, str, dict[str, Any]], dict[str, Any]]


def add_glue_actions(actions: Mapping[str, Handler]) -> None:
    """Answer these Glue operations ourselves; all others stay MiniStack's."""
    original = glue._handle_request_sync

    def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        ensure_default_database()
        handler = _handler(actions, headers)
        return answer(handler, body) if handler else original(method, path, headers, body, query)

    glue._handle_request_sync = handle


def add_athena_actions(actions: Mapping[str, Handler]) -> None:
    """Answer these Athena operations ourselves; all others stay MiniStack's."""
    original = athena.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        handler = _handler(actions, headers)
        if handler is None:
            response: Response = await original(method, path, headers, body, query)
            return response
        athena._ensure_default_workgroup()
        athena._ensure_default_data_catalog()
        ensure_default_database()
        return answer(handler, body)

    athena.handle_request = handle


def answer_unknown_actions(fallback: Fallback) -> None:
    """Let the fallback answer the operations of Glue and Athena that MiniStack does not know either."""
    original_glue, original_athena = glue._handle_request_sync, athena.handle_request

    def handle_glue(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        response: Response = original_glue(method, path, headers, body, query)
        if not is_unknown_action(response):
            return response
        return answer(lambda request: fallback("glue", _action(headers), request), body)

    async def handle_athena(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        response: Response = await original_athena(method, path, headers, body, query)
        if not is_unknown_action(response):
            return response
        return answer(lambda request: fallback("athena", _action(headers), request), body)

    glue._handle_request_sync, athena.handle_request = handle_glue, handle_athena


def guard_crawler_update(guard: Callable[[str], None]) -> None:
    """Ask the guard before a crawler changes, over the API or by CloudFormation, which calls the function itself."""
    original = glue._update_crawler

    def update(data: dict[str, Any]) -> Response:
        try:
            guard(str(data.get("Name")))
        except ApiError as error:
            return refusal(error)
        response: Response = original(data)
        return response

    glue._update_crawler = update


def guard_crawler_role(guard: Callable[[str], None]) -> None:
    """Ask the guard for the role of each crawler that is made, over the API or by CloudFormation."""
    original = glue._create_crawler

    def create(data: dict[str, Any]) -> Response:
        try:
            guard(str(data.get("Role")))
        except ApiError as error:
            return refusal(error)
        response: Response = original(data)
        return response

    glue._create_crawler = create


def on_crawler_deleted(tell: Callable[[str], None]) -> None:
    """Hear of every deleted crawler: CloudFormation deletes without asking whether it runs."""
    original = glue._delete_crawler

    def delete(data: dict[str, Any]) -> Response:
        response: Response = original(data)
        if response[0] < 300:
            tell(str(data.get("Name")))
        return response

    glue._delete_crawler = delete


def on_reset(clear: Callable[[], None]) -> None:
    """Also clear our own state when MiniStack's is reset."""
    original = glue.reset

    def reset() -> None:
        original()
        clear()

    glue.reset = reset


def _handler(actions: Mapping[str, Handler], headers: Mapping[str, str]) -> Handler | None:
    return actions.get(_action(headers))


def _action(headers: Mapping[str, str]) -> str:
    return headers.get("x-amz-target", "").rpartition(".")[2]
