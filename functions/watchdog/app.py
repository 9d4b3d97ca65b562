"""Every few minutes: compare what we believe with what Glue and Athena say, repair the difference, tell what lasts."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from landfall.application import Application, application
from landfall.errors import SweepError, VersionConflictError
from landfall.outcomes import Busy, CrawlSeen, JobSeen, QuerySeen, Refused
from landfall.pipelines import ChecksStep, CrawlStep, JobStep, Pipeline
from landfall.rules import crawls, sweep
from landfall.rules.change import Change
from landfall.rules.sweep import Seen
from landfall.runner import new_run_id
from landfall.state import State

_CAUSE = 2_000  # characters of an error that goes into the state and its announcements
_TRIES = 50  # of one pipeline, whose state a stream of uploads changes all the time: as many as other writers have


@dataclass(frozen=True, slots=True)
class _Asked:
    """What AWS said, after the states were read; `problems` has what is wrong with invalid definitions."""

    crawls: dict[str, CrawlSeen | Refused]
    ended: dict[str, QuerySeen]
    problems: dict[str, str]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep every pipeline; one's trouble leaves out no other, and is an error at the end."""
    app = application().serving(context)
    pipelines = app.registry.pipelines(fresh=True).by_name
    # First what we believe, then what AWS says. A run goes to its end even when its definition is gone.
    states = app.runner.store.load_all(sorted({*pipelines, *_problems(app), *app.runner.store.names()}))
    app.metrics.open_incidents({name: len(state.incidents) for name, state in states.items()})
    asked = _ask(app, [(pipelines.get(name), state) for name, state in states.items()])
    troubled = [name for name, state in sorted(states.items()) if not _swept(app, pipelines.get(name), state, asked)]
    if troubled:
        raise SweepError(f"{len(troubled)} of {len(states)} pipelines could not be swept: {', '.join(troubled[:20])}")
    return {"swept": len(states)}


def _ask(app: Application, believed: list[tuple[Pipeline | None, State]]) -> _Asked:
    wanted = [_crawler_of(state, pipeline) for pipeline, state in believed]
    crawls = app.glue.look_at_crawlers(crawler for crawler in wanted if crawler)
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
                app.runner.apply_to(state, pipeline, partial(_decide, app, pipeline, seen))
            except VersionConflictError:  # else a steady stream of uploads would keep every sweep off
                before, state = state, app.runner.store.load(state.pipeline)
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


def _seen(app: Application, pipeline: Pipeline | None, state: State, asked: _Asked) -> Seen:
    """What AWS said that concerns this state, with what only one pipeline at a time is asked about."""
    crawl = _with_table(app, pipeline, state, asked.crawls.get(_crawler_of(state, pipeline)))
    rows, problem = _with_rows(app, state, asked.ended), asked.problems.get(state.pipeline, "")
    return Seen(crawl, rows, _job_of(app, state), _stream_of(app, state), problem)


def _with_table(
    app: Application, pipeline: Pipeline | None, state: State, seen: CrawlSeen | Refused | None
) -> CrawlSeen | Refused | None:
    """The crawl with the table that it left, where it ends a step well."""
    left = crawls.leaves_table(state, seen, pipeline, app.timing) if isinstance(seen, CrawlSeen) else None
    if left is None or not isinstance(seen, CrawlSeen):
        return seen
    return replace(seen, table=app.glue.look_at_table(*left))


def _with_rows(app: Application, state: State, ended: dict[str, QuerySeen]) -> dict[int, QuerySeen]:
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


def _job_of(app: Application, state: State) -> JobSeen | Refused | None:
    """The job run in flight: Glue tells of one at a time. Nothing while AWS throttles."""
    run = state.run
    if run is None or not isinstance(run.current, JobStep) or not run.job_run_id:
        return None
    seen = app.jobs.look_at(run.current.job, run.job_run_id)
    return None if isinstance(seen, Busy) else seen


def _stream_of(app: Application, state: State) -> JobSeen | Refused | None:
    """The streaming job's run, where one is known: as for a job."""
    stream = state.stream
    if stream is None or not stream.job_run_id or stream.status == "stopped":
        return None
    seen = app.jobs.look_at(stream.definition.job, stream.job_run_id)
    return None if isinstance(seen, Busy) else seen


def _decide(app: Application, pipeline: Pipeline | None, seen: Seen, state: State, now: float) -> Change:
    return sweep.swept(state, seen, pipeline, new_run_id(now), now, app.timing)
