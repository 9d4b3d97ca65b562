"""notify on moto: each reader of the topic gets the form that it understands, and may filter."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from functions.notify import app
from landfall.model.errors import MalformedEventError, SettingsError
from tests.functional.account import Account, Handler, batch, failed
from verification.examples.incidents import KINDS, incident
from verification.examples.payloads import names, payload


@pytest.fixture
def topic(account: Account, monkeypatch: pytest.MonkeyPatch) -> str:
    arn: str = boto3.client("sns").create_topic(Name="on-call")["TopicArn"]
    monkeypatch.setenv("ON_CALL_TOPIC", arn)
    monkeypatch.setenv("PARTITION", "aws")
    app.channel.cache_clear()
    return arn


@pytest.fixture
def notify(topic: str) -> Handler:
    return lambda event: app.handler(event, None)


def subscribed(topic: str, name: str, **filter_policy: list[str]) -> str:
    """The address of a queue that hears the topic."""
    sqs = boto3.client("sqs")
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"FilterPolicy": json.dumps(filter_policy)} if filter_policy else {}
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def heard(url: str) -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def published(topic: str) -> list[dict[str, str]]:
    """What was given to SNS: the forms by protocol."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[topic].sent_notifications
    return [json.loads(message) for _, message, *_ in sent]


@pytest.mark.parametrize("name", names("notify"))
def test_every_payload_is_published(name: str, notify: Handler, topic: str) -> None:
    answer = notify(payload(name))

    assert failed(answer) == []
    assert len(published(topic)) == len(payload(name).get("Records", [1]))


def test_a_reader_of_text_gets_text_with_a_subject_and_attributes(notify: Handler, topic: str) -> None:
    url = subscribed(topic, "readers")

    notify(batch(incident("check failed")))

    (message,) = heard(url)
    assert message["Subject"] == "CRITICAL person: check failed (Landfall dev)"
    assert message["Message"].startswith('The data does not pass the check "no empty names"; 2 uploads are not ready')
    attributes = {name: told["Value"] for name, told in message["MessageAttributes"].items()}
    assert attributes == {
        "severity": "critical", "pipeline": "person", "owner": "customer-data",
        "kind": "check failed", "event": "opened",
    }  # fmt: skip


def test_chat_gets_its_custom_notification_and_a_telephone_one_line(notify: Handler, topic: str) -> None:
    notify(batch(incident("check failed")))

    (forms,) = published(topic)
    notification = json.loads(forms["https"])
    assert (notification["version"], notification["source"]) == ("1.0", "custom")
    assert notification["content"]["title"].endswith("person: check failed (Landfall dev)")
    assert forms["sms"] == "CRITICAL person: check failed (Landfall dev)"
    assert set(forms) == {"default", "https", "sms"}


def test_readers_filter_by_severity_pipeline_and_owner(notify: Handler, topic: str) -> None:
    critical = subscribed(topic, "critical", severity=["critical"])
    orders = subscribed(topic, "orders", pipeline=["orders"])
    theirs = subscribed(topic, "theirs", owner=["customer-data"])

    notify(batch(incident("stale"), incident("stale", severity="warning", pipeline="orders", owner="")))

    assert [len(heard(url)) for url in (critical, orders, theirs)] == [1, 1, 1]


def test_a_bad_message_goes_back_alone(notify: Handler, topic: str) -> None:
    answer = notify(batch(incident("stale"), {"source": "landfall"}, "no json", incident("late")))

    assert failed(answer) == ["2", "3"]
    assert len(published(topic)) == 2


def test_what_the_topic_does_not_take_goes_back(notify: Handler, topic: str) -> None:
    boto3.client("sns").delete_topic(TopicArn=topic)

    assert failed(notify(batch(incident("stale"), incident("late")))) == ["1", "2"]


def test_by_hand_an_error_is_shown(notify: Handler, topic: str) -> None:
    with pytest.raises(MalformedEventError):
        notify({"source": "me"})
    boto3.client("sns").delete_topic(TopicArn=topic)
    with pytest.raises(ClientError):
        notify(incident("stale"))


def test_sns_takes_every_kind(notify: Handler, topic: str) -> None:
    events = [incident(kind, phase) for kind in KINDS for phase in ("opened", "reminder", "resolved")]

    assert failed(notify(batch(*events))) == []
    assert len(published(topic)) == len(events)


def test_a_missing_setting_is_named(notify: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ON_CALL_TOPIC")
    app.channel.cache_clear()

    with pytest.raises(SettingsError, match="ON_CALL_TOPIC"):
        notify(incident("stale"))
