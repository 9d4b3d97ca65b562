"""The gate before the engine: each call of a function, a job or an assumed role is judged before it is carried out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from local.engine import calls, ministack_adapter
from local.engine.calls import Head
from local.engine.iam import acting, facts, refusals, s3_deletes, s3_requests, s3a
from local.engine.iam.evaluator import Request
from local.engine.iam.refusals import Refusal
from local.engine.iam.requests import Account, Call, UnknownOperationError
from local.engine.iam.s3_deletes import Deletion
from local.engine.iam.watch import Watch
from local.engine.ministack_adapter import Principal
from local.engine.server import App

REPORT_PATH, SEEN_PATH = "/_landfall/iam", "/_landfall/iam/requests"


class Gate:
    """An ASGI application before the engine's. Who has the engine's test credentials passes."""

    def __init__(self, app: App, watch: Watch) -> None:
        self._app, self._watch = app, watch

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a refused request, and pass on all others."""
        if scope["type"] == "http" and scope["path"] in (REPORT_PATH, SEEN_PATH):
            is_report = scope["path"] == REPORT_PATH
            body = json.dumps(self._watch.report() if is_report else self._watch.seen()).encode()
            await _send(send, Refusal(200, {"content-type": "application/json"}, body))
            return
        head = calls.head(scope) if scope["type"] == "http" else None
        if head is None:
            await self._app(scope, receive, send)
            return
        with ministack_adapter.acting_for(ministack_adapter.account_of(head.access_key), head.region):
            principal = ministack_adapter.principal(head.access_key, head.token, head.function)
        if principal is None:
            await self._app(scope, receive, send)
            return
        body = b""
        if head.service != "s3" or _deletes_many(head):
            # objects are not read into memory for a judgement that goes by the key
            messages = await calls.all_of(receive)
            body = b"".join(message.get("body", b"") for message in messages)
            receive = calls.again(messages, receive)
        with ministack_adapter.acting_for(ministack_adapter.account_of(head.access_key), head.region):
            refusal = self._refusal(principal, head, body)
            deletion = self._deletion(principal, head, body) if _deletes_many(head) else None
        if refusal is not None:
            await _send(send, refusal)
            return
        with acting.called_by(principal):
            if deletion is None:
                await self._app(scope, receive, send)
            else:
                await _delete_rest(self._app, scope, send, deletion)

    def _deletion(self, principal: Principal, head: Head, body: bytes) -> Deletion | None:
        """What is left of a DeleteObjects request of which not all is allowed; None if all is."""
        bucket = head.path.strip("/")

        def judge(key: str) -> str | None:
            if s3a.tidies_parent(principal, head, bucket, key):
                return None
            denial = self._watch.judge(principal, [Request("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key}")])
            return None if denial is None else denial.words

        return s3_deletes.split(body, judge)

    def _refusal(self, principal: Principal, head: Head, body: bytes) -> Refusal | None:
        if head.service == "s3" and (_deletes_many(head) or s3a.asks_for_parent(principal, head)):
            return None
        try:
            requests = list(_requests(head, body))
        except UnknownOperationError as error:
            self._watch.note_unjudged(principal, f"{head.service}:{head.asked(body)['operation']}", str(error))
            return None
        except (AttributeError, KeyError, TypeError, ValueError):
            return None  # a request that is not well formed: the service itself says so
        denial = self._watch.judge(principal, requests, head.headers)
        if denial is None:
            return None
        return refusals.refusal(head.service, denial.words, is_form=head.is_form, method=head.method)


def _requests(head: Head, body: bytes) -> Iterable[Request]:
    if head.service == "s3":
        return s3_requests.requests(head.method, head.path, head.query, head.headers)
    asked = head.asked(body)
    known = facts.for_judging(head.service, asked["parameters"])
    account = Account(ministack_adapter.account_id(), ministack_adapter.region())
    return Call(head.service, asked["operation"], asked["parameters"], known).requests(account)


def _deletes_many(head: Head) -> bool:
    return head.service == "s3" and head.method == "POST" and "delete" in head.query


async def _delete_rest(app: App, scope: Any, send: Any, deletion: Deletion) -> None:
    """Delete what may go, and tell of all."""
    if deletion.is_empty:
        await _send(send, Refusal(200, {"content-type": "application/xml"}, deletion.answer()))
        return
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": deletion.body, "more_body": False}

    async def keep(message: Any) -> None:
        sent.append(message)

    await app({**scope, "headers": deletion.headers(scope["headers"])}, receive, keep)
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent)
    await _send(
        send, Refusal(status, {"content-type": "application/xml"}, deletion.answer(body) if status == 200 else body)
    )


async def _send(send: Any, answer: Refusal) -> None:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})
