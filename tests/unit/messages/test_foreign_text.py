"""Whatever a key, a cell or a cause may say: it stays within its place, and within each channel's limits.

Each property holds for every kind and phase with every text below, and for random texts.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from landfall.messages.chat import DESCRIPTION_LIMIT, TITLE_LIMIT, chat
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import Notice, parse_notice
from landfall.messages.pagerduty import DEDUP_KEY_LIMIT, SIZE_LIMIT, SUMMARY_LIMIT, pagerduty
from landfall.messages.publication import Publication, publication
from verification.examples.incidents import KINDS, NOW, incident

PLACE = DeploymentInfo("dev", "aws")
SNS_LIMIT = 256 * 1024  # bytes, attributes among them
TITLE_MARKS = re.compile(r"[<>\[\]@`*_~]")
PHASES = ("opened", "reminder", "resolved")
ALPHABET = "`<>*_[]()|@#&\\\"'\n\r\t\x00\x1b\u202e\u2028\u200d\ud800\udfff é\U0001d4b3aA1 -/{}$%"

HOSTILE = [
    "\n\nRESOLVED person: all is well",
    "a\r\nSubject: free money",
    "x\x00\x1b[31mred\x07\x7f\x85",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "\u2028\u2029next line",
    "half \ud83d a pair",
    "`` ` ``` <!channel> <@U123> <https://evil.example|click> @here",
    "[click](javascript:alert(1)) *bold* _it_ ~no~ > quote # head",
    "&lt;!channel&gt;",
    "{resource} {0} %s ${Stage} $(rm -rf /) `rm`",
    '"}],"severity":"info","x":[{"',
    "é" * 5000,
    "\U0001d4b3" * 3000,
    "",
    " ",
]


def hostile(kind: str, phase: str, bad: str) -> Notice:
    """An incident with the same hostile text wherever foreign text comes from."""
    fields = ("cause", "check", "step", "resource", "owner", "runbook", "queryExecutionId", "jobRunId", "resolvedBy")
    changes: dict[str, Any] = dict.fromkeys(fields, bad) | {
        "rows": [[bad] * 50] * 50,
        "changes": [bad] * 50,
        "uploads": {"count": 10**9, "oldest": "", "newest": "", "keys": [bad] * 50},
        "bucket": bad,
        "run": bad,
    }
    return parse_notice(incident(kind, phase, **changes))


@dataclass(frozen=True)
class Message:
    """What is made of one incident, in every form."""

    case: tuple[str, str, str]
    sns: Publication
    content: dict[str, Any]
    event: dict[str, Any]


@cache
def messages() -> list[Message]:
    chances = random.Random(7)  # noqa: S311  # the same texts each time
    cases = [(kind, phase, bad) for kind in (*KINDS, "eaten by a whale") for phase in PHASES for bad in HOSTILE]
    for _ in range(300):
        bad = "".join(chances.choices(ALPHABET, k=chances.randrange(1, 400)))
        cases.append((chances.choice(list(KINDS)), chances.choice(PHASES), bad))
    return [message(*case) for case in cases]


def message(kind: str, phase: str, bad: str) -> Message:
    news = hostile(kind, phase, bad)
    sns = publication(news, PLACE, NOW)
    content = json.loads(sns.forms["https"])["content"]
    return Message((kind, phase, bad), sns, content, pagerduty(news, PLACE, NOW))


def all_hold(holds: Callable[[Message], bool]) -> None:
    broken = [message.case for message in messages() if not holds(message)]
    assert broken == []


def is_printable(line: str) -> bool:
    """A joiner is a part of words and of emoji, and the one mark without a shape that is allowed."""
    return line.replace("\u200d", "").isprintable()


def triggers() -> list[dict[str, Any]]:
    found = [message.event for message in messages() if message.event["event_action"] == "trigger"]
    assert len(found) > len(messages()) / 2
    return found


def test_a_subject_is_one_that_sns_takes() -> None:
    all_hold(lambda message: 0 < len(message.sns.subject) < 100)
    all_hold(lambda message: message.sns.subject.isascii() and message.sns.subject.isprintable())


def test_a_publication_is_within_the_size_that_sns_takes() -> None:
    all_hold(lambda message: len(json.dumps(message.sns.forms, ensure_ascii=False).encode()) < SNS_LIMIT)


def test_attributes_are_there_or_left_out_and_printable() -> None:
    all_hold(lambda message: all(value and is_printable(value) for value in message.sns.attributes.values()))


def test_plain_text_has_printable_lines_only() -> None:
    all_hold(lambda message: all(is_printable(line) for line in message.sns.forms["default"].split("\n")))


def test_plain_text_can_be_encoded() -> None:
    def is_whole(text: str) -> bool:
        return text.encode("utf-8", "replace").decode() == text

    all_hold(lambda message: is_whole(message.sns.forms["default"]))


def test_no_text_makes_a_line_that_begins_as_a_resolution_does() -> None:
    all_hold(lambda message: "\nRESOLVED" not in message.sns.forms["default"])


def test_chat_is_within_its_limits() -> None:
    all_hold(lambda message: 0 < len(message.content["title"]) <= TITLE_LIMIT)
    all_hold(lambda message: 0 < len(message.content["description"]) <= DESCRIPTION_LIMIT)


def test_no_code_span_of_chat_is_left_open() -> None:
    all_hold(
        lambda message: all(
            line.count("`") % 2 == 0
            for line in (*message.content["description"].split("\n"), *message.content.get("nextSteps", ()))
        )
    )


def test_outside_code_chat_has_no_mark_of_a_link_or_a_mention() -> None:
    outside = re.compile(r"`[^`\n]*`")
    marks = re.compile(r"[<>\[\]@]|\]\(")
    all_hold(lambda message: not marks.search(outside.sub("", message.content["description"])))


def test_a_title_of_chat_has_no_mark_at_all() -> None:
    all_hold(lambda message: not TITLE_MARKS.search(message.content["title"]))


def test_names_of_a_pipeline_and_a_kind_leave_no_mark_in_a_title_either() -> None:
    for bad in ("*bold* _it_ ~no~ `code`", "[click](javascript:alert(1))", "<!channel> @here", "x" * 5000):
        title = chat(parse_notice(incident(bad, pipeline=bad)), PLACE, NOW)["content"]["title"]

        assert 0 < len(title) <= TITLE_LIMIT
        assert not TITLE_MARKS.search(title)


def test_an_event_of_pagerduty_is_within_its_limits() -> None:
    all_hold(lambda message: 0 < len(message.event["dedup_key"]) <= DEDUP_KEY_LIMIT)
    all_hold(lambda message: len(json.dumps({"routing_key": "k" * 32} | message.event).encode()) < SIZE_LIMIT)
    assert [event for event in triggers() if not 0 < len(event["payload"]["summary"]) <= SUMMARY_LIMIT] == []


def test_a_trigger_has_a_source_and_one_of_pagerduty_s_severities() -> None:
    assert [event for event in triggers() if not event["payload"]["source"]] == []
    assert {event["payload"]["severity"] for event in triggers()} <= {"critical", "error", "warning", "info"}


def test_pagerduty_s_links_lead_to_the_web() -> None:
    addresses = {link["href"] for event in triggers() for link in event["links"]}

    assert addresses
    assert [address for address in addresses if not address.startswith("https://")] == []
