"""The omissions that the design names, each of which broke a promise in its first simulator."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from functions.on_crawler_state import app as on_crawler_state
from landfall import aws, runner, store
from landfall.outcomes import CrawlSeen
from landfall.rules import crawls, starts, steps
from landfall.rules.change import Change
from landfall.state import NONE
from verification.simulation.defects.registry import Replacement, defect


@defect
def event_ends_a_crawl_without_asking() -> list[Replacement]:
    """The crawler's event is believed: Glue is not asked whether it is READY, nor which crawl it was."""

    def believed(app: Any, pipeline: Any, change: Any) -> None:
        def decide(state: Any, now: float) -> Change:
            ended = CrawlSeen(change.crawler, "READY", "SUCCEEDED", now)
            return crawls.crawl_seen(state, ended, pipeline, runner.new_run_id(now), now, app.timing)

        app.runner.apply(pipeline.name, pipeline, decide, change.hops)

    return [(on_crawler_state, "_changed", believed)]


@defect
def no_lease() -> list[Replacement]:
    """A try in `starting` is repeated at once, although its starter may be at work."""
    return [(starts, "lease_over", lambda run, now, timing: run.status == "starting")]


@defect
def lease_that_never_ends() -> list[Replacement]:
    """A try in `starting` is never repeated."""
    return [(starts, "lease_over", lambda run, now, timing: False)]


@defect
def effects_outside_the_write() -> list[Replacement]:
    """Announcements are kept in memory and delivered after the write, not written with it."""
    real = store.Store.write

    def forgetful(self: Any, state: Any, records: Any = ()) -> Any:
        return replace(real(self, replace(state, outbox=()), records), outbox=state.outbox)

    return [(store.Store, "write", forgetful)]


@defect
def crawl_consumed_is_missing() -> list[Replacement]:
    """Nothing remembers which crawl was used already."""
    real = crawls.crawl_seen

    def forgetful(state: Any, *rest: Any) -> Change:
        change = real(replace(state, crawl_consumed=0.0), *rest)
        return replace(change, state=replace(change.state, crawl_consumed=0.0))

    return [(crawls, "crawl_seen", forgetful)]


@defect
def adoption_takes_uploads() -> list[Replacement]:
    """A stranger's crawl takes over what is pending, which it may not have listed."""
    real = crawls._adopted

    def greedy(state: Any, *rest: Any) -> Change:
        change = real(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(crawls, "_adopted", greedy)]


@defect
def covered_until_goes_back() -> list[Replacement]:
    """A run that fails takes covered_until back to nothing."""
    real = steps.failed

    def backwards(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Change:
        change = real(state, run, failure, now, again=again)
        return replace(change, state=replace(change.state, covered_until=0.0)) if change.state.run is None else change

    return [(steps, "failed", backwards)]


@defect
def adoption_of_a_crawl_older_than_the_newest_run() -> list[Replacement]:
    """A stranger's crawl is adopted although a run has started after it, and failed."""
    real = crawls._adopted

    def careless(state: Any, seen: Any, *rest: Any) -> Change:
        change = real(replace(state, last_run_started_at=0.0), seen, *rest)
        return Change(state) if change.state.run is None and not change.records else change

    return [(crawls, "_adopted", careless)]


@defect
def covered_until_the_end_of_the_run() -> list[Replacement]:
    """A run claims to have seen all that came before its end, not before its start."""
    real = steps.succeeded

    def boasting(state: Any, run: Any, now: float) -> Change:
        change = real(state, run, now)
        latest = max(now, state.covered_until)
        return (
            replace(change, state=replace(change.state, covered_until=latest)) if change.state.run is None else change
        )

    return [(steps, "succeeded", boasting)]


@defect
def token_without_the_attempt() -> list[Replacement]:
    """A check's client request token is the same in every attempt of its step."""
    real = aws.Athena._start

    def stale(self: Any, pipeline: Any, query: Any, check: Any) -> str:
        client = self._clients.athena_as(pipeline.query_role)
        patched = _Tokens(client, aws.tag_of(replace(query, attempt=1)))
        with patch.object(self, "_clients", _As(patched)):
            return real(self, pipeline, query, check)

    return [(aws.Athena, "_start", stale)]


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
