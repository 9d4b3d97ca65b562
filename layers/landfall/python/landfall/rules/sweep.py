"""The sweep: what the watchdog repairs on one pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from landfall.outcomes import CrawlSeen, JobSeen, QuerySeen, Refused
from landfall.pipelines import ChecksStep, CrawlStep, JobStep, Pipeline
from landfall.rules import checks, crawls, jobs, starts, streams, watch
from landfall.rules.change import Change, Timing
from landfall.state import State


@dataclass(frozen=True, slots=True)
class Seen:
    """What the watchdog asked AWS about one pipeline, after its state was read; empty where AWS did not say.

    `queries` has the checks of the run in flight whose queries have ended, by their index, `job` is its job run.
    `stream` is the streaming job's run, if it has one. `problem` says why the pipeline's definition is invalid.
    """

    crawl: CrawlSeen | Refused | None = None
    queries: Mapping[int, QuerySeen] = field(default_factory=dict)
    job: JobSeen | Refused | None = None
    stream: JobSeen | Refused | None = None
    problem: str = ""


def swept(state: State, seen: Seen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing) -> Change:
    """Repair what a lost event or a dead invocation left behind, and tell what has lasted too long."""
    change = _repaired(state, seen, pipeline, run_id, now, timing)
    of_stream = streams.swept(change.state, pipeline, seen.stream, now, timing)
    watched = watch.watched(of_stream.state, pipeline, seen.problem, now, timing)
    return replace(change, state=watched, stream_act=of_stream.stream_act)


def is_same(asked: State, state: State) -> bool:
    """Whether what AWS said about `asked` still answers what is to be known about `state`, as after an upload."""
    return _asked_about(asked) == _asked_about(state)


def _asked_about(state: State) -> tuple[object, ...]:
    return state.run, state.stream, state.paused, state.crawl_consumed, state.last_run_started_at


def _repaired(state: State, seen: Seen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing) -> Change:
    run = state.run
    if run is not None and isinstance(run.current, ChecksStep):
        return checks.swept(state, run, run.current, seen.queries, now, timing)
    if run is not None and isinstance(run.current, JobStep):
        return jobs.swept(state, run, seen.job, now, timing)
    if run is not None and starts.lease_over(run, now, timing):
        return starts.next_try(state, run, now)
    if isinstance(seen.crawl, CrawlSeen):
        return crawls.crawl_seen(state, seen.crawl, pipeline, run_id, now, timing)
    if isinstance(seen.crawl, Refused) and run is not None and isinstance(run.current, CrawlStep):
        return crawls.crawler_refused(state, run.current.crawler, seen.crawl, now)
    return Change(state)
