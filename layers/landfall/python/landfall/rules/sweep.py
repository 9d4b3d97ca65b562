"""The sweep: what the watchdog repairs on one pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from landfall.model.observations import CrawlStatus, JobStatus, QueryStatus, Refused
from landfall.model.pipelines import ChecksStep, CrawlStep, JobStep, Pipeline
from landfall.model.state import State
from landfall.rules import checks, crawls, jobs, overdue, run_start, streams
from landfall.rules.transition import Timing, Transition


@dataclass(frozen=True, slots=True)
class Observations:
    """What the watchdog asked AWS about one pipeline, after its state was read; empty where AWS did not say.

    `queries` has the checks of the run in flight whose queries have ended, by their index, `job` is its job run.
    `stream` is the streaming job's run, if it has one. `problem` says why the pipeline's definition is invalid.
    """

    crawl: CrawlStatus | Refused | None = None
    queries: Mapping[int, QueryStatus] = field(default_factory=dict)
    job: JobStatus | Refused | None = None
    stream: JobStatus | Refused | None = None
    problem: str = ""


def sweep(
    state: State, seen: Observations, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Transition:
    """Repair what a lost event or a dead invocation left behind, and tell what has lasted too long."""
    change = _repaired(state, seen, pipeline, run_id, now, timing)
    of_stream = streams.sweep_stream(change.state, pipeline, seen.stream, now, timing)
    watched = overdue.report_overdue(of_stream.state, pipeline, seen.problem, now, timing)
    return replace(change, state=watched, stream_command=of_stream.stream_command)


def is_same(asked: State, state: State) -> bool:
    """Whether what AWS said about `asked` still answers what is to be known about `state`, as after an upload."""
    return _asked_about(asked) == _asked_about(state)


def _asked_about(state: State) -> tuple[object, ...]:
    return state.run, state.stream, state.paused, state.last_handled_crawl_start, state.last_run_started_at


def _repaired(
    state: State, seen: Observations, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Transition:
    run = state.run
    if run is not None and isinstance(run.current, ChecksStep):
        return checks.sweep_checks(state, run, run.current, seen.queries, now, timing)
    if run is not None and isinstance(run.current, JobStep):
        return jobs.sweep_job(state, run, seen.job, now, timing)
    if run is not None and run_start.lease_has_expired(run, now, timing):
        return run_start.try_again(state, run, now)
    if isinstance(seen.crawl, CrawlStatus):
        return crawls.handle_crawl(state, seen.crawl, pipeline, run_id, now, timing)
    if isinstance(seen.crawl, Refused) and run is not None and isinstance(run.current, CrawlStep):
        return crawls.handle_refused_crawler(state, run.current.crawler, seen.crawl, now)
    return Transition(state)
