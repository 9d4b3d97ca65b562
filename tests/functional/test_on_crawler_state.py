"""on_crawler_state on moto: the event is a hint, GetCrawler decides."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.models import glue_backends

from landfall.model.observations import Busy
from landfall.service.application import application
from tests.functional.account import CRAWLER, Account, Handler, batch, failed
from verification.examples.payloads import payload

SUCCEEDED = payload("on_crawler_state/succeeded")


def in_flight(account: Account, on_upload: Handler) -> None:
    on_upload(payload("on_upload/put_versioned"))
    account.announced()


def test_a_crawl_that_succeeded_starts_the_checks(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")

    assert failed(on_crawler_state(batch(SUCCEEDED))) == []

    run = account.state().run
    assert run is not None
    assert (run.step, run.status, sorted(run.queries)) == (1, "running", [0, 1])


def test_the_event_alone_ends_nothing(account: Account, on_upload: Handler, on_crawler_state: Handler) -> None:
    in_flight(account, on_upload)
    before = account.state()

    on_crawler_state(SUCCEEDED)

    assert account.state() == before


def test_a_crawl_that_failed_fails_the_run(account: Account, on_upload: Handler, on_crawler_state: Handler) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "FAILED", "Database person-db not found")

    on_crawler_state(payload("on_crawler_state/failed"))

    announcement, incident = account.announced()
    assert (announcement["detail-type"], incident["detail-type"]) == ("Run Failed", "Incident Opened")
    assert announcement["detail"]["kind"] == "crawl failed"
    assert announcement["detail"]["cause"] == "Database person-db not found"
    assert account.history()[0]["outcome"] == {"S": "failed"}


def test_a_crawler_that_is_stopping_is_looked_at_again(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    in_flight(account, on_upload)
    account.crawler("STOPPING")

    on_crawler_state(payload("on_crawler_state/hint"))

    (hint,) = account.recheck_queue()
    assert hint["detail"]["hops"] == 2


def test_a_hint_goes_back_a_bounded_number_of_times(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    in_flight(account, on_upload)
    account.crawler("STOPPING")
    hint = payload("on_crawler_state/hint")
    hint["detail"]["hops"] = application().transitions.recheck_limit

    on_crawler_state(hint)

    assert account.recheck_queue() == []


def test_uploads_that_came_during_the_crawl_lead_to_one_more_run(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    only_crawl = [{"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}]
    account.define(steps=only_crawl)
    in_flight(account, on_upload)
    on_upload(batch(*[payload("on_upload/copy") | {"time": "2099-01-01T00:00:00Z"}] * 3))
    account.crawler("READY", "SUCCEEDED")

    on_crawler_state(SUCCEEDED)

    run = account.state().run
    assert run is not None
    assert run.uploads.count == 3
    assert len(account.history()) == 2
    assert [event["detail-type"] for event in account.announced()] == ["Dataset Ready", "Run Started"]


def test_a_strange_crawler_is_none_of_our_business(account: Account, on_crawler_state: Handler) -> None:
    assert failed(on_crawler_state(batch(payload("on_crawler_state/of_a_strange_crawler")))) == []
    assert account.state().version == 0


def test_a_record_that_cannot_be_parsed_fails_alone(
    account: Account, on_upload: Handler, on_crawler_state: Handler
) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")

    assert failed(on_crawler_state(batch("{", SUCCEEDED))) == ["1"]

    run = account.state().run
    assert run is not None
    assert run.step == 1


@pytest.mark.parametrize("heard", [True, False])
def test_a_start_without_an_answer_is_made_once_and_its_crawl_is_the_run_s(
    account: Account, on_upload: Handler, on_crawler_state: Handler, heard: bool
) -> None:
    calls = []

    def lose_the_answer(request: Any, **_: Any) -> None:
        if "StartCrawler" in str(request.headers.get("X-Amz-Target")):
            calls.append(request)
            if heard:
                glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].start_crawler(CRAWLER)
            raise ReadTimeoutError(endpoint_url="glue")

    glue = application().transitions.glue._clients.glue_once
    glue.meta.events.register_first("before-send.glue.*", lose_the_answer)
    on_upload(batch(payload("on_upload/put_versioned")))
    if heard:
        account.crawler("READY", "SUCCEEDED")
    on_crawler_state(batch(SUCCEEDED))

    run = account.state().run
    assert run is not None
    assert len(calls) == 1
    assert (run.step, run.status) == ((1, "running") if heard else (0, "running"))


def test_a_throttled_look_is_a_look_later(
    account: Account, on_upload: Handler, on_crawler_state: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight(account, on_upload)
    before = account.state()
    monkeypatch.setattr(type(application().observe.glue), "get_crawler_status", lambda self, crawler: Busy())

    assert failed(on_crawler_state(batch(SUCCEEDED))) == []

    assert account.state() == before
    assert [hint["detail"]["hops"] for hint in account.recheck_queue()] == [1]
