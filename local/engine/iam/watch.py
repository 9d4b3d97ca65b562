"""Judges, counts, and keeps a log: who was denied what for want of which statement, and what was not judged."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local.engine import ministack_adapter
from local.engine.iam import also_asked
from local.engine.iam.evaluator import Request
from local.engine.iam.judge import CannotJudgeError, Denial, judge
from local.engine.ministack_adapter import Principal

log = logging.getLogger("landfall.iam")
_KEPT, _MOST_SEEN = 200, 100_000


class DeniedError(Exception):
    """What is done in somebody's name is not allowed to it; the text is the service's message."""

    def __init__(self, denial: Denial) -> None:
        request = denial.request
        super().__init__(denial.words)
        self.action = request.action
        self.resource = request.resource


class Watch:
    """The judgements of one engine."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._judged, self._seconds = 0, 0.0
        self._denials: dict[str, dict[str, Any]] = {}
        self._seen: dict[str, dict[str, Any]] = {}
        self._unjudged: dict[tuple[str, str, str], int] = {}

    def judge(
        self, principal: Principal, requests: Iterable[Request], headers: Mapping[str, str] | None = None
    ) -> Denial | None:
        """The first request that is refused, keys and all; what cannot be judged is allowed, and noted."""
        begun, asked, denial = time.perf_counter(), [], None
        try:
            asked = [request for own in requests for request in also_asked.with_all(own, headers)]
            denial = judge(principal, asked)
        except CannotJudgeError as error:
            self.note_unjudged(principal, ", ".join(request.action for request in asked), str(error))
        with self._lock:
            self._judged += len(asked)
            for request in asked:
                self._keep(principal, request)
            self._seconds += time.perf_counter() - begun
        if denial is not None:
            self._note(denial)
        return denial

    def require(self, principal: Principal, action: str, resources: Sequence[str], context: Mapping[str, str]) -> None:
        """Raise DeniedError if the role may not; a guard of what is done in its name."""
        denial = self.judge(principal, [Request(action, resource, context) for resource in resources])
        if denial is not None:
            raise DeniedError(denial)

    def note_unjudged(self, principal: Principal, action: str, reason: str) -> None:
        """A call that goes through since nothing is known of what it asks for: said once a role and action."""
        key = (principal.role, action, reason)
        with self._lock:
            self._unjudged[key] = self._unjudged.get(key, 0) + 1
            is_new = self._unjudged[key] == 1
        if is_new:
            log.warning("NOT JUDGED role=%s action=%s: %s", principal.role, action, reason)

    def _note(self, denial: Denial) -> None:
        request = denial.request
        entry = {
            "role": denial.principal.role, "session": denial.principal.session, "action": request.action,
            "resource": request.resource, "reason": denial.reason, "missing": denial.missing,
            "denied_by": denial.denied_by, "account": ministack_adapter.account_id(),
        }  # fmt: skip
        name = json.dumps(entry, sort_keys=True)
        with self._lock:
            known = self._denials.pop(name, None)
            self._denials[name] = entry | {"times": known["times"] + 1 if known else 1}
            if len(self._denials) > _KEPT:
                del self._denials[next(iter(self._denials))]
        if known:
            return  # clients try again, and jobs ask for the same many times
        log.warning(
            "DENIED role=%s action=%s resource=%s %s; %s", denial.principal.role, request.action, request.resource,
            denial.reason, f"denied by {json.dumps(denial.denied_by)}" if denial.denied_by
            else f"missing {json.dumps(denial.missing)}",
        )  # fmt: skip

    def _keep(self, principal: Principal, request: Request) -> None:
        """Each different request once, for who wants to know what would be noticed: verification/iam/narrowed.py."""
        context = dict(sorted(request.context.items()))
        key = f"{principal.role} {request.action} {request.resource} {context}"
        if key not in self._seen and len(self._seen) < _MOST_SEEN:
            self._seen[key] = {
                "role": principal.role, "session": principal.session, "action": request.action,
                "resource": request.resource, "context": context,
            }  # fmt: skip

    def seen(self) -> list[dict[str, Any]]:
        """The different requests that were judged."""
        with self._lock:
            return list(self._seen.values())

    def summary(self) -> str:
        """A line for the log."""
        return f"IAM: {self._judged} requests judged in {self._seconds * 1000:.0f} ms, {len(self._denials)} denied"

    def report(self) -> dict[str, Any]:
        """How much was judged and how long it took, the newest denials, and what was not judged."""
        with self._lock:
            unjudged = [
                {"role": role, "action": action, "reason": reason, "times": times}
                for (role, action, reason), times in self._unjudged.items()
            ]
            return {
                "judged": self._judged, "milliseconds": round(self._seconds * 1000, 1),
                "denied": list(self._denials.values()), "not_judged": unjudged,
            }  # fmt: skip
