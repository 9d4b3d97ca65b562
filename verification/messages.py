"""`make messages`: docs/messages.md, each message of each kind as the real renderer makes it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from landfall.messages.chat import chat
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import parse_notice
from landfall.messages.pagerduty import pagerduty
from landfall.messages.text import subject, text
from verification.examples.incidents import KINDS, NOW, incident

PAGE = Path(__file__).resolve().parent.parent / "docs" / "messages.md"
_PLACE = DeploymentInfo("dev", "aws")
_LATER = {"reminder": NOW + 6 * 3600, "resolved": NOW + 8000}
_REPEATED: dict[str, Any] = {"count": 14, "lastAt": "2026-11-21T15:41:10.112Z"}

_TOP = """\
# Messages

What on-call gets, as the functions make it; `make messages` writes this page, and a test fails when it is out of date.
Each incident is told when it opens, again while it is open and nobody has acknowledged it, and when it is resolved.
An e-mail is shown with its subject, a chat message with its title and its next steps.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_TOP, *_kinds(), *_later(), *_pagerduty()])


def _kinds() -> Iterator[str]:
    for kind in KINDS:
        yield f"## {kind}\n"
        yield from _both(incident(kind), NOW)


def _later() -> Iterator[str]:
    yield "## A reminder\n"
    yield from _both(incident("crawl failed", "reminder", **_REPEATED), _LATER["reminder"])
    yield "## A resolution\n"
    yield from _both(incident("crawl failed", "resolved", **_REPEATED), _LATER["resolved"])


def _both(event: dict[str, Any], now: float) -> Iterator[str]:
    news = parse_notice(event)
    yield _block("text", f"Subject: {subject(news, _PLACE.stage)}\n\n{text(news, _PLACE, now)}")
    content = chat(news, _PLACE, now)["content"]
    steps = "".join(f"\n- {step}" for step in content.get("nextSteps", ()))
    yield _block("markdown", f"{content['title']}\n\n{content['description']}\n{steps}")


def _pagerduty() -> Iterator[str]:
    yield "## PagerDuty\n\nThe trigger, and the resolution under the same key; the routing key is left out.\n"
    for event, now in (
        (incident("check failed"), NOW),
        (incident("check failed", "resolved"), _LATER["resolved"]),
    ):
        yield _block("json", json.dumps(pagerduty(parse_notice(event), _PLACE, now), indent=2, ensure_ascii=False))


def _block(language: str, content: str) -> str:
    return f"```{language}\n{content.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page())
