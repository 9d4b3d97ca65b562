"""Seeded defects: each breaks one rule in memory. A simulation that does not find them proves nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from landfall import aws, batch, rules, runner, store
from landfall.errors import VersionConflictError
from landfall.outcomes import Busy, CrawlSeen, Refused, Started, Unknown
from landfall.pipelines import CrawlStep
from landfall.rules import Change, StartTry, Timing
from landfall.state import NONE

from functions.on_crawler_state import app as on_crawler_state
from functions.watchdog import app as watchdog

# What is replaced where: an owner, the name of its attribute, what stands there instead.
Replacement = tuple[Any, str, Any]
Defect = Callable[[], list[Replacement]]

DEFECTS: dict[str, Defect] = {}


def defect(make: Defect) -> Defect:
    """Register a defect under the name of its function."""
    DEFECTS[make.__name__] = make
    return make


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """The application with this defect, until the end of the block."""
    replacements = DEFECTS[name]()
    patches = [patch.object(owner, attribute, value) for owner, attribute, value in replacements]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


# Those that the design names


@defect
def event_ends_a_crawl_without_asking() -> list[Replacement]:
    """The crawler's event is believed: Glue is not asked whether it is READY, nor which crawl it was."""

    def believed(app: Any, pipeline: Any, change: Any) -> None:
        def decide(state: Any, now: float) -> Change:
            ended = CrawlSeen(change.crawler, "READY", "SUCCEEDED", now)
            return rules.crawl_seen(state, ended, pipeline, runner.new_run_id(now), now, app.timing)

        app.runner.apply(pipeline.name, pipeline, decide, change.hops)

    return [(on_crawler_state, "_changed", believed)]


@defect
def no_lease() -> list[Replacement]:
    """A try in `starting` is repeated at once, although its starter may be at work."""
    return [(rules, "_lease_over", lambda run, now, timing: run.status == "starting")]


@defect
def lease_that_never_ends() -> list[Replacement]:
    """A try in `starting` is never repeated."""
    return [(rules, "_lease_over", lambda run, now, timing: False)]


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
    real = rules.crawl_seen

    def forgetful(state: Any, *rest: Any) -> Change:
        change = real(replace(state, crawl_consumed=0.0), *rest)
        return replace(change, state=replace(change.state, crawl_consumed=0.0))

    return [(rules, "crawl_seen", forgetful)]


@defect
def adoption_takes_uploads() -> list[Replacement]:
    """A stranger's crawl takes over what is pending, which it may not have listed."""
    real = rules._adopted

    def greedy(state: Any, *rest: Any) -> Change:
        change = real(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(rules, "_adopted", greedy)]


@defect
def covered_until_goes_back() -> list[Replacement]:
    """A run that fails takes covered_until back to nothing."""
    real = rules._failed

    def backwards(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Change:
        change = real(state, run, failure, now, again=again)
        return replace(change, state=replace(change.state, covered_until=0.0)) if change.state.run is None else change

    return [(rules, "_failed", backwards)]


@defect
def adoption_of_a_crawl_older_than_the_newest_run() -> list[Replacement]:
    """A stranger's crawl is adopted although a run has started after it, and failed."""
    real = rules._adopted

    def careless(state: Any, seen: Any, *rest: Any) -> Change:
        change = real(replace(state, last_run_started_at=0.0), seen, *rest)
        return Change(state) if change.state.run is None and not change.records else change

    return [(rules, "_adopted", careless)]


@defect
def covered_until_the_end_of_the_run() -> list[Replacement]:
    """A run claims to have seen all that came before its end, not before its start."""
    real = rules._succeeded

    def boasting(state: Any, run: Any, now: float) -> Change:
        change = real(state, run, now)
        latest = max(now, state.covered_until)
        return replace(change, state=replace(change.state, covered_until=latest)) if change.state.run is None else change

    return [(rules, "_succeeded", boasting)]


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


# Starting


@defect
def busy_is_swallowed() -> list[Replacement]:
    """A crawler that runs already is taken for started: somebody else's crawl stands for ours."""
    real = rules.attempted

    def swallowed(state: Any, act: Any, result: Any, now: float) -> Change:
        change = real(state, act, Started({}) if isinstance(result, Busy) else result, now)
        run = change.state.run
        if isinstance(result, Busy) and run and isinstance(run.current, CrawlStep):
            run = replace(run, try_started_at=0.0)  # any crawl will do
            change = replace(change, state=replace(change.state, run=run))
        return change

    return [(rules, "attempted", swallowed)]


@defect
def busy_ends_the_run() -> list[Replacement]:
    """The seeds' `except CrawlerRunningException: pass`: the run is over, and its uploads with it."""
    real = rules.attempted

    def passed(state: Any, act: Any, result: Any, now: float) -> Change:
        if isinstance(result, Busy) and act.is_of(state.run):
            return rules._succeeded(state, state.run, now)
        return real(state, act, result, now)

    return [(rules, "attempted", passed)]


@defect
def act_before_write() -> list[Replacement]:
    """The crawler is started first, the transition written after."""
    real = runner.Runner._once

    def eager(self: Any, before: Any, pipeline: Any, decide: Any) -> Change:
        change = rules.start_if_due(
            decide(rules.first_seen(before) if pipeline else before, self.clock()), pipeline, "eager", self.clock()
        )
        if change.act is not None and change.act.run_id == "eager":
            self.glue.start_crawler(pipeline.first_crawl)
        return real(self, before, pipeline, decide)

    return [(runner.Runner, "_once", eager)]


@defect
def pending_cleared_after_the_start() -> list[Replacement]:
    """What is pending is cleared when the start is recorded, not in the write that takes it over."""
    start, attempted = rules.start_if_due, rules.attempted

    def keeping(change: Change, *rest: Any) -> Change:
        started = start(change, *rest)
        return started if started is change else replace(started, state=replace(started.state, pending=change.state.pending))

    def clearing(state: Any, *rest: Any) -> Change:
        change = attempted(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(rules, "start_if_due", keeping), (rules, "attempted", clearing)]


@defect
def write_without_a_condition() -> list[Replacement]:
    """The last writer wins."""
    return [(store.Store, "write", _unconditional)]


def _unconditional(self: Any, state: Any, records: Any = ()) -> Any:
    """Store.write as if the version read were always the newest."""
    version = self.load(state.pipeline).version
    return _REAL_WRITE(self, replace(state, version=version), records)


_REAL_WRITE = store.Store.write


@defect
def ambiguous_error_taken_for_success() -> list[Replacement]:
    """No answer counts as started."""
    real = rules.attempted

    def hopeful(state: Any, act: Any, result: Any, now: float) -> Change:
        return real(state, act, Started({}) if isinstance(result, Unknown) else result, now)

    return [(rules, "attempted", hopeful)]


@defect
def ambiguous_error_taken_for_failure() -> list[Replacement]:
    """No answer counts as refused."""
    real = rules.attempted

    def gloomy(state: Any, act: Any, result: Any, now: float) -> Change:
        return real(state, act, Refused("refused", result.cause) if isinstance(result, Unknown) else result, now)

    return [(rules, "attempted", gloomy)]


@defect
def throttling_taken_for_failure() -> list[Replacement]:
    """A throttled start fails the run as if it were refused."""
    return [(aws, "_BUSY", {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"})]


@defect
def first_definition_starts_nothing() -> list[Replacement]:
    """A pipeline seen for the first time waits for an upload; what lay there is never crawled."""
    return [(rules, "first_seen", lambda state: state)]


# Arrivals


@defect
def margin_is_forgotten() -> list[Replacement]:
    """Clocks are taken to agree, and S3's times to be exact."""
    real = rules.arrived

    def exact(state: Any, pipeline: Any, uploads: Any, timing: Timing) -> Any:
        return real(state, pipeline, uploads, Timing(0.0, timing.lease))

    return [(rules, "arrived", exact)]


@defect
def uploads_during_a_run_count_into_it() -> list[Replacement]:
    """What arrives while a run is in flight is taken to be seen by it."""
    real = rules.arrived

    def careless(state: Any, pipeline: Any, uploads: Any, timing: Timing) -> Any:
        after = real(state, pipeline, uploads, timing)
        return replace(after, pending=state.pending) if state.run else after

    return [(rules, "arrived", careless)]


@defect
def failed_records_are_dropped() -> list[Replacement]:
    """An invocation that could not handle its records says that it has."""
    return [(batch.Batch, "response", lambda self: {"batchItemFailures": []})]


# Endings


@defect
def stale_success_is_taken() -> list[Replacement]:
    """Any crawl that GetCrawler shows as succeeded ends the step, also one from before the try."""
    real = rules.crawl_seen

    def careless(state: Any, seen: CrawlSeen, pipeline: Any, run_id: str, now: float, timing: Timing) -> Change:
        run = state.run
        if run and run.status == "running" and seen.last_status == "SUCCEEDED" and seen.state == "READY":
            seen = replace(seen, last_started_at=max(seen.last_started_at, now))
        return real(state, seen, pipeline, run_id, now, timing)

    return [(rules, "crawl_seen", careless)]


@defect
def end_of_a_crawl_in_the_way_ends_the_step() -> list[Replacement]:
    """While a try waits for somebody else's crawl, that crawl's end is taken for ours."""
    real = rules.crawl_seen

    def careless(state: Any, seen: CrawlSeen, *rest: Any) -> Change:
        run = state.run
        if run and run.status == "waiting":
            state = replace(state, run=replace(run, status="running", try_started_at=0.0))
        return real(state, seen, *rest)

    return [(rules, "crawl_seen", careless)]


@defect
def cancelled_crawl_is_overlooked() -> list[Replacement]:
    """Only SUCCEEDED and FAILED are known as ends."""
    real = rules.crawl_seen

    def narrow(state: Any, seen: CrawlSeen, *rest: Any) -> Change:
        return Change(state) if state.run and seen.last_status == "CANCELLED" else real(state, seen, *rest)

    return [(rules, "crawl_seen", narrow)]


@defect
def failed_crawl_taken_for_success() -> list[Replacement]:
    """READY is read as success."""
    real = rules.crawl_seen

    def careless(state: Any, seen: CrawlSeen, *rest: Any) -> Change:
        return real(state, replace(seen, last_status="SUCCEEDED"), *rest)

    return [(rules, "crawl_seen", careless)]


@defect
def first_verdict_ends_the_step() -> list[Replacement]:
    """A step of several checks is over when the first of them holds."""
    real = rules.query_seen

    def hasty(state: Any, query: Any, seen: Any, now: float) -> Change:
        change = real(state, query, seen, now)
        run = change.state.run
        if run and len(run.verdicts) == 1 and not run.verdicts[0].failure:
            return rules._succeeded(change.state, run, now)
        return change

    return [(rules, "query_seen", hasty)]


@defect
def verdict_of_an_older_attempt_counts() -> list[Replacement]:
    """A query's end is matched by run, step and check, but not by attempt."""
    real = rules.awaits

    def careless(state: Any, query: Any) -> bool:
        run = state.run
        return real(state, replace(query, attempt=run.attempt) if run else query)

    return [(rules, "awaits", careless)]


@defect
def retry_is_the_same_attempt() -> list[Replacement]:
    """A failed step is tried again without counting it as another attempt."""
    real = rules._failed

    def uncounted(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Change:
        change = real(state, run, failure, now, again=again)
        retried = change.state.run
        if retried is None or change.act is None:
            return change
        same = replace(retried, attempt=run.attempt)
        return replace(change, state=replace(change.state, run=same), act=StartTry.of(same))

    return [(rules, "_failed", uncounted)]


@defect
def failed_run_forgets_its_uploads() -> list[Replacement]:
    """The uploads of a run that failed do not become `unprocessed`."""
    real = rules._failed

    def forgetful(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Change:
        change = real(state, run, failure, now, again=again)
        kept = state.unprocessed if change.state.run is None else change.state.unprocessed
        return replace(change, state=replace(change.state, unprocessed=kept))

    return [(rules, "_failed", forgetful)]


# Delivery and the sweep


@defect
def outbox_is_never_emptied() -> list[Replacement]:
    """What the bus has taken stays in the outbox."""
    from landfall.state import State

    return [(State, "delivered", lambda self, ids: self)]


@defect
def refused_announcements_are_dropped() -> list[Replacement]:
    """What the bus did not take is removed from the outbox as well."""
    real = aws.Bus.announce

    def deaf(self: Any, announcements: Any) -> frozenset[str]:
        real(self, announcements)
        return frozenset(item.id for item in announcements)

    return [(aws.Bus, "announce", deaf)]


@defect
def announced_before_the_write() -> list[Replacement]:
    """The bus hears of a transition that may never be written."""
    real = store.Store.write

    def eager(self: Any, state: Any, records: Any = ()) -> Any:
        if records and state.outbox:
            aws.Bus(self._clients, "landfall-dev", "landfall").announce(state.outbox)
        return real(self, state, records)

    return [(store.Store, "write", eager)]


@defect
def watchdog_ignores_what_waits() -> list[Replacement]:
    """The sweep leaves a try that was busy to the events of others."""
    real = rules.swept

    def idle(state: Any, *rest: Any) -> Change:
        return Change(state) if state.run and state.run.status == "waiting" else real(state, *rest)

    return [(rules, "swept", idle)]


@defect
def watchdog_ignores_ended_queries() -> list[Replacement]:
    """The sweep does not ask how the checks in flight went."""
    return [(watchdog, "_queries_of", lambda state: [])]


@defect
def watchdog_ignores_crawls() -> list[Replacement]:
    """The sweep does not ask how the crawl in flight went."""
    real = rules.swept

    def blind(state: Any, seen: Any, *rest: Any) -> Change:
        return real(state, replace(seen, crawl=None) if state.run else seen, *rest)

    return [(rules, "swept", blind)]


@defect
def sweep_gives_way() -> list[Replacement]:
    """A sweep that loses a write to an upload leaves the pipeline to the next sweep."""
    return [(watchdog, "_TRIES", 1)]


@defect
def conflict_is_ignored() -> list[Replacement]:
    """Who loses a write goes on as if it had won."""
    real = store.Store.write

    def stubborn(self: Any, state: Any, records: Any = ()) -> Any:
        try:
            return real(self, state, records)
        except VersionConflictError:
            return state

    return [(store.Store, "write", stubborn)]
