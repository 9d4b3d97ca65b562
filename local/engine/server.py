"""The HTTP front: settings and a PagerDuty of our own, everything else goes to MiniStack."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.engine import calls, pagerduty
from local.engine.errors import SettingsError
from local.engine.settings import Settings

App = Callable[[Any, Any, Any], Awaitable[None]]
SETTINGS_PATH = "/_landfall/settings"
_LARGEST_BODY = 64 * 1024
_LOOK_FOR_PARENT = 0.5
"""Seconds between two looks."""


class Front:
    """An ASGI application before MiniStack's."""

    def __init__(self, app: App, settings: Settings, kill_workers: Callable[[], None]) -> None:
        self._app = app
        self._settings = settings
        self._kill_workers = kill_workers
        self._pagerduty = pagerduty.PagerDuty()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; what its path says of the caller is read by then."""
        scope, _ = calls.without_name(scope)
        if scope["type"] == "http" and scope["path"] == SETTINGS_PATH:
            await self._serve_settings(scope["method"], receive, send)
        elif scope["type"] == "http" and scope["path"] == pagerduty.PATH:
            await self._serve_pagerduty(scope["method"], receive, send)
        elif scope["type"] == "http" and self._is_fatal(dict(scope["headers"])):
            await asyncio.to_thread(self._kill_workers)
            await _reply(send, 503, {"error": "the caller was killed, as the setting kill_at asks for"})
        else:
            await self._app(scope, receive, send)

    def _is_fatal(self, headers: dict[bytes, bytes]) -> bool:
        wanted, target = self._settings.kill_at, headers.get(b"x-amz-target", b"")
        return bool(wanted) and target.rpartition(b".")[2] == wanted.encode()

    async def _serve_settings(self, method: str, receive: Any, send: Any) -> None:
        if method not in ("GET", "PUT"):
            await _reply(send, 405, {"error": f"{method} is not possible here; GET or PUT"})
            return
        if method == "PUT":
            try:
                self._settings.update(_json_object(await _body(receive)))
            except SettingsError as error:
                await _reply(send, 400, {"error": str(error)})
                return
        await _reply(send, 200, self._settings.as_dict())

    async def _serve_pagerduty(self, method: str, receive: Any, send: Any) -> None:
        if method != "POST":
            await _reply(send, 200, self._pagerduty.taken())
            return
        try:
            status, answer = self._pagerduty.take(_json_object(await _body(receive)))
        except SettingsError as error:
            status, answer = 400, {"status": "invalid event", "message": str(error)}
        await _reply(send, status, answer)


def _json_object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise SettingsError("the body must be a JSON object")
    return value


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > _LARGEST_BODY:
            raise SettingsError("the body is too large")
        if not message.get("more_body"):
            return body


async def _reply(send: Any, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_until_signal(app: App, listening: list[socket.socket], with_parent: bool = False) -> None:
    """Serve on the sockets until SIGTERM or SIGINT, or `with_parent` until the process that started us has died."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    config = Config()
    config.bind = [f"fd://{one.detach()}" for one in listening]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    # open keep-alive connections of clients must not hold up the end
    config.graceful_timeout = 0.5
    config.shutdown_timeout = 2.0

    async def until_signal() -> None:
        # the method's own return value is True; hypercorn wants none
        await ended.wait()

    watch = asyncio.create_task(_set_when_orphaned(ended)) if with_parent else None
    await serve(app, config, shutdown_trigger=until_signal)
    if watch:
        watch.cancel()


async def _set_when_orphaned(ended: asyncio.Event) -> None:
    """A test run or a demo that is killed tells nobody; its orphan gets another parent."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK_FOR_PARENT)
    ended.set()
