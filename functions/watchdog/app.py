"""Every few minutes: compare what we believe with what Glue and Athena say, repair the difference, tell what lasts."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from landfall.model.errors import SweepError, VersionConflictError
from landfall.model.observations import Busy, CrawlStatus, JobStatus, QueryStatus, Refused
from landfall.model.pipelines import ChecksStep, CrawlStep, JobStep, Pipeline
from landfall.model.state import State
from landfall.rules import crawls, sweep
from landfall.rules.sweep import Observations
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.transitions import new_run_id

_CAUSE = 2_000  # characters of an error that goes into the state and its announcements
_TRIES = 50  # of one pipeline, whose state a stream of uploads changes all the time: as many as other writers have


@dataclass(frozen=True, slots=True)
class _Asked:
    """What AWS said, after the states were read; `problems` has what is wrong with invalid definitions."""

    crawls: dict[str, CrawlStatus | Refused]
    ended: dict[str, QueryStatus]
    problems: dict[str, str]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep every pipeline; one's trouble leaves out no other, and is an error at the end."""
    app = application().serving(context)
    pipelines = app.registry.pipelines(fresh=True).by_name
    # First what we believe, then what AWS says. A run goes to its end even when its definition is gone.
    states = app.transitions.state_table.load_all(
        sorted({*pipelines, *_problems(app), *app.transitions.state_table.names()})
    )
    app.metrics.open_incidents({name: len(state.incidents) for name, state in states.items()})
    asked = _ask(app, [(pipelines.get(name), state) for name, state in states.items()])
    troubled = [name for name, state in sorted(states.items()) if not _swept(app, pipelines.get(name), state, asked)]
    if troubled:
        raise SweepError(f"{len(troubled)} of {len(states)} pipelines could not be swept: {', '.join(troubled[:20])}")
    return {"swept": len(states)}


def _ask(app: Application, believed: list[tuple[Pipeline | None, State]]) -> _Asked:
    wanted = [_crawler_of(state, pipeline) for pipeline, state in believed]
    crawls = app.glue.get_crawler_statuses(crawler for crawler in wanted if crawler)
    ended = app.athena.ended(query for _, state in believed for query in _queries_of(state))
    return _Asked(crawls, ended, _problems(app))


def _problems(app: Application) -> dict[str, str]:
    """Why definitions are invalid, by the last part of their parameters' names: what would be the pipelines' names."""
    return {problem.parameter.rsplit("/", 1)[-1]: str(problem)[:_CAUSE] for problem in app.registry.problems}


def _crawler_of(state: State, pipeline: Pipeline | None) -> str:
    """The crawler that matters now: that of the step in flight, else the first, which a stranger may have run."""
    if state.run is not None:
        return state.run.current.crawler if isinstance(state.run.current, CrawlStep) else ""
    return pipeline.first_crawl.crawler if pipeline else ""


def _queries_of(state: State) -> list[str]:
    """The queries of the checks in flight whose verdicts are not in."""
    run = state.run
    if run is None or not isinstance(run.current, ChecksStep) or run.status != "running":
        return []
    known = {verdict.check for verdict in run.verdicts}
    return [query for check, query in run.queries.items() if check not in known]


def _swept(app: Application, pipeline: Pipeline | None, state: State, asked: _Asked) -> bool:
    try:
        seen = _seen(app, pipeline, state, asked)
        for _ in range(_TRIES):
            try:
                app.transitions.apply_to(state, pipeline, partial(_decide, app, pipeline, seen))
            except VersionConflictError:  # else a steady stream of uploads would keep every sweep off
                before, state = state, app.transitions.state_table.load(state.pipeline)
                # To ask takes as long as some uploads do: who asked at each of them might never come to write.
                if not sweep.is_same(before, state):
                    seen = _seen(app, pipeline, state, _ask(app, [(pipeline, state)]))
            else:
                return True
        app.log.info("Others are at work on the pipeline all the time", pipeline=state.pipeline)
    except Exception:
        app.log.exception("A pipeline could not be swept", pipeline=state.pipeline)
        return False
    return True


def _seen(app: Application, pipeline: Pipeline | None, state: State, asked: _Asked) -> Observations:
    """What AWS said that concerns this state, with what only one pipeline at a time is asked about."""
    crawl = _with_table(app, pipeline, state, asked.crawls.get(_crawler_of(state, pipeline)))
    rows, problem = _with_rows(app, state, asked.ended), asked.problems.get(state.pipeline, "")
    return Observations(crawl, rows, _job_of(app, state), _stream_of(app, state), problem)


def _with_table(
    app: Application, pipeline: Pipeline | None, state: State, seen: CrawlStatus | Refused | None
) -> CrawlStatus | Refused | None:
    """The crawl with the table that it left, where it ends a step well."""
    left = crawls.find_table_to_check(state, seen, pipeline, app.timing) if isinstance(seen, CrawlStatus) else None
    if left is None or not isinstance(seen, CrawlStatus):
        return seen
    return replace(seen, table=app.glue.get_table_status(*left))


def _with_rows(app: Application, state: State, ended: dict[str, QueryStatus]) -> dict[int, QueryStatus]:
    """The ended queries of this state by their checks, with the rows of those that have some."""
    run = state.run
    if run is None:
        return {}
    found = {check: ended[query] for check, query in run.queries.items() if query in ended}
    return {
        check: replace(seen, rows=app.athena.first_rows(run.definition, seen.query_id))
        if seen.status == "SUCCEEDED"
        else seen
        for check, seen in found.items()
    }


def _job_of(app: Application, state: State) -> JobStatus | Refused | None:
    """The job run in flight: Glue tells of one at a time. Nothing while AWS throttles."""
    run = state.run
    if run is None or not isinstance(run.current, JobStep) or not run.job_run_id:
        return None
    seen = app.jobs.get_run_status(run.current.job, run.job_run_id)
    return None if isinstance(seen, Busy) else seen


def _stream_of(app: Application, state: State) -> JobStatus | Refused | None:
    """The streaming job's run, where one is known: as for a job."""
    stream = state.stream
    if stream is None or not stream.job_run_id or stream.status == "stopped":
        return None
    seen = app.jobs.get_run_status(stream.definition.job, stream.job_run_id)
    return None if isinstance(seen, Busy) else seen


def _decide(app: Application, pipeline: Pipeline | None, seen: Observations, state: State, now: float) -> Transition:
    return sweep.sweep(state, seen, pipeline, new_run_id(now), now, app.timing)
