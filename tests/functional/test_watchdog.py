"""The watchdog on moto: what it repairs, and that one pipeline's trouble is no other's."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from landfall.adapters.glue import Glue
from landfall.model.errors import SweepError
from landfall.model.observations import Attempted, QueryStatus
from landfall.model.pipelines import CrawlStep
from landfall.model.state import State, Uploads
from landfall.service.application import application
from tests.functional.account import CRAWLER, Account, Handler
from verification.examples.payloads import payload

TICK: dict[str, Any] = {}


def in_flight(account: Account, on_upload: Handler) -> State:
    on_upload(payload("on_upload/put_versioned"))
    account.announced()
    return account.state()


def put_back(account: Account, seconds: float) -> None:
    """As if the newest try had begun so much earlier."""
    state = account.state()
    assert state.run is not None
    run = replace(state.run, try_started_at=state.run.try_started_at - seconds)
    application().transitions.state_table.write(replace(state, run=run))


def test_a_crawl_whose_event_was_lost_is_found(account: Account, on_upload: Handler, watchdog: Handler) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")

    assert watchdog(TICK) == {"swept": 1}

    run = account.state().run
    assert run is not None
    assert (run.step, run.status) == (1, "running")


def test_a_crawl_that_goes_on_is_left_alone(account: Account, on_upload: Handler, watchdog: Handler) -> None:
    before = in_flight(account, on_upload)

    watchdog(TICK)

    assert account.state() == before


def test_queries_whose_events_were_lost_are_found(
    account: Account, on_upload: Handler, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")
    watchdog(TICK)
    # moto has no BatchGetQueryExecution
    athena = type(application().observe.athena)
    monkeypatch.setattr(
        athena, "find_ended", lambda self, ids: {found: QueryStatus(found, "SUCCEEDED") for found in ids}
    )
    rows = {check: (("1",),) if check == 0 else () for check in (0, 1)}
    queries = {query: check for check, query in account.state().run.queries.items()}  # type: ignore[union-attr]
    monkeypatch.setattr(athena, "first_rows", lambda self, pipeline, query_id, statement_type: rows[queries[query_id]])

    watchdog(TICK)

    assert account.state().run is None
    assert account.history()[0]["outcome"] == {"S": "succeeded"}


def test_a_try_whose_starter_died_is_repeated_after_its_lease(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    state = in_flight(account, on_upload)
    assert state.run is not None
    application().transitions.state_table.write(replace(state, run=replace(state.run, status="starting")))

    watchdog(TICK)
    assert account.state().run == replace(state.run, status="starting")
    put_back(account, 71)
    watchdog(TICK)

    run = account.state().run
    assert run is not None
    # The dead one's crawl still goes on, so the repeated start meets it and waits.
    assert (run.try_number, run.status) == (2, "waiting")


def test_what_others_write_while_the_sweep_starts_a_crawl_is_read_again(
    account: Account, on_upload: Handler, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = in_flight(account, on_upload)
    assert state.run is not None
    application().transitions.state_table.write(replace(state, run=replace(state.run, status="starting")))
    put_back(account, 71)
    real = Glue.start_crawler

    def slow(self: Glue, step: CrawlStep) -> Attempted:
        application().transitions.state_table.write(replace(account.state(), paused_reason="written meanwhile"))
        return real(self, step)

    monkeypatch.setattr(Glue, "start_crawler", slow)
    watchdog(TICK)

    found = account.state()
    assert found.run is not None
    assert (found.run.status, found.paused_reason) == ("waiting", "written meanwhile")


def test_a_run_that_waits_is_tried_when_the_other_has_ended(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    boto3.client("glue").start_crawler(Name=CRAWLER)
    on_upload(payload("on_upload/put_versioned"))
    account.crawler("READY", "SUCCEEDED")

    watchdog(TICK)

    run = account.state().run
    assert run is not None
    assert run.try_number == 2


def test_a_pipeline_whose_definition_is_new_is_started_without_an_upload(account: Account, watchdog: Handler) -> None:
    watchdog(TICK)

    assert account.state().run is not None


def test_what_waited_for_its_distance_is_started_when_it_is_due(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    state = in_flight(account, on_upload)
    since = state.last_run_started_at
    pending = replace(state, run=None, pending=state.run.uploads, pending_since=since)  # type: ignore[union-attr]
    account.define(min_minutes_between_runs=10)
    account.crawler("READY")
    early = application().transitions.state_table.write(pending)

    watchdog(TICK)
    assert account.state() == early

    application().transitions.state_table.write(replace(early, last_run_started_at=early.last_run_started_at - 601))
    watchdog(TICK)
    assert account.state().run is not None


def test_one_pipeline_s_trouble_leaves_out_no_other(
    account: Account, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "z"):
        step = {"crawl": f"{name}-crawler", "database": "d", "table": "t"}
        account.define(name, prefix=f"{name}/", steps=[step])
    transitions = application().transitions
    real = type(transitions).apply_to

    def troubled(self: Any, known: State, *others: Any) -> State:
        if known.pipeline == "a":
            raise RuntimeError("trouble")
        return real(self, known, *others)

    monkeypatch.setattr(type(transitions), "apply_to", troubled)

    with pytest.raises(SweepError, match="1 of 3 pipelines could not be swept: a"):
        watchdog(TICK)
    assert account.state("person").version > 0
    assert account.state("z").version > 0


def test_a_missing_crawler_fails_the_run_that_depends_on_it(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    in_flight(account, on_upload)
    boto3.client("glue").delete_crawler(Name=CRAWLER)

    watchdog(TICK)

    announcement, _ = account.announced()
    assert announcement["detail"]["kind"] == "refused"
    assert "EntityNotFoundException" in announcement["detail"]["cause"]


def test_a_state_that_changed_since_it_was_read_is_read_again_and_aws_asked_again(
    account: Account, on_upload: Handler, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")
    put_back(account, 1)  # as an upload does, which comes between the sweep's reading and its write
    monkeypatch.setattr(type(application().transitions.state_table), "load_all", lambda self, names: {"person": stale})

    assert watchdog(TICK) == {"swept": 1}

    run = account.state().run
    assert run is not None
    assert (run.step, run.status) == (1, "running")


def test_uploads_that_come_before_each_of_its_writes_do_not_keep_the_sweep_off(
    account: Account, on_upload: Handler, watchdog: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight(account, on_upload)
    account.crawler("READY", "SUCCEEDED")
    state_table = application().transitions.state_table
    real, uploads, looks = type(state_table).write, 0, list[int]()

    def overtaken(self: Any, state: State, *others: Any) -> State:
        nonlocal uploads
        if uploads < 20:
            uploads += 1
            known = account.state()
            real(self, replace(known, pending=known.pending.plus(Uploads(1, 1.0, 1.0, (f"{uploads}.csv",)))))
        return real(self, state, *others)

    def look(self: Glue, crawlers: Any) -> Any:
        looks.append(1)
        return real_look(self, crawlers)

    real_look = Glue.get_crawler_statuses
    monkeypatch.setattr(Glue, "get_crawler_statuses", look)
    monkeypatch.setattr(type(state_table), "write", overtaken)

    watchdog(TICK)

    found = account.state()
    assert found.run is not None
    assert (found.run.step, found.run.status, found.pending.count, len(looks)) == (1, "running", 20, 1)


def test_a_run_goes_to_its_end_even_when_its_definition_is_gone(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    account.define(steps=[{"crawl": CRAWLER, "database": "person-db", "table": "_dataprofile"}])
    in_flight(account, on_upload)
    boto3.client("ssm").delete_parameter(Name="/landfall/dev/pipelines/person")
    account.crawler("READY", "SUCCEEDED")

    assert watchdog(TICK) == {"swept": 1}

    assert account.state().run is None
    assert [event["detail-type"] for event in account.announced()] == ["Dataset Ready"]


def test_a_run_goes_by_the_definition_that_it_started_with(
    account: Account, on_upload: Handler, watchdog: Handler
) -> None:
    in_flight(account, on_upload)
    account.define(steps=[{"crawl": "another-crawler", "database": "d", "table": "t"}])
    account.crawler("READY", "SUCCEEDED")

    watchdog(TICK)

    run = account.state().run
    assert run is not None
    assert run.current.name == "checks"
