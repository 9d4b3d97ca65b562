"""Incidents on moto: written with their transition, told on the bus, resolved by their own condition."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from landfall.adapters.clients import Clients
from landfall.service.application import application
from tests.functional.account import CRAWLER, Account, Handler, batch, failed
from verification.examples.payloads import payload

TICK: dict[str, Any] = {}
CRAWL_ONLY = [{"crawl": CRAWLER, "database": "person-db", "table": "_dataprofile"}]
UPLOAD = payload("on_upload/put_versioned")
ENDED = payload("on_crawler_state/succeeded")


def told(account: Account) -> list[tuple[str, str]]:
    """What the bus said of incidents, with their kinds."""
    return [
        (event["detail-type"], event["detail"]["kind"])
        for event in account.announced()
        if event["detail-type"].startswith("Incident")
    ]


def kinds(account: Account, name: str = "person") -> list[str]:
    return [one.kind for one in account.state(name).incidents]


def request(asked: str, **detail: str) -> dict[str, Any]:
    name = f"on_upload/{asked.lower().replace(' ', '_')}"
    return payload(name) | {"time": "2099-01-01T00:00:00Z", "detail": {"pipeline": "person"} | detail}


@pytest.fixture
def crawled(account: Account, on_upload: Handler, on_crawler_state: Handler) -> Any:
    """Runs one upload through to its end, the crawl ending in this way; the table is what the account has."""

    def run(status: str = "SUCCEEDED", policy: str = "halt") -> None:
        account.define(steps=CRAWL_ONLY, on_schema_change=policy)
        application.cache_clear()
        account.crawler("READY")
        on_upload(UPLOAD | {"time": "2099-01-01T00:00:00Z"})
        account.crawler("READY", status, "Database not found" if status == "FAILED" else "")
        on_crawler_state(ENDED)

    return run


def test_a_failure_is_open_until_the_next_success_and_then_history(account: Account, crawled: Any) -> None:
    crawled("FAILED")
    crawled("FAILED")
    assert [(one.kind, one.count) for one in account.state().incidents] == [("crawl failed", 2)]
    assert told(account) == [("Incident Opened", "crawl failed")]

    crawled()

    assert kinds(account) == []
    assert told(account) == [("Incident Resolved", "crawl failed")]
    (record,) = account.history(of="incident#")
    assert record["sk"]["S"].startswith("incident#person/crawl-failed/")
    assert (record["count"], "expires_at" in record) == ({"N": "2"}, True)


def test_a_crawl_that_deprecated_its_table_is_no_dataset_ready(account: Account, crawled: Any) -> None:
    crawled()
    account.announced()
    boto3.client("glue").update_table(
        DatabaseName="person-db",
        TableInput={
            "Name": "_dataprofile",
            "StorageDescriptor": {"Columns": [{"Name": "name", "Type": "string"}]},
            "Parameters": {"DEPRECATED_BY_CRAWLER": "1795694400000"},
        },
    )

    crawled()

    assert kinds(account) == ["table deprecated"]
    assert account.history()[-1]["outcome"] == {"S": "failed"}
    assert "Dataset Ready" not in [event["detail-type"] for event in account.announced()]


def test_a_crawl_that_left_no_table(account: Account, crawled: Any) -> None:
    account.no_table()

    crawled()

    assert kinds(account) == ["no table"]
    assert account.state().unprocessed.count == 1


def test_a_pipeline_with_nothing_under_its_prefix_is_empty(
    account: Account, watchdog: Handler, on_crawler_state: Handler
) -> None:
    account.no_table()
    watchdog(TICK)
    account.crawler("READY", "SUCCEEDED")

    on_crawler_state(ENDED)

    assert account.history()[0]["outcome"] == {"S": "empty"}
    assert kinds(account) == []
    assert [event["detail-type"] for event in account.announced()] == ["Run Started"]


@pytest.mark.parametrize("by", ["event", "watchdog"])
def test_columns_that_changed_halt_until_they_are_acknowledged(
    account: Account, crawled: Any, on_upload: Handler, on_crawler_state: Handler, watchdog: Handler, by: str
) -> None:
    crawled()
    account.table(("name", "string"), ("age", "double"))
    account.crawler("READY")
    on_upload(UPLOAD | {"time": "2099-01-01T00:00:00Z"})
    account.crawler("READY", "SUCCEEDED")
    watchdog(TICK) if by == "watchdog" else on_crawler_state(ENDED)
    assert account.history()[-1]["outcome"] == {"S": "failed"}
    (one,) = account.state().incidents
    assert (one.kind, one.changes) == ("schema changed", ("type: age bigint -> double",))

    account.crawler("READY")
    on_upload(batch(request("Acknowledgement Requested", kind="schema changed", by="amara")))
    assert kinds(account) == []
    assert account.state().run is not None
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(ENDED)

    assert account.history()[-1]["outcome"] == {"S": "succeeded"}
    assert account.state().unprocessed.count == 0


def test_columns_that_changed_are_told_and_the_run_goes_on(account: Account, crawled: Any) -> None:
    crawled()
    account.table(("name", "string"))

    crawled(policy="alert")

    assert kinds(account) == ["schema changed"]
    assert account.history()[-1]["outcome"] == {"S": "succeeded"}


def test_a_table_that_may_not_be_seen(account: Account, crawled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: Any) -> Any:
        error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(error | {"ResponseMetadata": {"HTTPStatusCode": 400}}, "GetTable")

    monkeypatch.setattr(Clients, "glue_as", lambda self, role: SimpleNamespace(get_table=denied))

    crawled()

    assert kinds(account) == ["access denied"]
    assert account.state().incidents[0].cause == "GetTable: AccessDeniedException: no"


def test_an_invalid_definition_is_told_and_a_valid_one_is_seen_for_the_first_time(
    account: Account, watchdog: Handler
) -> None:
    account.define("broken", prefix="broken/", severity="loud")
    watchdog(TICK)
    assert kinds(account, "broken") == ["definition invalid"]
    cause = account.state("broken").incidents[0].cause
    assert cause.startswith('/landfall/dev/pipelines/broken: severity is "loud"')
    version = account.state("broken").version
    watchdog(TICK)
    assert account.state("broken").version == version

    step: dict[str, Any] = {"crawl": "broken-crawler", "database": "d", "table": "t"}
    account.define("broken", prefix="broken/", steps=[step])
    watchdog(TICK)

    assert kinds(account, "broken") == ["refused"]  # its crawler does not exist: a run was started
    assert account.state("broken").first_seen_at > 0


def test_a_name_that_is_no_name_is_told_as_well(account: Account, watchdog: Handler) -> None:
    boto3.client("ssm").put_parameter(Name="/landfall/dev/pipelines/No_Name.1", Value="{", Type="String")

    watchdog(TICK)

    assert kinds(account, "No_Name.1") == ["definition invalid"]


def test_what_takes_too_long_is_found_by_the_watchdog(account: Account, on_upload: Handler, watchdog: Handler) -> None:
    account.define(fresh_within_minutes=60)
    on_upload(UPLOAD)
    account.age(9 * 3_600, "last_upload_at", "first_seen_at")

    watchdog(TICK)
    assert kinds(account) == ["stale"]
    on_upload(batch(request("Pause Requested", reason="maintenance")))

    assert kinds(account) == []
    assert account.state().paused_reason == "maintenance"
    watchdog(TICK)
    assert kinds(account) == []


def test_a_step_that_takes_too_long_is_stuck_until_its_run_ends(
    account: Account, on_upload: Handler, on_crawler_state: Handler, watchdog: Handler
) -> None:
    account.define(steps=CRAWL_ONLY, crawl_timeout_minutes=5)
    application.cache_clear()
    on_upload(UPLOAD)
    account.crawler("RUNNING")
    account.age_attempt(6 * 60)

    watchdog(TICK)
    watchdog(TICK)
    assert [(one.kind, one.step) for one in account.state().incidents] == [("stuck", f"crawl {CRAWLER}")]
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(ENDED)

    assert kinds(account) == []
    assert told(account) == [("Incident Opened", "stuck"), ("Incident Resolved", "stuck")]


def test_uploads_that_wait_too_long_are_late_until_a_run_takes_them_over(
    account: Account, on_upload: Handler, on_crawler_state: Handler, watchdog: Handler
) -> None:
    account.define(steps=CRAWL_ONLY, crawl_timeout_minutes=5, min_minutes_between_runs=0)
    application.cache_clear()
    on_upload(UPLOAD)
    account.crawler("RUNNING")
    on_upload(UPLOAD | {"time": "2099-01-01T00:00:00Z"})
    account.age(6 * 60, "pending_since")

    watchdog(TICK)
    assert kinds(account) == ["late"]
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(ENDED)
    watchdog(TICK)

    assert kinds(account) == []
    assert told(account) == [("Incident Opened", "late"), ("Incident Resolved", "late")]


def test_a_paused_pipeline_starts_nothing_until_it_is_resumed(account: Account, on_upload: Handler) -> None:
    on_upload(batch(request("Pause Requested")))
    on_upload(UPLOAD)
    assert account.state().run is None
    assert account.state().pending.count == 1

    on_upload(batch(request("Resume Requested")))

    assert account.state().run is not None


def test_a_pause_of_a_pipeline_whose_definition_is_gone_is_heard(account: Account, on_upload: Handler) -> None:
    on_upload(UPLOAD)
    boto3.client("ssm").delete_parameter(Name="/landfall/dev/pipelines/person")

    assert failed(on_upload(batch(request("Pause Requested")))) == []
    assert account.state().paused
    assert failed(on_upload(batch(request("Pause Requested", pipeline="nobody")))) == ["1"]


def test_a_reminder_is_told_once_in_its_time(account: Account, crawled: Any, watchdog: Handler) -> None:
    crawled("FAILED")
    told(account)
    watchdog(TICK)
    assert told(account) == []
    known = account.state()
    opened = known.incidents[0]
    aged = replace(opened, announced_at=opened.announced_at - 86_400)
    application().transitions.state_table.write(replace(known, incidents=(aged,)))

    watchdog(TICK)
    assert told(account) == [("Incident Reminder", "crawl failed")]
    watchdog(TICK)
    assert told(account) == []
