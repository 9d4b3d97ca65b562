"""The end of crawls, by the status of their crawlers."""

from dataclasses import replace

from landfall.model import announcements
from landfall.model.observations import Busy, CrawlStatus, Refused
from landfall.model.pipelines import CrawlStep, Pipeline
from landfall.model.state import NONE, Failure, Run, State
from landfall.rules import run_start, run_steps, schema
from landfall.rules.state_machines import NO_RUN, RUN, require_move
from landfall.rules.transition import Timing, Transition


def handle_crawl(
    state: State, seen: CrawlStatus, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Transition:
    """Decide by the crawler's status; the event that caused the query is not used."""
    run = state.run
    if run is None:
        return _adopt(state, seen, pipeline, run_id, now, timing)
    if not isinstance(run.current, CrawlStep) or run.current.crawler != seen.crawler:
        return Transition(state)
    if run_start.lease_has_expired(run, now, timing):
        return run_start.try_again(state, run, now)
    if seen.state != "READY":
        # The event of its end may arrive while it is still STOPPING; a RUNNING crawler will send another event.
        return Transition(state, needs_recheck=seen.state == "STOPPING")
    if run.status == "waiting":
        return run_start.try_again(state, run, now)
    is_ours = _is_ours(state, run, seen, timing)
    if run.status == "running" and not is_ours and now > run.try_started_at + timing.lease:
        # Glue accepted the start, but the crawler is idle without a new crawl: it was deleted and created again.
        return run_start.try_again(state, run, now)
    if run.status == "starting" or not is_ours:
        return Transition(state, needs_recheck=is_ours or run.status == "running")
    if isinstance(seen.table, Busy):
        return Transition(state, needs_recheck=True)
    state = replace(state, last_handled_crawl_start=seen.last_started_at)
    if seen.last_status == "SUCCEEDED":
        return schema.check_table(state, run, run.current, seen.table, now)
    kind = "crawl stopped" if seen.last_status == "CANCELLED" else "crawl failed"
    cause = seen.last_error or f"The crawl ended as {seen.last_status}."
    return run_steps.fail_step(state, run, Failure(kind, cause, run.current.name), now)


def _adopt(
    state: State, seen: CrawlStatus, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Transition:
    """Take a successful crawl started outside Landfall as the first step of a run, which takes over nothing pending.

    The crawl must have started after the latest run: an older one may not have listed the uploads that this run took
    over and failed on, and its success would hide that. For the same reason it can take over the uploads of failed
    runs.
    """
    if pipeline is None or not _is_adoptable(state, pipeline, seen, timing) or isinstance(seen.table, Busy):
        return Transition(state)
    start = seen.last_started_at
    run = Run(
        run_id, start, state.unprocessed, pipeline, attempt_started_at=start, try_started_at=start, status="running"
    )
    require_move(RUN, NO_RUN, run.status)
    state = replace(
        state, last_handled_crawl_start=start, last_run_started_at=start, last_run_was_empty=False, run=run,
        unprocessed=NONE, outbox=(*state.outbox, announcements.run_started(run)),
    )  # fmt: skip
    change = schema.check_table(state, run, pipeline.first_crawl, seen.table, now)
    return replace(change, records=change.records or (run_steps.to_record(run),))


def find_table_to_check(
    state: State, seen: CrawlStatus, pipeline: Pipeline | None, timing: Timing
) -> tuple[Pipeline, CrawlStep] | None:
    """The step that this crawl completes, with its definition: its table has to be queried first. None for no step."""
    run = state.run
    if seen.state != "READY" or seen.last_status != "SUCCEEDED":
        return None
    if run is None:
        adopted = pipeline is not None and _is_adoptable(state, pipeline, seen, timing)
        return (pipeline, pipeline.first_crawl) if pipeline and adopted else None
    if run.status != "running" or not isinstance(run.current, CrawlStep) or run.current.crawler != seen.crawler:
        return None
    return (run.definition, run.current) if _is_ours(state, run, seen, timing) else None


def _is_ours(state: State, run: Run, seen: CrawlStatus, timing: Timing) -> bool:
    """Whether the last crawl is of the run's latest try, and has not been handled yet."""
    return (
        seen.last_started_at > state.last_handled_crawl_start
        and seen.last_started_at >= run.try_started_at - timing.clock_skew
    )


def _is_adoptable(state: State, pipeline: Pipeline, seen: CrawlStatus, timing: Timing) -> bool:
    newer = seen.last_started_at > max(state.last_handled_crawl_start, state.last_run_started_at + timing.clock_skew)
    ended_well = seen.state == "READY" and seen.last_status == "SUCCEEDED"
    return newer and ended_well and not state.paused and seen.crawler == pipeline.first_crawl.crawler


def handle_refused_crawler(state: State, crawler: str, refused: Refused, now: float) -> Transition:
    """The crawler does not exist, or access is denied: the run that depends on it fails at once."""
    run = state.run
    if run is None or not isinstance(run.current, CrawlStep) or run.current.crawler != crawler:
        return Transition(state)
    return run_steps.fail_step(state, run, Failure(refused.kind, refused.cause, run.current.name), now, again=False)
