"""Defects of starting: runs, tries and what comes of them."""

from dataclasses import replace
from typing import Any

from landfall.adapters import aws_errors, state_table
from landfall.model.observations import Busy, Refused, Started, Unknown
from landfall.model.pipelines import CrawlStep
from landfall.model.state import NONE
from landfall.rules import run_start, run_steps
from landfall.rules.transition import Transition
from landfall.service import transitions
from verification.simulation.defects.seeding import Replacement, defect


@defect
def busy_is_swallowed() -> list[Replacement]:
    """A crawler that runs already is taken for started: somebody else's crawl stands for ours."""
    real = run_start.record_attempt

    def swallowed(state: Any, command: Any, result: Any, now: float) -> Transition:
        change = real(state, command, Started({}) if isinstance(result, Busy) else result, now)
        run = change.state.run
        if isinstance(result, Busy) and run and isinstance(run.current, CrawlStep):
            run = replace(run, try_started_at=0.0)  # any crawl will do
            change = replace(change, state=replace(change.state, run=run))
        return change

    return [(run_start, "record_attempt", swallowed)]


@defect
def busy_ends_the_run() -> list[Replacement]:
    """The seeds' `except CrawlerRunningException: pass`: the run is over, and its uploads with it."""
    real = run_start.record_attempt

    def passed(state: Any, command: Any, result: Any, now: float) -> Transition:
        if isinstance(result, Busy) and command.is_of(state.run):
            return run_steps.complete_step(state, state.run, now)
        return real(state, command, result, now)

    return [(run_start, "record_attempt", passed)]


@defect
def act_before_write() -> list[Replacement]:
    """The crawler is started first, the transition written after."""
    real = transitions.Transitions._write_once

    def eager(self: Any, before: Any, react: Any) -> Transition:
        command = react(before, self.clock()).command
        if before.run is None and command is not None:
            self.glue.start_crawler(command.pipeline.first_crawl)
        return real(self, before, react)

    return [(transitions.Transitions, "_write_once", eager)]


@defect
def pending_cleared_after_the_start() -> list[Replacement]:
    """What is pending is cleared when the start is recorded, not in the write that takes it over."""
    start, attempted = run_start.start_if_due, run_start.record_attempt

    def keeping(change: Transition, *rest: Any) -> Transition:
        started = start(change, *rest)
        return (
            started
            if started is change
            else replace(started, state=replace(started.state, pending=change.state.pending))
        )

    def clearing(state: Any, *rest: Any) -> Transition:
        change = attempted(state, *rest)
        return change if change.state == state else replace(change, state=replace(change.state, pending=NONE))

    return [(run_start, "start_if_due", keeping), (run_start, "record_attempt", clearing)]


@defect
def write_without_a_condition() -> list[Replacement]:
    """The last writer wins."""
    return [(state_table.StateTable, "write", _unconditional)]


def _unconditional(self: Any, state: Any, records: Any = ()) -> Any:
    """Store.write as if the version read were always the newest."""
    version = self.load(state.pipeline).version
    return _REAL_WRITE(self, replace(state, version=version), records)


_REAL_WRITE = state_table.StateTable.write


@defect
def ambiguous_error_taken_for_success() -> list[Replacement]:
    """No answer counts as started."""
    real = run_start.record_attempt

    def hopeful(state: Any, command: Any, result: Any, now: float) -> Transition:
        return real(state, command, Started({}) if isinstance(result, Unknown) else result, now)

    return [(run_start, "record_attempt", hopeful)]


@defect
def ambiguous_error_taken_for_failure() -> list[Replacement]:
    """No answer counts as refused."""
    real = run_start.record_attempt

    def gloomy(state: Any, command: Any, result: Any, now: float) -> Transition:
        return real(state, command, Refused("refused", result.cause) if isinstance(result, Unknown) else result, now)

    return [(run_start, "record_attempt", gloomy)]


@defect
def throttling_taken_for_failure() -> list[Replacement]:
    """A throttled start fails the run as if it were refused."""
    return [
        (
            aws_errors,
            "_BUSY",
            {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"},
        )
    ]


@defect
def first_definition_starts_nothing() -> list[Replacement]:
    """A pipeline seen for the first time waits for an upload; what lay there is never crawled."""
    return [
        (run_start, "request_first_run", lambda state, now: replace(state, first_seen_at=state.first_seen_at or now))
    ]
