"""A file lands; a table answers: through the deployed template, on the local engine."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.demo.queries import ask
from local.stack.polling import until
from tests.e2e.conftest import PREFIX, Landfall

pytestmark = pytest.mark.engine

ALL_ROWS = 'SELECT * FROM "person-db"."_dataprofile"'
AWKWARD_KEYS = ("with space.csv", "a+b.csv", "percent %41.csv", "客户 资料.csv", "q?&=#.csv", "deep/er/[x] *.csv")


def captured_events(landfall: Landfall) -> str:
    """A queue that gets a copy of every upload's event."""
    sqs, events = landfall.clients.sqs, landfall.clients.events
    url = sqs.create_queue(QueueName="captured")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="captured", EventPattern='{"source": ["aws.s3"], "detail-type": ["Object Created"]}')
    events.put_targets(Rule="captured", Targets=[{"Id": "queue", "Arn": arn}])
    return str(url)


def take_all(landfall: Landfall, url: str) -> list[str]:
    bodies: list[str] = []
    while messages := landfall.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            landfall.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def send_all(landfall: Landfall, bodies: list[str]) -> None:
    url = landfall.clients.outputs["UploadQueueUrl"]
    for start in range(0, len(bodies), 10):
        entries: Any = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[start : start + 10])]
        landfall.clients.sqs.send_message_batch(QueueUrl=url, Entries=entries)


@pytest.mark.usefixtures("spark")
def test_an_upload_becomes_a_table_that_athena_answers(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos", "Hugo,47,Lyon")
    landfall.covered(1, 180)

    columns, rows = ask(landfall.clients, ALL_ROWS)

    assert columns == ("name", "age", "city")
    assert sorted(rows, key=str) == [("Amara", "31", "Lagos"), ("Hugo", "47", "Lyon")]
    last = landfall.runs()[-1]
    assert (last["outcome"], last["uploads"]["count"], last["uploads"]["keys"]) == (
        "succeeded",
        1,
        [PREFIX + "people.csv"],
    )
    assert [step["step"] for step in last["log"]] == [
        "crawl person-crawler", "checks", "job person-curate", "crawl person-curated-crawler", "checks",
    ]  # fmt: skip


def test_keys_are_taken_verbatim(landfall: Landfall) -> None:
    for key in AWKWARD_KEYS:
        landfall.upload(key, "Amara,31,Lagos")
    landfall.covered(len(AWKWARD_KEYS))

    _, rows = ask(landfall.clients, ALL_ROWS)

    assert len(rows) == len(AWKWARD_KEYS)


def test_folder_markers_and_other_suffixes_start_no_run(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before, url = len(landfall.runs()), captured_events(landfall)

    landfall.clients.s3.put_object(Bucket=landfall.lake, Key=PREFIX, Body=b"")
    landfall.clients.s3.put_object(Bucket=landfall.lake, Key=PREFIX + "notes.txt", Body=b"hello")
    landfall.clients.s3.put_object(Bucket=landfall.lake, Key="elsewhere/people.csv", Body=b"a,b\n1,2\n")
    captured: list[str] = []
    until(lambda: len(captured.__iadd__(take_all(landfall, url))) == 3, 30, "the three events")
    until(lambda: not landfall.waiting_messages(), 30, "the upload queue to be empty")

    assert len(landfall.runs()) == before


def test_five_hundred_files_during_a_crawl_lead_to_exactly_one_more_run(landfall: Landfall) -> None:
    url = captured_events(landfall)
    landfall.settings(crawl_seconds=20)
    landfall.upload("first.csv", "Amara,31,Lagos")
    before = until(lambda: landfall.state().get("run") and landfall.runs(), 30, "the first run")
    until(lambda: landfall.state()["run"]["status"] == "running", 10, "the crawl to run")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: landfall.upload(f"{number:03}.csv", f"P{number},{number},Lyon"), range(500)))
    until(lambda: landfall.state()["pending"]["count"] == 500, 15, "all 500 uploads to be pending")
    landfall.settings(crawl_seconds=1)
    landfall.covered(501, 180)

    assert len(landfall.runs()) == len(before) + 1
    assert landfall.runs()[-1]["uploads"]["count"] == 500
    _, rows = ask(landfall.clients, ALL_ROWS)
    assert len(rows) == 501

    bodies = take_all(landfall, url)
    assert len(bodies) == len(set(bodies)) == 501
    for seed in (1, 2):
        shuffled = random.Random(seed).sample(bodies, len(bodies))  # noqa: S311  # no secret
        send_all(landfall, shuffled)
        until(lambda: not landfall.waiting_messages(), 60, "the duplicates to be handled")
    until(landfall.is_at_rest, 60, "the duplicates to change nothing")

    assert len(landfall.runs()) == len(before) + 1


def test_a_bad_record_ends_in_the_dead_letter_queue_alone(landfall: Landfall) -> None:
    sqs = landfall.clients.sqs
    url = landfall.clients.outputs["UploadQueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rsplit(":", 1)[-1]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    try:
        send_all(landfall, ['{"cut": "off'])
        landfall.upload("good.csv", "Amara,31,Lagos")
        dead_url = sqs.get_queue_url(QueueName=dead_letters)["QueueUrl"]
        dead = until(lambda: take_all(landfall, dead_url), 60, "the dead letter", every=0.5)
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": attributes["VisibilityTimeout"]})
    landfall.covered(1)

    assert dead == ['{"cut": "off']
    assert landfall.runs()[-1]["outcome"] == "succeeded"
    assert landfall.runs()[-1]["uploads"]["keys"] == [PREFIX + "good.csv"]


def test_a_crawler_that_someone_else_started_is_waited_for(landfall: Landfall) -> None:
    landfall.settings(crawl_seconds=4)
    landfall.clients.glue.start_crawler(Name="person-crawler")
    landfall.upload("people.csv", "Amara,31,Lagos")

    until(lambda: (landfall.state().get("run") or {}).get("status") == "waiting", 20, "the run to wait")
    landfall.settings(crawl_seconds=0.5)
    landfall.covered(1)

    last = landfall.runs()[-1]
    assert (last["outcome"], last["uploads"]["keys"]) == ("succeeded", [PREFIX + "people.csv"])


def test_an_end_event_that_comes_while_the_crawler_is_stopping_loses_nothing(landfall: Landfall) -> None:
    landfall.settings(stopping_seconds=2)
    landfall.upload("people.csv", "Amara,31,Lagos")

    landfall.covered(1)

    assert landfall.runs()[-1]["outcome"] == "succeeded"


def test_a_crawl_that_fails_is_told_with_glue_s_message_and_its_uploads_wait(landfall: Landfall) -> None:
    glue = landfall.clients.glue
    database = {"Name": "person-db"}
    glue.delete_database(Name="person-db")
    try:
        landfall.upload("people.csv", "Amara,31,Lagos")
        landfall.covered(1)
        failed = landfall.runs()[-1]
        assert failed["outcome"] == "failed"
        assert failed["failure"]["kind"] == "crawl failed"
        assert "person-db" in failed["failure"]["cause"]
        assert landfall.state()["unprocessed"]["count"] == 1
    finally:
        glue.create_database(DatabaseInput=database)  # type: ignore[arg-type]

    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1 + 2)

    last = landfall.runs()[-1]
    assert (last["outcome"], last["uploads"]["count"]) == ("succeeded", 2)
    assert landfall.state()["unprocessed"]["count"] == 0
