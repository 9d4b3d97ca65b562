"""Endings of crawls, by what GetCrawler says."""

from dataclasses import replace

from landfall import announcements
from landfall.outcomes import CrawlSeen, Refused
from landfall.pipelines import CrawlStep, Pipeline
from landfall.rules import starts, steps
from landfall.rules.change import Change, Timing
from landfall.state import NONE, Failure, Run, State


def crawl_seen(
    state: State, seen: CrawlSeen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Change:
    """Decide by what GetCrawler says; the event that made us ask is only a hint."""
    run = state.run
    if run is None:
        return _adopted(state, seen, pipeline, run_id, now, timing)
    if not isinstance(run.current, CrawlStep) or run.current.crawler != seen.crawler:
        return Change(state)
    if starts.lease_over(run, now, timing):
        return starts.next_try(state, run, now)
    if seen.state != "READY":
        # Its end event may come while it is still STOPPING; a RUNNING one will send another.
        return Change(state, look_again=seen.state == "STOPPING")
    if run.status == "waiting":
        return starts.next_try(state, run, now)
    is_ours = seen.last_started_at > state.crawl_consumed and seen.last_started_at >= run.try_started_at - timing.margin
    if run.status == "running" and not is_ours and now > run.try_started_at + timing.lease:
        # Glue has agreed to start it, yet is at rest without having crawled: somebody made the crawler anew.
        return starts.next_try(state, run, now)
    if run.status == "starting" or not is_ours:
        return Change(state, look_again=is_ours or run.status == "running")
    state = replace(state, crawl_consumed=seen.last_started_at)
    if seen.last_status == "SUCCEEDED":
        return steps.succeeded(state, run, now)
    kind = "crawl stopped" if seen.last_status == "CANCELLED" else "crawl failed"
    cause = seen.last_error or f"The crawl ended as {seen.last_status}."
    return steps.failed(state, run, Failure(kind, cause, run.current.name), now)


def _adopted(
    state: State, seen: CrawlSeen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Change:
    """A crawl that somebody else started and that succeeded stands for a first step; it takes over no uploads.

    It must have started after the newest run did: else its success would stand last, although it may not have listed
    what that run took over and failed on.
    """
    newer = seen.state == "READY" and seen.last_started_at > state.crawl_consumed
    newer = newer and seen.last_started_at > state.last_run_started_at + timing.margin
    if state.paused or pipeline is None or seen.crawler != pipeline.first_crawl.crawler:
        return Change(state)
    if not newer or seen.last_status != "SUCCEEDED":
        return Change(state)
    start = seen.last_started_at
    run = Run(run_id, start, NONE, pipeline, attempt_started_at=start, try_started_at=start, status="running")
    announced = (*state.outbox, announcements.run_started(run))
    state = replace(state, crawl_consumed=start, last_run_started_at=start, run=run, outbox=announced)
    change = steps.succeeded(state, run, now)
    return replace(change, records=change.records or (steps.record(run),))


def crawler_refused(state: State, crawler: str, refused: Refused, now: float) -> Change:
    """The crawler is gone, or we may not look at it: a run that depends on it fails at once."""
    run = state.run
    if run is None or not isinstance(run.current, CrawlStep) or run.current.crawler != crawler:
        return Change(state)
    return steps.failed(state, run, Failure(refused.kind, refused.cause, run.current.name), now, again=False)
