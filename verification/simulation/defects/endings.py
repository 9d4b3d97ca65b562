"""Defects of endings: of crawls, of checks, of runs."""

from dataclasses import replace
from typing import Any

from landfall.model.observations import CrawlStatus
from landfall.rules import checks, crawls, run_steps
from landfall.rules.transition import StartTry, Timing, Transition
from verification.simulation.defects.seeding import Replacement, defect


@defect
def stale_success_is_taken() -> list[Replacement]:
    """Any crawl that GetCrawler shows as succeeded ends the step, also one from before the try."""
    real = crawls.handle_crawl

    def careless(state: Any, seen: CrawlStatus, pipeline: Any, run_id: str, now: float, timing: Timing) -> Transition:
        run = state.run
        if run and run.status == "running" and seen.last_status == "SUCCEEDED" and seen.state == "READY":
            seen = replace(seen, last_started_at=max(seen.last_started_at, now))
        return real(state, seen, pipeline, run_id, now, timing)

    return [(crawls, "handle_crawl", careless)]


@defect
def end_of_a_crawl_in_the_way_ends_the_step() -> list[Replacement]:
    """While a try waits for somebody else's crawl, that crawl's end is taken for ours."""
    real = crawls.handle_crawl

    def careless(state: Any, seen: CrawlStatus, *rest: Any) -> Transition:
        run = state.run
        if run and run.status == "waiting":
            state = replace(state, run=replace(run, status="running", try_started_at=0.0))
        return real(state, seen, *rest)

    return [(crawls, "handle_crawl", careless)]


@defect
def cancelled_crawl_is_overlooked() -> list[Replacement]:
    """Only SUCCEEDED and FAILED are known as ends."""
    real = crawls.handle_crawl

    def narrow(state: Any, seen: CrawlStatus, *rest: Any) -> Transition:
        return Transition(state) if state.run and seen.last_status == "CANCELLED" else real(state, seen, *rest)

    return [(crawls, "handle_crawl", narrow)]


@defect
def failed_crawl_taken_for_success() -> list[Replacement]:
    """READY is read as success."""
    real = crawls.handle_crawl

    def careless(state: Any, seen: CrawlStatus, *rest: Any) -> Transition:
        return real(state, replace(seen, last_status="SUCCEEDED"), *rest)

    return [(crawls, "handle_crawl", careless)]


@defect
def first_verdict_ends_the_step() -> list[Replacement]:
    """A step of several checks is over when the first of them holds."""
    real = checks.handle_query

    def hasty(state: Any, query: Any, seen: Any, now: float) -> Transition:
        change = real(state, query, seen, now)
        run = change.state.run
        if run and len(run.verdicts) == 1 and not run.verdicts[0].failure:
            return run_steps.complete_step(change.state, run, now)
        return change

    return [(checks, "handle_query", hasty)]


@defect
def verdict_of_an_older_attempt_counts() -> list[Replacement]:
    """A query's end is matched by run, step and check, but not by attempt."""
    real = checks.awaits

    def careless(state: Any, query: Any) -> bool:
        run = state.run
        return real(state, replace(query, attempt=run.attempt) if run else query)

    return [(checks, "awaits", careless)]


@defect
def retry_is_the_same_attempt() -> list[Replacement]:
    """A failed step is tried again without counting it as another attempt."""
    real = run_steps.fail_step

    def uncounted(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Transition:
        change = real(state, run, failure, now, again=again)
        retried = change.state.run
        if retried is None or change.command is None:
            return change
        same = replace(retried, attempt=run.attempt)
        return replace(change, state=replace(change.state, run=same), command=StartTry.of(same))

    return [(run_steps, "fail_step", uncounted)]


@defect
def failed_run_forgets_its_uploads() -> list[Replacement]:
    """The uploads of a run that failed do not become `unprocessed`."""
    real = run_steps.fail_step

    def forgetful(state: Any, run: Any, failure: Any, now: float, *, again: bool = True) -> Transition:
        change = real(state, run, failure, now, again=again)
        kept = state.unprocessed if change.state.run is None else change.state.unprocessed
        return replace(change, state=replace(change.state, unprocessed=kept))

    return [(run_steps, "fail_step", forgetful)]
