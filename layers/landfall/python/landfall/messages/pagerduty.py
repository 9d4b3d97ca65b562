"""PagerDuty's Events API v2: one alert per incident, triggered and resolved under one key.

Its limits: https://developer.pagerduty.com/docs/events-api-v2-overview and …/docs/send-alert-event. Reminders are not
sent: PagerDuty reminds and escalates by itself.
"""

from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

from landfall.messages import safe, words
from landfall.messages.links import DeploymentInfo, links
from landfall.messages.notice import Notice
from landfall.messages.report import facts

DEDUP_KEY_LIMIT = 255
SUMMARY_LIMIT = 1024
SIZE_LIMIT = 512 * 1024
_NAME_LIMIT = 255


def pagerduty(notice: Notice, place: DeploymentInfo, now: float) -> dict[str, Any]:
    """The event, without the routing key."""
    event: dict[str, Any] = {
        "event_action": "resolve" if notice.phase == "resolved" else "trigger",
        "dedup_key": _dedup_key(notice.incident),
    }
    if notice.phase == "resolved":
        return event
    summary = f"{safe.line(notice.pipeline, 200)}: {words.sentence(notice, safe.name)}"
    return event | {
        "payload": {
            "summary": safe.cut(summary, SUMMARY_LIMIT),
            "source": safe.line(
                f"landfall-{place.stage}/{notice.account}/{notice.region}/{notice.pipeline}", _NAME_LIMIT
            ),
            "severity": notice.severity,
            "timestamp": datetime.fromtimestamp(notice.opened_at, timezone.utc).isoformat(timespec="milliseconds"),
            "component": safe.line(notice.resource or notice.step or notice.pipeline, _NAME_LIMIT),
            "group": safe.line(notice.pipeline, _NAME_LIMIT),
            "class": safe.line(notice.kind, _NAME_LIMIT),
            "custom_details": _details(notice, place, now),
        },
        "client": f"Landfall {place.stage}",
        "links": _links(notice, place),
    }


def _dedup_key(incident: str) -> str:
    """The incident's id; one that is too long is cut, with a digest to keep it unique."""
    if len(incident) <= DEDUP_KEY_LIMIT:
        return incident
    digest = sha256(incident.encode()).hexdigest()
    return f"{incident[: DEDUP_KEY_LIMIT - len(digest) - 1]}/{digest}"


def _details(notice: Notice, place: DeploymentInfo, now: float) -> dict[str, str]:
    details = {}
    for fact in facts(notice, now):
        lines = (fact.head, *(safe.line(line, fact.limit) for line in fact.foreign), fact.tail)
        details[fact.label] = "\n".join(filter(None, lines))
    steps = words.next_steps(notice, place.stage)
    details["Next"] = "\n".join(f"{what}: {command}" if command else what for what, command in steps)
    return details


def _links(notice: Notice, place: DeploymentInfo) -> list[dict[str, str]]:
    found = [{"href": link.href, "text": link.text} for link in links(notice, place)]
    if runbook := safe.url(notice.runbook):
        found.insert(0, {"href": runbook, "text": "Runbook"})
    return found
