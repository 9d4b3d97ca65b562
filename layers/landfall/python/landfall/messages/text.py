"""Plain text: for e-mail and every other subscription of the topic."""

from landfall.messages import safe, words
from landfall.messages.links import DeploymentInfo, links
from landfall.messages.notice import Notice
from landfall.messages.report import Fact, facts, lead

SUBJECT_LIMIT = 99  # SNS: fewer than 100 characters, ASCII, no line breaks
_LABEL = 12


def subject(notice: Notice, stage: str) -> str:
    """Such as CRITICAL person: crawl failed (Landfall dev)."""
    standing = {"opened": notice.severity.upper(), "reminder": "STILL OPEN", "resolved": "RESOLVED"}[notice.phase]
    return safe.ascii_line(f"{standing} {notice.pipeline}: {notice.kind} (Landfall {stage})", SUBJECT_LIMIT)


def text(notice: Notice, place: DeploymentInfo, now: float) -> str:
    """The whole message; `now` is for texts such as "5 min ago"."""
    parts = [lead(notice, now, safe.name)]
    parts.append("\n".join(line for fact in facts(notice, now) for line in _lines(fact)))
    parts += [
        f"{what}:\n    {command}" if command else f"{what}." for what, command in words.next_steps(notice, place.stage)
    ]
    parts.append("\n".join(_link_lines(notice, place)))
    parts.append(
        f"Landfall {place.stage}, account {notice.account or 'unknown'}, {notice.region or 'region unknown'}; "
        f"pipeline {safe.line(notice.pipeline, 200)}, severity {notice.severity}.\n"
        f"Message {safe.line(notice.id, 300)}"
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _lines(fact: Fact) -> list[str]:
    shown = filter(None, (fact.head, *(safe.line(line, fact.limit) for line in fact.foreign), fact.tail))
    return [f"{'' if number else fact.label:{_LABEL}}{line}" for number, line in enumerate(shown)]


def _link_lines(notice: Notice, place: DeploymentInfo) -> list[str]:
    if notice.phase == "resolved":
        return []
    found = [(link.text, link.href) for link in links(notice, place)]
    if runbook := safe.line(notice.runbook, 1000):
        found.insert(0, ("Runbook", runbook))
    return [f"{name:{_LABEL}}{href}" for name, href in found]
