"""on_upload on moto, from the payloads of events/."""

from typing import Any

import boto3
import pytest

from landfall.model.errors import MalformedEventError, NoPipelineError
from tests.functional.account import CRAWLER, Account, Handler, batch, failed
from verification.examples.payloads import payload


def crawler_state() -> str:
    return boto3.client("glue").get_crawler(Name=CRAWLER)["Crawler"]["State"]


@pytest.mark.parametrize(
    "name",
    ["put_unversioned", "put_versioned", "multipart", "copy", "key_with_space_plus_percent", "key_in_chinese"],
)
def test_an_upload_starts_a_run_and_keeps_its_key(account: Account, on_upload: Handler, name: str) -> None:
    event = payload(f"on_upload/{name}")

    answer = on_upload(event)

    run = account.state().run
    assert answer == {"batchItemFailures": []}
    assert run is not None
    assert run.status == "running"
    assert run.uploads.keys == (event["detail"]["object"]["key"],)
    assert crawler_state() == "RUNNING"


@pytest.mark.parametrize("name", ["folder_marker", "key_of_another_suffix", "deleted_permanently", "deleted_by_marker"])
def test_what_is_no_data_joins_no_run(account: Account, on_upload: Handler, name: str) -> None:
    on_upload(payload("on_upload/put_versioned"))
    before = account.state()

    on_upload(payload(f"on_upload/{name}"))

    assert account.state() == before


def test_a_pipeline_seen_for_the_first_time_is_crawled_even_if_what_came_is_no_data(
    account: Account, on_upload: Handler
) -> None:
    on_upload(payload("on_upload/folder_marker"))

    run = account.state().run
    assert run is not None
    assert run.uploads.count == 0


def test_a_batch_is_one_run_and_its_uploads_are_counted(account: Account, on_upload: Handler) -> None:
    assert failed(on_upload(payload("on_upload/batch"))) == []

    run = account.state().run
    assert run is not None
    assert run.uploads.count == 2  # the third is a folder marker
    assert len(account.history()) == 1


def test_a_record_that_cannot_be_parsed_fails_alone(account: Account, on_upload: Handler) -> None:
    event = payload("on_upload/batch_with_one_bad_record")

    answer = on_upload(event)

    run = account.state().run
    assert failed(answer) == [event["Records"][1]["messageId"]]
    assert run is not None
    assert run.uploads.count == 2


def test_uploads_during_a_run_wait_for_the_next(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/put_versioned"))

    on_upload(batch(payload("on_upload/copy") | {"time": "2099-01-01T00:00:00Z"}))

    assert account.state().pending.count == 1
    assert len(account.history()) == 1


def test_a_run_is_announced_once(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/put_versioned"))
    on_upload(payload("on_upload/copy"))

    events = account.announced()

    assert [event["detail-type"] for event in events] == ["Run Started"]
    assert events[0]["source"] == "landfall"
    assert events[0]["detail"]["uploads"]["keys"] == ["data/dataprofile/profile_data.csv"]
    assert account.state().outbox == ()


def test_a_busy_crawler_makes_the_run_wait_and_a_hint_is_queued(account: Account, on_upload: Handler) -> None:
    boto3.client("glue").start_crawler(Name=CRAWLER)

    on_upload(payload("on_upload/put_versioned"))

    run = account.state().run
    assert run is not None
    assert run.status == "waiting"
    assert [hint["detail"] for hint in account.recheck_queue()] == [{"crawlerName": CRAWLER, "hops": 1}]


def test_a_missing_crawler_fails_the_run_with_glue_s_words(account: Account, on_upload: Handler) -> None:
    boto3.client("glue").delete_crawler(Name=CRAWLER)

    on_upload(payload("on_upload/put_versioned"))

    assert account.state().run is None
    assert account.state().unprocessed.count == 1
    assert [event["detail-type"] for event in account.announced()] == ["Run Started", "Run Failed", "Incident Opened"]
    assert "EntityNotFoundException" in account.history()[0]["failure"]["M"]["cause"]["S"]


def test_an_upload_of_no_pipeline_goes_back_to_the_queue_alone(account: Account, on_upload: Handler) -> None:
    nobodys = payload("on_upload/key_outside_every_pipeline")

    assert failed(on_upload(batch(nobodys, payload("on_upload/copy")))) == ["1"]
    assert account.state().run is not None


def test_invoked_by_hand_the_error_is_shown(account: Account, on_upload: Handler) -> None:
    with pytest.raises(NoPipelineError, match=r"no valid pipeline covers s3://landfall-lake/nobody/knows\.csv"):
        on_upload(payload("on_upload/key_outside_every_pipeline"))
    with pytest.raises(MalformedEventError):
        on_upload({"source": "aws.ec2"})


def test_an_invalid_definition_leaves_only_its_own_pipeline_out(account: Account, on_upload: Handler) -> None:
    account.define("broken", prefix="nobody/", severity="loud", steps=[])

    nobodys = payload("on_upload/key_outside_every_pipeline")
    with pytest.raises(NoPipelineError, match=r'/landfall/dev/pipelines/broken: .*severity is "loud"'):
        on_upload(nobodys)
    on_upload(payload("on_upload/copy"))

    assert account.state().run is not None


def test_a_definition_younger_than_what_is_known_is_found_at_once(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/copy"))
    step: dict[str, Any] = {"crawl": "late-crawler", "database": "d", "table": "t"}
    account.define("late", prefix="nobody/", steps=[step])

    on_upload(payload("on_upload/key_outside_every_pipeline"))

    assert account.state("late").version > 0


def test_a_run_that_is_requested_starts_without_an_upload(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/run_requested"))

    run = account.state().run
    assert run is not None
    assert run.uploads.count == 0


def test_a_run_that_is_requested_during_another_follows_it(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/put_versioned"))

    on_upload(payload("on_upload/run_requested"))

    assert account.state().requested
    assert len(account.history()) == 1


def test_a_request_for_a_pipeline_that_there_is_not_goes_back_alone(account: Account, on_upload: Handler) -> None:
    nobodys = payload("on_upload/run_requested")
    nobodys["detail"]["pipeline"] = "nobody"

    assert failed(on_upload(batch(nobodys, payload("on_upload/copy")))) == ["1"]
