"""The sweep: what the watchdog queries about one pipeline, and how it repairs the pipeline's run."""

from landfall.model.observations import CrawlStatus, Observations, Refused
from landfall.model.pipelines import ChecksStep, CrawlStep, JobStep, Pipeline
from landfall.model.state import State
from landfall.rules import checks, crawls, jobs, run_start
from landfall.rules.transition import Timing, Transition


def find_crawler(state: State, pipeline: Pipeline | None) -> str:
    """The crawler to query: that of the step in flight, else the first, which may have run outside Landfall."""
    if state.run is not None:
        return state.run.current.crawler if isinstance(state.run.current, CrawlStep) else ""
    return pipeline.first_crawl.crawler if pipeline else ""


def find_open_queries(state: State) -> dict[int, str]:
    """The queries of the checks in flight without a verdict, by the index of the check."""
    run = state.run
    if run is None or not isinstance(run.current, ChecksStep) or run.status != "running":
        return {}
    known = {verdict.check for verdict in run.verdicts}
    return {check: query for check, query in run.queries.items() if check not in known}


def find_job_run(state: State) -> tuple[str, str] | None:
    """The job and the id of the job run in flight."""
    run = state.run
    if run is None or not isinstance(run.current, JobStep) or not run.job_run_id:
        return None
    return run.current.job, run.job_run_id


def find_stream_run(state: State) -> tuple[str, str] | None:
    """The job and the id of the streaming job's run, unless it is stopped."""
    stream = state.stream
    if stream is None or not stream.job_run_id or stream.status == "stopped":
        return None
    return stream.definition.job, stream.job_run_id


def is_same(asked: State, state: State) -> bool:
    """Whether AWS's answers about `asked` are still valid for `state`, for example if only uploads were added."""
    return _asked_parts(asked) == _asked_parts(state)


def _asked_parts(state: State) -> tuple[object, ...]:
    return state.run, state.stream, state.paused, state.last_handled_crawl_start, state.last_run_started_at


def repair_run(
    state: State, seen: Observations, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Transition:
    """Do for the run what its lost events and failed invocations should have done."""
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
