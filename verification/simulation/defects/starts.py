"""Defects of starting: runs, tries and what comes of them."""

from dataclasses import replace
from typing import Any

from landfall import aws, runner, store
from landfall.outcomes import Busy, Refused, Started, Unknown
from landfall.pipelines import CrawlStep
from landfall.rules import starts, steps
from landfall.rules.change import Change
from landfall.state import NONE
from verification.simulation.defects.registry import Replacement, defect


@defect
def busy_is_swallowed() -> list[Replacement]:
    """A crawler that runs already is taken for started: somebody else's crawl stands for ours."""
    real = starts.attempted

    def swallowed(state: Any, act: Any, result: Any, now: float) -> Change:
        change = real(state, act, Started({}) if isinstance(result, Busy) else result, now)
        run = change.state.run
        if isinstance(result, Busy) and run and isinstance(run.current, CrawlStep):
            run = replace(run, try_started_at=0.0)  # any crawl will do
            change = replace(change, state=replace(change.state, run=run))
        return change

    return [(starts, "attempted", swallowed)]


@defect
def busy_ends_the_run() -> list[Replacement]:
    """The seeds' `except CrawlerRunningException: pass`: the run is over, and its uploads with it."""
    real = starts.attempted

    def passed(state: Any, act: Any, result: Any, now: float) -> Change:
        if isinstance(result, Busy) and act.is_of(state.run):
            return steps.succeeded(state, state.run, now)
        return real(state, act, result, now)

    return [(starts, "attempted", passed)]


@defect
def act_before_write() -> list[Replacement]:
    """The crawler is started first, the transition written after."""
    real = runner.Runner._once

    def eager(self: Any, before: Any, pipeline: Any, decide: Any) -> Change:
        change = starts.start_if_due(
            decide(starts.first_seen(before, self.clock()) if pipeline else before, self.clock()),
            pipeline,
            "eager",
            self.clock(),
        )
        if change.act is not None and change.act.run_id == "eager":
            self.glue.start_crawler(pipeline.first_crawl)
        return real(self, before, pipeline, decide)

    return [(runner.Runner, "_once", eager)]


@defect
def pending_cleared_after_the_start() -> list[Replacement]:
    """What is pending is cleared when the start is recorded, not in the write that takes it over."""
    start, attempted = starts.start_if_due, starts.attempted

    def keeping(change: Change, *rest: Any) -> Change:
        started = start(change, *rest)
        return (
            started
            if started is change
            else replace(started, state=replace(started.state, pending=change.state.pending))
        )

    def clearing(state: Any, *rest: Any) -> Change:
        change = attempted(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(starts, "start_if_due", keeping), (starts, "attempted", clearing)]


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
    real = starts.attempted

    def hopeful(state: Any, act: Any, result: Any, now: float) -> Change:
        return real(state, act, Started({}) if isinstance(result, Unknown) else result, now)

    return [(starts, "attempted", hopeful)]


@defect
def ambiguous_error_taken_for_failure() -> list[Replacement]:
    """No answer counts as refused."""
    real = starts.attempted

    def gloomy(state: Any, act: Any, result: Any, now: float) -> Change:
        return real(state, act, Refused("refused", result.cause) if isinstance(result, Unknown) else result, now)

    return [(starts, "attempted", gloomy)]


@defect
def throttling_taken_for_failure() -> list[Replacement]:
    """A throttled start fails the run as if it were refused."""
    return [(aws, "_BUSY", {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"})]


@defect
def first_definition_starts_nothing() -> list[Replacement]:
    """A pipeline seen for the first time waits for an upload; what lay there is never crawled."""
    return [(starts, "first_seen", lambda state, now: replace(state, first_seen_at=state.first_seen_at or now))]
