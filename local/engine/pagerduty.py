"""What stands in for PagerDuty: it takes events as the Events API v2 does, and shows them again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

PATH = "/_landfall/pagerduty"
_KEPT = 1000
_ACTIONS = ("trigger", "acknowledge", "resolve")


class PagerDuty:
    """The newest events, oldest first, without their routing keys."""

    def __init__(self) -> None:
        self._taken: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def take(self, event: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer to one event."""
        errors = [f"'{name}' is missing or blank" for name in ("routing_key", "event_action") if not event.get(name)]
        if event.get("event_action") not in (*_ACTIONS, None, ""):
            errors.append(f"'event_action' must be one of {', '.join(_ACTIONS)}")
        if errors:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        self._taken.append({name: value for name, value in event.items() if name != "routing_key"})
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event.get("dedup_key", "")}

    def taken(self) -> dict[str, Any]:
        """What was taken so far."""
        return {"events": list(self._taken)}
