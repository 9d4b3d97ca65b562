"""What reaches people: incidents' events as messages, and the command line."""

import json
from typing import Any
from unittest.mock import patch

from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner

from landfall.adapters.on_call import _parse_routing_key
from landfall.messages.links import DeploymentInfo
from landfall.messages.notice import parse_notice
from landfall.messages.pagerduty import pagerduty
from landfall.messages.publication import publication
from landfall.model import table_columns
from landfall.model.errors import MalformedEventError, SettingsError
from landfall_cli.dead_letters import to_dead_letter
from landfall_cli.main import cli
from verification.examples import payloads
from verification.examples.incidents import KINDS, NOW, incident
from verification.fuzz.generate import Hostile

_PLACE = DeploymentInfo("dev", "aws")
_COMMANDS = [*cli.commands]
_OPTIONS = ("--stage", "--stack", "--profile", "--region", "--json", "--help", "--since", "--limit", "--deployed", "-")
_NAMES = [*payloads.names("on_upload"), *payloads.names("on_crawler_state")]
_QUEUED = [payloads.payload(name) for name in _NAMES if "/batch" not in name]


def messages(hostile: Hostile) -> bool:
    """An incident's event: what comes of it fits SNS, chat and PagerDuty, and holds no control characters."""
    kind, phase = hostile.pick(sorted(KINDS)), hostile.pick(("opened", "reminder", "resolved"))
    try:
        found = parse_notice(hostile.bent(incident(kind, phase)))
    except MalformedEventError:
        return False
    published = publication(found, _PLACE, NOW)
    assert len(published.subject) <= 100
    assert published.subject.isascii()
    assert published.subject.isprintable()
    size = len(json.dumps(published.forms).encode())
    assert size < 262_144, size
    chat = json.loads(published.forms["https"])
    assert len(chat["content"]["title"]) <= 250
    assert len(chat["content"]["description"]) <= 8_000
    for form in published.forms.values():
        assert form.encode()
        assert not set(form) & {"\x00", "\x1b", "\x07", "\r"}
    page = pagerduty(found, _PLACE, NOW)
    assert len(page["dedup_key"]) <= 255
    assert page["event_action"] == "resolve" or len(page["payload"]["summary"]) <= 1_024
    assert json.dumps(page, allow_nan=False).encode()
    return True


def routing_keys(hostile: Hostile) -> bool:
    """The text of the secret with PagerDuty's key; whatever it is, it is in no error."""
    text = hostile.json({"routing_key": "0123456789abcdef0123456789abcdef"})
    try:
        return bool(_parse_routing_key(text))
    except SettingsError as error:
        shown = str(error)
    assert len(text) < 40 or text not in shown
    return False


def columns(hostile: Hostile) -> bool:
    """What Glue says of a table's columns, before and after."""
    before, after = (_columns(hostile) for _ in range(2))
    lines = table_columns.compare(before, after)
    assert len(lines) <= 51
    assert all(len(line) <= 300 for line in lines)
    return bool(lines)


def _columns(hostile: Hostile) -> str:
    width = hostile.pick((0, 1, 3, 60))
    made = [
        (hostile.text().encode("utf-8", "replace").decode(), hostile.pick(("string", "bigint"))) for _ in range(width)
    ]
    return table_columns.text_of(made, [], 1)


def dead_letters(hostile: Hostile) -> bool:
    """A message of a dead-letter queue, as `landfall redrive` shows it."""
    attributes: Any = {"ERROR_CODE": {"StringValue": hostile.text()}} if hostile.chance(0.5) else {}
    body = hostile.json(hostile.pick(_QUEUED))
    letter = to_dead_letter({"MessageId": "m", "Body": body, "MessageAttributes": attributes})
    assert len(letter.body) <= 200
    return letter.what not in ("not JSON", "not an event of EventBridge")


def command_line(hostile: Hostile) -> bool:
    """What somebody types, or pipes in, where AWS does not answer: a line that says what is wrong, and no stack."""
    arguments = [hostile.pick(_COMMANDS)] if hostile.chance(0.95) else []
    # what a shell can hand over: no NUL, and no half of a surrogate pair
    word = hostile.text().replace("\x00", "").encode("utf-8", "replace").decode()
    words = (word, hostile.pick(_OPTIONS))
    arguments += [hostile.pick(words) for _ in range(hostile.pick((0, 1, 2, 4)))]
    piped = hostile.json({"name": "person", "bucket": "b", "prefix": "p/", "steps": []}).encode("utf-8", "replace")
    raw = hostile.bytes(piped[:20_000]) if hostile.chance(0.3) else piped
    nowhere = EndpointConnectionError(endpoint_url="https://nowhere")
    with patch("landfall_cli.deployment.find", side_effect=nowhere):
        done = CliRunner().invoke(cli, arguments, input=raw, env={"AWS_REGION": "us-east-1"}, prog_name="landfall")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(f"landfall {arguments!r} ends in {done.exception!r}") from done.exception
    assert done.exit_code in (0, 1, 2), done.exit_code
    typed = set("".join(arguments))  # click shows an argument as it was typed
    assert not set(done.output) & ({"\x00", "\x1b", "\x07"} - typed), done.output
    return done.exit_code == 0
