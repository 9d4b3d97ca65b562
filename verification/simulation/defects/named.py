"""The omissions that the design names, each of which broke a promise in its first simulator."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from functions.on_crawler_state import app as on_crawler_state
from landfall.adapters import athena, state_table
from landfall.model.observations import CrawlStatus
from landfall.model.state import NONE
from landfall.rules import crawls, reactions, run_start, run_steps
from landfall.rules.transition import Transition
from verification.simulation.defects.seeding import Replacement, defect


@defect
def event_ends_a_crawl_without_asking() -> list[Replacement]:
    """The crawler's event is believed: Glue is not asked whether it is READY, nor which crawl it was."""

    def believed(app: Any, pipeline: Any, change: Any, state: Any, now: float) -> Transition:
        ended = CrawlStatus(change.crawler, "READY", "SUCCEEDED", now)
        moment = app.transitions.moment(now, may_adopt=True)
        return reactions.on_crawl(state, change.crawler, ended, pipeline, moment)

    return [(on_crawler_state, "_react", believed)]


@defect
def no_lease() -> list[Replacement]:
    """A try in `starting` is repeated at once, although its starter may be at work."""
    return [(run_start, "lease_has_expired", lambda run, now, timing: run.status == "starting")]


@defect
def lease_that_never_ends() -> list[Replacement]:
    """A try in `starting` is never repeated."""
    return [(run_start, "lease_has_expired", lambda run, now, timing: False)]


@defect
def effects_outside_the_write() -> list[Replacement]:
    """Announcements are kept in memory and delivered after the write, not written with it."""
    real = state_table.StateTable.write

    def forgetful(self: Any, state: Any, records: Any = ()) -> Any:
        return replace(real(self, replace(state, outbox=()), records), outbox=state.outbox)

    return [(state_table.StateTable, "write", forgetful)]


@defect
def crawl_consumed_is_missing() -> list[Replacement]:
    """Nothing remembers which crawl was used already."""
    real = crawls.handle_crawl

    def forgetful(state: Any, *rest: Any) -> Transition:
        change = real(replace(state, last_handled_crawl_start=0.0), *rest)
        return replace(change, state=replace(change.state, last_handled_crawl_start=0.0))

    return [(crawls, "handle_crawl", forgetful)]


@defect
def adoption_takes_uploads() -> list[Replacement]:
    """A stranger's crawl takes over what is pending, which it may not have listed."""
    real = crawls._adopt

    def greedy(state: Any, *rest: Any) -> Transition:
        change = real(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(crawls, "_adopt", greedy)]


@defect
def covered_until_goes_back() -> list[Replacement]:
    """A run that fails takes covered_until back to nothing."""
    real = run_steps.fail_step

    def backwards(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Transition:
        change = real(state, run, failure, now, again=again)
        return replace(change, state=replace(change.state, covered_until=0.0)) if change.state.run is None else change

    return [(run_steps, "fail_step", backwards)]


@defect
def adoption_of_a_crawl_older_than_the_newest_run() -> list[Replacement]:
    """A stranger's crawl is adopted although a run has started after it, and failed."""
    real = crawls._adopt

    def careless(state: Any, seen: Any, *rest: Any) -> Transition:
        change = real(replace(state, last_run_started_at=0.0), seen, *rest)
        return Transition(state) if change.state.run is None and not change.records else change

    return [(crawls, "_adopt", careless)]


@defect
def covered_until_the_end_of_the_run() -> list[Replacement]:
    """A run claims to have seen all that came before its end, not before its start."""
    real = run_steps.complete_step

    def boasting(state: Any, run: Any, now: float) -> Transition:
        change = real(state, run, now)
        latest = max(now, state.covered_until)
        return (
            replace(change, state=replace(change.state, covered_until=latest)) if change.state.run is None else change
        )

    return [(run_steps, "complete_step", boasting)]


@defect
def token_without_the_attempt() -> list[Replacement]:
    """A check's client request token is the same in every attempt of its step."""
    real = athena.Athena._start

    def stale(self: Any, pipeline: Any, query: Any, check: Any) -> str:
        client = self._clients.athena_as(pipeline.query_role)
        patched = _Tokens(client, athena.format_comment(replace(query, attempt=1)))
        with patch.object(self, "_clients", _As(patched)):
            return real(self, pipeline, query, check)

    return [(athena.Athena, "_start", stale)]


class _As:
    """Clients with one client of Athena."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def athena_as(self, role: str) -> Any:
        return self.client


class _Tokens:
    """Athena with a token of its own choice."""

    def __init__(self, client: Any, token: str) -> None:
        self.client, self.token = client, token

    def start_query_execution(self, **request: Any) -> Any:
        return self.client.start_query_execution(**(request | {"ClientRequestToken": self.token.ljust(32)}))
