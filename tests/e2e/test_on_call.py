"""On-call hears: from the bus through both channels of the deployed template, also while one of them fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.stack.polling import until
from tests.e2e.conftest import ROUTING_KEY, Landfall
from verification.examples.incidents import incident

pytestmark = pytest.mark.engine


class Reader:
    """A queue that is subscribed to the on-call topic."""

    def __init__(self, landfall: Landfall, name: str) -> None:
        self._sqs = landfall.clients.sqs
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        topic = landfall.clients.outputs["OnCallTopicArn"]
        subscribed = landfall.clients.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=asked["Attributes"]["QueueArn"], ReturnSubscriptionArn=True
        )
        self.subscription = subscribed["SubscriptionArn"]
        self._heard: list[dict[str, Any]] = []

    def heard(self) -> list[dict[str, Any]]:
        """All that it has heard so far."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._heard.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self._heard

    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.heard()]


@pytest.fixture
def reader(landfall: Landfall) -> Iterator[Reader]:
    channels = ("NotifyQueue", "PageQueue")
    until(lambda: not any(waiting(landfall, queue) for queue in channels), 30, "what earlier tests told")
    reader = Reader(landfall, "on-call-reader")
    yield reader
    landfall.clients.sns.unsubscribe(SubscriptionArn=reader.subscription)


@pytest.fixture
def quick_queues(landfall: Landfall) -> Iterator[None]:
    """Channels whose messages come again after a second, so that no test waits the minutes of the template."""
    sqs = landfall.clients.sqs
    urls = [landfall.clients.physical_id(name) for name in ("NotifyQueue", "PageQueue")]
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    yield
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "370"})


@pytest.fixture
def broken_topic(landfall: Landfall) -> Iterator[None]:
    """notify publishes to a topic that is not there, until the test mends it by `mend_topic`."""
    usual = _variables(landfall)
    _set_variables(landfall, usual | {"ON_CALL_TOPIC": usual["ON_CALL_TOPIC"] + "-gone"})
    yield
    _set_variables(landfall, usual)


def _variables(landfall: Landfall) -> dict[str, str]:
    name = landfall.clients.physical_id("Notify")
    found = landfall.clients.functions.get_function_configuration(FunctionName=name)
    return dict(found["Environment"]["Variables"])


def _set_variables(landfall: Landfall, variables: dict[str, str]) -> None:
    name = landfall.clients.physical_id("Notify")
    landfall.clients.functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def mend_topic(landfall: Landfall) -> None:
    variables = _variables(landfall)
    _set_variables(landfall, variables | {"ON_CALL_TOPIC": landfall.clients.outputs["OnCallTopicArn"]})


def tell(landfall: Landfall, *events: dict[str, Any]) -> None:
    """Put these on Landfall's bus, as its outbox does."""
    entries: Any = [
        {
            "EventBusName": landfall.clients.outputs["BusName"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        for event in events
    ]
    answer = landfall.clients.events.put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 0


def named(name: str, kind: str, phase: str = "opened", **changes: Any) -> dict[str, Any]:
    """An incident of this test alone: the stand-in remembers those of others."""
    return incident(kind, phase, incident=name, id=f"{name}/{phase}", **changes)


def alerts(landfall: Landfall, name: str) -> list[str]:
    """What PagerDuty has taken for incidents of this test."""
    taken = [event for event in landfall.pagerduty.accepted if event["dedup_key"].startswith(name)]
    return [f"{event['dedup_key']} {event['event_action']}" for event in taken]


def waiting(landfall: Landfall, queue: str) -> int:
    """Messages that lie in this queue."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = landfall.clients.physical_id(queue)
    answer = landfall.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(count) for count in answer["Attributes"].values())


def redrive(landfall: Landfall, source: str, target: str) -> None:
    """As StartMessageMoveTask does, which the engine's emulator does not know."""
    sqs = landfall.clients.sqs
    found = sqs.receive_message(QueueUrl=landfall.clients.physical_id(source), MaxNumberOfMessages=10)
    for message in found["Messages"]:
        sqs.send_message(QueueUrl=landfall.clients.physical_id(target), MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=landfall.clients.physical_id(source), ReceiptHandle=message["ReceiptHandle"])


def test_an_incident_is_told_by_both_channels_when_it_opens_and_when_it_is_resolved(
    landfall: Landfall, reader: Reader
) -> None:
    tell(landfall, named("both", "check failed"))
    until(lambda: reader.heard() and alerts(landfall, "both"), 20, "both channels to tell that it opened")
    tell(landfall, named("both", "check failed", "resolved"))
    until(lambda: len(reader.heard()) > 1 and len(alerts(landfall, "both")) > 1, 20, "both to tell that it is over")

    assert reader.subjects() == [
        "CRITICAL person: check failed (Landfall dev)",
        "RESOLVED person: check failed (Landfall dev)",
    ]
    first = reader.heard()[0]
    assert first["Message"].startswith('The data does not pass the check "no empty names"; 2 uploads are not ready.')
    assert "landfall run person" in first["Message"]
    assert first["MessageAttributes"]["severity"]["Value"] == "critical"
    assert alerts(landfall, "both") == ["both trigger", "both resolve"]
    assert {event["routing_key"] for event in landfall.pagerduty.accepted} == {ROUTING_KEY}


def test_a_reminder_and_what_is_not_severe_do_not_page(landfall: Landfall, reader: Reader) -> None:
    tell(
        landfall,
        named("quiet/1", "stale", severity="warning"),
        named("quiet/2", "stale", "reminder"),
        named("quiet/3", "stale"),
    )
    until(lambda: len(reader.heard()) == 3 and alerts(landfall, "quiet"), 20, "all three to be told")

    assert waiting(landfall, "PageQueue") == 0
    assert alerts(landfall, "quiet") == ["quiet/3 trigger"]


def test_while_pagerduty_fails_the_topic_hears_at_once_and_pagerduty_later(
    landfall: Landfall, reader: Reader, quick_queues: None
) -> None:
    landfall.pagerduty.status = 503
    refused_before = len(landfall.pagerduty.refused)
    tell(landfall, *(named(f"later/{number}", "stale") for number in range(3)))
    until(lambda: len(reader.heard()) == 3, 20, "the topic to hear")
    until(lambda: len(landfall.pagerduty.refused) > refused_before, 20, "PagerDuty to refuse")
    assert alerts(landfall, "later") == []

    landfall.pagerduty.status = 202
    until(lambda: len(alerts(landfall, "later")) == 3, 30, "PagerDuty to hear")

    assert sorted(alerts(landfall, "later")) == ["later/0 trigger", "later/1 trigger", "later/2 trigger"]
    assert len(reader.heard()) == 3


def test_what_pagerduty_refuses_for_long_is_a_dead_letter_until_it_is_redriven(
    landfall: Landfall, reader: Reader, quick_queues: None
) -> None:
    landfall.pagerduty.status = 400
    tell(landfall, named("dead", "stale"))
    until(lambda: waiting(landfall, "PageDeadLetterQueue") == 1, 60, "the event to be a dead letter")
    assert len(reader.heard()) == 1

    landfall.pagerduty.status = 202
    redrive(landfall, "PageDeadLetterQueue", "PageQueue")
    until(lambda: alerts(landfall, "dead"), 30, "the redriven event to reach PagerDuty")

    assert alerts(landfall, "dead") == ["dead trigger"]
    assert waiting(landfall, "PageDeadLetterQueue") == 0


def test_while_the_topic_fails_pagerduty_hears_at_once_and_the_topic_later(
    landfall: Landfall, reader: Reader, quick_queues: None, broken_topic: None
) -> None:
    tell(landfall, named("topic", "stale"))
    until(lambda: alerts(landfall, "topic"), 20, "PagerDuty to hear")
    assert reader.heard() == []
    assert waiting(landfall, "NotifyQueue") == 1

    mend_topic(landfall)
    until(reader.heard, 30, "the topic to hear")

    assert reader.subjects() == ["CRITICAL person: stale (Landfall dev)"]
    assert alerts(landfall, "topic") == ["topic trigger"]


def test_what_no_channel_understands_is_a_dead_letter_of_each(
    landfall: Landfall, reader: Reader, quick_queues: None
) -> None:
    before = [waiting(landfall, queue) for queue in ("NotifyDeadLetterQueue", "PageDeadLetterQueue")]
    tell(landfall, named("broken", "stale", openedAt="yesterday"), named("whole", "stale"))
    until(lambda: alerts(landfall, "whole") and reader.heard(), 20, "the good one to be told")

    def dead() -> bool:
        now = [waiting(landfall, queue) for queue in ("NotifyDeadLetterQueue", "PageDeadLetterQueue")]
        return now == [count + 1 for count in before]

    until(dead, 60, "the bad one to be a dead letter of each")
    for queue in ("NotifyDeadLetterQueue", "PageDeadLetterQueue"):
        landfall.clients.sqs.purge_queue(QueueUrl=landfall.clients.physical_id(queue))


def test_a_crawler_that_fails_a_hundred_times_is_one_message_and_one_page_until_it_succeeds(
    landfall: Landfall, reader: Reader
) -> None:
    landfall.settings(crawl_seconds=0)
    taken_before = len(landfall.pagerduty.accepted)
    landfall.clients.glue.delete_database(Name="person-db")
    try:
        landfall.upload("people.csv", "Amara,31,Lagos")
        for failures in range(1, 101):
            until(lambda: open_incidents(landfall) == [("crawl failed", failures)], 30, f"failure {failures}")  # noqa: B023
            if failures < 100:
                request_run(landfall)
    finally:
        landfall.clients.glue.create_database(DatabaseInput={"Name": "person-db"})

    # What earlier tests told may come late.
    def paged() -> list[dict[str, Any]]:
        return [event for event in landfall.pagerduty.accepted[taken_before:] if "crawl-failed" in event["dedup_key"]]

    def heard() -> list[dict[str, Any]]:
        return [message for message in reader.heard() if "crawl failed" in message["Subject"]]

    until(lambda: paged() and heard(), 20, "both channels to tell it")
    assert [event["event_action"] for event in paged()] == ["trigger"]
    assert [message["Subject"] for message in heard()] == ["ERROR person: crawl failed (Landfall dev)"]

    landfall.upload("more.csv", "Hugo,47,Lyon")
    until(lambda: len(paged()) > 1 and len(heard()) > 1, 30, "the end")

    trigger, resolution = paged()
    assert (trigger["event_action"], resolution["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolution["dedup_key"]
    assert "person-db" in trigger["payload"]["custom_details"]["Cause"]
    assert [message["Subject"] for message in heard()[1:]] == ["RESOLVED person: crawl failed (Landfall dev)"]
    assert "Happened    100 times" in heard()[1]["Message"]
    assert open_incidents(landfall) == []


def open_incidents(landfall: Landfall, kind: str = "crawl failed") -> list[tuple[str, int]]:
    """Of this kind: other tests may have left one that only an acknowledgement resolves."""
    known = landfall.state().get("incidents", [])
    return [(incident["kind"], int(incident["count"])) for incident in known if incident["kind"] == kind]


def request_run(landfall: Landfall) -> None:
    """By hand, without the window of the upload queue: a hundred of them would take minutes."""
    event = {"source": "me", "detail-type": "Run Requested", "detail": {"pipeline": "person"}}
    name = landfall.clients.physical_id("OnUpload")
    answer = landfall.clients.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_the_functions_log_their_metrics_in_the_embedded_format(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    landfall.sweep()

    emitted = {
        metric["Name"]
        for function in ("OnUpload", "OnCrawlerState", "OnQueryState", "Watchdog")
        for line in logged(landfall, f"{function}Logs")
        if "_aws" in line
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }

    assert emitted >= {"Uploads", "RunsStarted", "CrawlsSaved", "RunsSucceeded", "SecondsToReady", "OpenIncidents"}


def logged(landfall: Landfall, group: str) -> Iterator[dict[str, Any]]:
    """The lines of this log group that are JSON objects."""
    pages = landfall.clients.logs.get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=landfall.clients.physical_id(group)):
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])
