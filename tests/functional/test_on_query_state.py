"""on_query_state on moto: whose query it is stands in its leading comment, how it ended in GetQueryExecution."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.athena.models import QueryResults, athena_backends
from moto.athena.responses import AthenaResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api import state_manager

from landfall.service.application import application
from tests.functional.account import CRAWLER, Account, Handler, batch, failed
from verification.examples.payloads import payload


def ended(query_id: str) -> dict[str, Any]:
    event = payload("on_query_state/succeeded")
    event["detail"]["queryExecutionId"] = query_id
    return event


def answer(query_id: str, *rows: list[str]) -> None:
    """Give moto's query, which has succeeded by itself, these rows."""
    data = [{"Data": [{"VarCharValue": cell} for cell in row]} for row in (["header"], *rows)]
    backend = athena_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    backend.query_results[query_id] = QueryResults(rows=data, column_info=[])


@pytest.fixture
def queries_that_go_on() -> Iterator[None]:
    state_manager.set_transition("athena::execution", {"progression": "manual", "times": 99})
    yield
    state_manager.unset_transition("athena::execution")


@pytest.fixture
def queries(account: Account, on_upload: Handler, on_crawler_state: Handler) -> dict[int, str]:
    """The checks' queries of a run whose crawl has succeeded."""
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("READY", "SUCCEEDED")
    on_crawler_state(payload("on_crawler_state/succeeded"))
    account.announced()
    run = account.state().run
    assert run is not None
    return run.queries


def test_the_dataset_is_ready_when_every_check_holds(
    account: Account, queries: dict[int, str], on_query_state: Handler
) -> None:
    answer(queries[0], ["1"])
    answer(queries[1])

    on_query_state(batch(ended(queries[0]), ended(queries[1])))

    (announcement,) = account.announced()
    assert announcement["detail-type"] == "Dataset Ready"
    assert announcement["detail"]["tables"] == [{"database": "person-db", "table": "_dataprofile"}]
    assert account.state().run is None
    assert account.history()[0]["outcome"] == {"S": "succeeded"}
    assert "expires_at" in account.history()[0]


def test_offending_rows_are_announced(account: Account, queries: dict[int, str], on_query_state: Handler) -> None:
    answer(queries[0], ["1"])
    answer(queries[1], ["", "30"], ["", "41"])

    on_query_state(batch(ended(queries[1]), ended(queries[0])))

    announcement, incident = account.announced()
    assert incident["detail-type"] == "Incident Opened"
    assert announcement["detail"]["kind"] == "check failed"
    assert announcement["detail"]["check"] == "no empty names"
    assert announcement["detail"]["rows"] == [["", "30"], ["", "41"]]


def test_the_first_row_of_a_statement_that_is_no_select_is_a_row(
    account: Account, queries: dict[int, str], on_query_state: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Athena sends no header for SHOW and DESCRIBE."""
    real = AthenaResponse.get_query_execution

    def as_utility(self: Any) -> Any:
        return real(self).replace('"StatementType": "DML"', '"StatementType": "UTILITY"')

    monkeypatch.setattr(AthenaResponse, "get_query_execution", as_utility)
    answer(queries[0])
    answer(queries[1])

    on_query_state(batch(ended(queries[0]), ended(queries[1])))

    failed_check, _ = account.announced()
    assert failed_check["detail"]["check"] == "no empty names"
    assert failed_check["detail"]["rows"] == [["header"]]


def test_a_query_that_athena_fails_opens_an_incident_with_athenas_reason(
    account: Account, queries: dict[int, str], on_query_state: Handler
) -> None:
    answer(queries[0], ["1"])
    execution = athena_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].executions[queries[1]]
    execution._transitions = [("QUEUED", "FAILED")]
    execution._status = "FAILED"

    on_query_state(batch(ended(queries[0]), ended(queries[1])))

    announcement, incident = account.announced()
    assert announcement["detail"]["queryExecutionId"] == queries[1]
    assert (incident["detail-type"], incident["detail"]["kind"]) == ("Incident Opened", "query failed")
    assert [one.kind for one in account.state().incidents] == ["query failed"]


def test_the_same_end_twice_changes_nothing(account: Account, queries: dict[int, str], on_query_state: Handler) -> None:
    answer(queries[0], ["1"])
    on_query_state(ended(queries[0]))
    once = account.state()

    on_query_state(ended(queries[0]))

    assert account.state() == once


def test_a_query_that_has_not_ended_changes_nothing(
    account: Account, queries_that_go_on: None, queries: dict[int, str], on_query_state: Handler
) -> None:
    before = account.state()

    on_query_state(ended(queries[0]))

    assert account.state() == before


def test_the_same_run_step_attempt_and_check_is_the_same_query(account: Account, queries: dict[int, str]) -> None:
    run = account.state().run
    assert run is not None
    execution = boto3.client("athena").get_query_execution(QueryExecutionId=queries[1])["QueryExecution"]

    comment, sql = execution["Query"].split("\n", 1)

    assert comment == f'-- landfall: ["person","{run.id}",1,1,1]'
    assert sql == "SELECT * FROM t WHERE name = ''"


def test_a_check_is_asked_in_the_database_of_the_crawl_before_it(account: Account, queries: dict[int, str]) -> None:
    execution = boto3.client("athena").get_query_execution(QueryExecutionId=queries[0])["QueryExecution"]

    assert execution["QueryExecutionContext"]["Database"] == "person-db"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "-- landfall: nonsense\nSELECT 1",
        '-- landfall: ["person"]\nSELECT 1',
        '-- landfall: ["person","r",1e999,1,1]\nSELECT 1',
    ],
)
def test_an_analyst_s_query_is_none_of_our_business(account: Account, on_query_state: Handler, text: str) -> None:
    started = boto3.client("athena").start_query_execution(QueryString=text, WorkGroup="landfall-dev")

    assert failed(on_query_state(batch(ended(started["QueryExecutionId"])))) == []
    assert account.state().version == 0


def test_a_row_that_would_fill_the_state_table_is_cut_short(
    account: Account, queries: dict[int, str], on_query_state: Handler
) -> None:
    answer(queries[0], ["1"])
    answer(queries[1], *[["x" * 100_000] * 30] * 10)

    on_query_state(batch(ended(queries[0]), ended(queries[1])))

    announcement, incident = account.announced()
    rows = announcement["detail"]["rows"]
    assert (len(rows), len(rows[0]), len(rows[0][0])) == (10, 20, 200)
    assert len(incident["detail"]["rows"]) == 2


def test_the_run_that_follows_may_find_its_crawler_busy_and_asks_to_look_again(
    account: Account, queries: dict[int, str], on_upload: Handler, on_query_state: Handler
) -> None:
    answer(queries[0], ["1"])
    answer(queries[1])
    account.define(min_minutes_between_runs=0)
    application.cache_clear()
    on_upload(batch(payload("on_upload/copy") | {"time": "2099-01-01T00:00:00Z"}))
    boto3.client("glue").start_crawler(Name=CRAWLER)  # somebody else was faster

    on_query_state(batch(ended(queries[0]), ended(queries[1])))

    run = account.state().run
    assert run is not None
    assert run.status == "waiting"
    assert [hint["detail"]["crawlerName"] for hint in account.recheck_queue()] == [CRAWLER]
