"""page on moto and a server that stands in for PagerDuty: accepted, refused, throttled, broken, slow, gone."""

import json
from collections.abc import Iterator

import boto3
import pytest

from functions.page import app
from landfall.adapters import on_call
from landfall.model.errors import ChannelError, SettingsError
from tests.functional.account import Account, Handler, batch, failed
from tests.pagerduty import PagerDutyStandIn, running
from verification.examples.incidents import KINDS, incident
from verification.examples.payloads import names, payload

KEY = "0123456789abcdef0123456789abcdef"
INCIDENT = "person/check-failed/20261121T133233.480Z"


@pytest.fixture
def pagerduty() -> Iterator[PagerDutyStandIn]:
    with running() as stand_in:
        yield stand_in


@pytest.fixture
def secret(account: Account) -> str:
    arn: str = boto3.client("secretsmanager").create_secret(Name="routing-key", SecretString=KEY)["ARN"]
    return arn


@pytest.fixture
def page(secret: str, pagerduty: PagerDutyStandIn, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("PARTITION", "aws")
    monkeypatch.setenv("PAGERDUTY_ENDPOINT", pagerduty.endpoint)
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY_SECRET", secret)
    app.channel.cache_clear()
    return lambda event: app.handler(event, None)


def resolved_already(incident_id: str = INCIDENT) -> None:
    """Put the incident where its resolution puts it: into the history."""
    key = {"pk": {"S": "pipeline#person"}, "sk": {"S": f"incident#{incident_id}"}}
    boto3.client("dynamodb").put_item(TableName="state", Item=key)


@pytest.mark.parametrize("name", names("page"))
def test_every_payload_is_sent(name: str, page: Handler, pagerduty: PagerDutyStandIn) -> None:
    answer = page(payload(name))

    assert failed(answer) == []
    assert len(pagerduty.accepted) == 1


def test_an_incident_triggers_and_resolves_one_alert_with_the_routing_key(
    page: Handler, pagerduty: PagerDutyStandIn
) -> None:
    page(batch(incident("check failed")))
    resolved_already()
    page(batch(incident("check failed", "resolved")))

    assert [event["event_action"] for event in pagerduty.accepted] == ["trigger", "resolve"]
    assert {(event["dedup_key"], event["routing_key"]) for event in pagerduty.accepted} == {(INCIDENT, KEY)}
    assert pagerduty.alerts() == {INCIDENT: "resolve"}


def test_the_same_event_twice_is_one_alert(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    page(batch(incident("check failed"), incident("check failed")))

    assert pagerduty.alerts() == {INCIDENT: "trigger"}


def test_a_trigger_that_comes_after_the_resolution_does_not_page(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    resolved_already()
    page(batch(incident("check failed", "resolved")))
    answer = page(batch(incident("check failed")))

    assert failed(answer) == []
    assert pagerduty.alerts() == {}


def test_another_incident_of_the_kind_pages(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    resolved_already("person/check-failed/20261120T000000.000Z")

    page(batch(incident("check failed")))

    assert pagerduty.alerts() == {INCIDENT: "trigger"}


def test_whatever_is_not_accepted_goes_back_to_the_queue_alone(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    for status in (200, 400, 403, 404, 413, 429, 500, 503):
        pagerduty.status = status
        assert failed(page(batch(incident("check failed"), incident("stale")))) == ["1", "2"]
    assert pagerduty.alerts() == {}

    pagerduty.status = 202
    assert failed(page(batch(incident("check failed")))) == []
    assert pagerduty.alerts() == {INCIDENT: "trigger"}


def test_a_refusal_says_pagerdutys_reason(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    pagerduty.status = 400

    with pytest.raises(ChannelError, match=r"answered 400 Bad Request: .*'payload.source' is missing"):
        page(incident("check failed"))


def test_a_server_that_is_too_slow_or_gone_is_tried_again(
    page: Handler, pagerduty: PagerDutyStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_call, "_TIMEOUT", 0.2)
    pagerduty.delay = 0.6
    with pytest.raises(ChannelError, match="did not answer: TimeoutError"):
        page(incident("check failed"))

    monkeypatch.setenv("PAGERDUTY_ENDPOINT", "http://127.0.0.1:9/v2/enqueue")
    app.channel.cache_clear()
    with pytest.raises(ChannelError, match="did not answer: ConnectionRefusedError"):
        page(incident("check failed"))


@pytest.mark.parametrize("text", [KEY, f" {KEY}\n", json.dumps({"routing_key": KEY})])
def test_the_key_is_the_secrets_text_or_its_field(
    text: str, page: Handler, secret: str, pagerduty: PagerDutyStandIn
) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=text)

    page(incident("check failed"))

    assert [event["routing_key"] for event in pagerduty.accepted] == [KEY]


@pytest.mark.parametrize("text", ['{"key": "sesame"}', '{"routing_key": 7}', '{"sesame"', '{"routing_key": ""}', " "])
def test_a_secret_without_a_key_is_an_error_that_does_not_tell_it(text: str, page: Handler, secret: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=text)

    with pytest.raises(SettingsError, match="holds no routing key") as error:
        page(incident("check failed"))
    assert "sesame" not in str(error.value)


def test_a_rotated_key_is_taken_up(
    page: Handler, secret: str, pagerduty: PagerDutyStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("functions.page.app.time.time", lambda: now)
    page(incident("check failed"))
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="new")

    now += 299
    page(incident("check failed"))
    now += 2
    page(incident("check failed"))

    assert [event["routing_key"] for event in pagerduty.accepted] == [KEY, KEY, "new"]


def test_the_key_is_in_no_log_and_no_error(
    page: Handler, pagerduty: PagerDutyStandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "overheard")  # a logger of its own, on the captured output
    app.channel.cache_clear()
    said: list[str] = []
    for status in (202, 400, 500):
        pagerduty.status = status
        said.append(str(page(batch(incident("check failed")))))

    output = capsys.readouterr()
    assert "answered 400" in output.out + output.err
    assert KEY not in output.out + output.err + "".join(said) + repr(app.channel())


def test_pagerduty_gets_every_kind(page: Handler, pagerduty: PagerDutyStandIn) -> None:
    page(batch(*map(incident, KINDS)))

    assert [event["payload"]["class"] for event in pagerduty.accepted] == list(KINDS)
