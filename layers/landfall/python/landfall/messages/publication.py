"""One publication on the on-call topic: a form for each protocol, and attributes to filter on."""

import json
from dataclasses import dataclass

from landfall.messages import safe
from landfall.messages.chat import chat
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import Notice
from landfall.messages.text import subject, text


@dataclass(frozen=True, slots=True)
class Publication:
    """The parameters of SNS Publish: `forms` by protocol, `default` for all others; `attributes` are all text."""

    subject: str
    forms: dict[str, str]
    attributes: dict[str, str]


def publication(notice: Notice, place: DeploymentInfo, now: float) -> Publication:
    """HTTPS gets the chat notification, SMS the subject, every other protocol the plain text."""
    headline = subject(notice, place.stage)
    forms = {
        "default": text(notice, place, now),
        "https": json.dumps(chat(notice, place, now), ensure_ascii=False),
        "sms": headline,
    }
    attributes = {
        "severity": notice.severity,
        "pipeline": notice.pipeline,
        "owner": notice.owner,
        "kind": notice.kind,
        "event": notice.phase,
    }
    cleaned = {name: safe.line(value, 256) for name, value in attributes.items()}
    return Publication(headline, forms, {name: value for name, value in cleaned.items() if value})
