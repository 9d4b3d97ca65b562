"""The custom notification of Amazon Q Developer in chat applications (once AWS Chatbot), for Slack, Teams and Chime.

Its schema: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. The service silently drops any
other text on the topic. Foreign text goes into code spans. URLs are written as they are, since every platform links
them, while the Markdown for links differs.
"""

from typing import Any

from landfall.messages import safe, words
from landfall.messages.links import DeploymentInfo, links
from landfall.messages.notice import Notice
from landfall.messages.report import Fact, facts, lead

TITLE_LIMIT = 250
DESCRIPTION_LIMIT = 8000
_LINE_LIMIT = 500
_MARKS = {"critical": "\U0001f534", "error": "\U0001f7e0", "warning": "\U0001f7e1", "info": "\U0001f535"}


def chat(notice: Notice, place: DeploymentInfo, now: float) -> dict[str, Any]:
    """The notification as a JSON object. One incident's messages share a thread."""
    steps = words.next_steps(notice, place.stage)
    next_steps = [f"{what}: `{command}`" if command else what for what, command in steps]
    return {
        "version": "1.0",
        "source": "custom",
        "id": safe.line(notice.id, 300),
        "content": {
            "textType": "client-markdown",
            "title": _title(notice, place),
            "description": _description(notice, place, now),
            **({"nextSteps": next_steps} if next_steps else {}),
            "keywords": [safe.line(word, 100) for word in (notice.pipeline, notice.kind, notice.severity)],
        },
        "metadata": {
            "threadId": safe.line(notice.incident, 300),
            "summary": safe.line(f"{notice.pipeline}: {notice.kind}", TITLE_LIMIT),
            "eventType": f"landfall.incident.{notice.phase}",
        },
    }


def _title(notice: Notice, place: DeploymentInfo) -> str:
    mark = "\u2705" if notice.phase == "resolved" else _MARKS[notice.severity]
    how = {"opened": "", "reminder": ", still open", "resolved": ", resolved"}[notice.phase]
    # No code span here: it would show as quotes. Names of pipelines and kinds have Markdown only in a hostile event.
    what = safe.code(f"{notice.pipeline}: {notice.kind}", 200)[1:-1].translate(_NO_MARKS)
    return safe.cut(f"{mark} {what}{how} (Landfall {place.stage})", TITLE_LIMIT)


_NO_MARKS = str.maketrans("*_~[]()@", "       \uff20")


def _description(notice: Notice, place: DeploymentInfo, now: float) -> str:
    lines = [lead(notice, now, lambda name: safe.code(name, 200))]
    for fact in facts(notice, now):
        lines += _lines(fact)
    if notice.phase != "resolved":
        if notice.runbook:
            lines.append(f"*Runbook* {safe.url(notice.runbook) or safe.code(notice.runbook, _LINE_LIMIT)}")
        lines += [f"*{link.text}* {link.href}" for link in links(notice, place)]
    return _within(lines, DESCRIPTION_LIMIT)


def _lines(fact: Fact) -> list[str]:
    if not fact.head and len(fact.foreign) == 1 and not fact.tail:
        # uncut: Athena's reason for a schema mismatch has the partition and the second type at its end
        return [f"*{fact.label}* {safe.code(fact.foreign[0], fact.limit)}"]
    foreign = [safe.code(line, min(fact.limit, _LINE_LIMIT)) for line in fact.foreign]
    points = [f"\u2022 {line}" for line in (*foreign, fact.tail) if line]
    return [f"*{fact.label}* {fact.head}".rstrip(), *points]


def _within(lines: list[str], limit: int) -> str:
    """As many whole lines as fit: the content of a code span cut in half would be interpreted."""
    room = limit - 2
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)
