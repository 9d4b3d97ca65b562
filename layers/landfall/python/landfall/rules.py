"""The rules of a pipeline: what is believed and what happened in, what to believe and what to do out.

Pure: no clock, no AWS, no environment, no logger. Every public function takes a State and returns a Change whose
state is written first, under the condition that nobody else changed it; only then is its `act` done.
The model: design, section 5; decisions on what it leaves open are in docs/decisions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from landfall import announcements
from landfall.events import Upload
from landfall.outcomes import Attempted, Busy, CrawlSeen, QueryOf, QuerySeen, Refused, Unknown
from landfall.pipelines import ChecksStep, CrawlStep, Pipeline
from landfall.state import NONE, SAMPLE_KEYS, Failure, Outcome, Run, RunRecord, State, StepLog, Uploads, Verdict


@dataclass(frozen=True, slots=True)
class Timing:
    """Allowances, in seconds.

    `margin`: S3 cuts event times to whole seconds and clocks differ by up to 2 s. `lease`: how long a try may stay in
    `starting` before it is repeated; longer than a function lives.
    """

    margin: float
    lease: float


@dataclass(frozen=True, slots=True)
class StartTry:
    """Start the step's external work for exactly this try of it."""

    pipeline: Pipeline
    run_id: str
    step: int
    attempt: int
    try_number: int

    @classmethod
    def of(cls, run: Run) -> "StartTry":
        """What the run's newest try has to start."""
        return cls(run.definition, run.id, run.step, run.attempt, run.try_number)

    def is_of(self, run: Run | None) -> bool:
        """Whether that run still waits for the result of this try."""
        return run is not None and run.status == "starting" and StartTry.of(run) == self


@dataclass(frozen=True, slots=True)
class Change:
    """A transition. `look_again`: what is running cannot be told yet; ask again in some seconds."""

    state: State
    act: StartTry | None = None
    records: tuple[RunRecord, ...] = ()
    look_again: bool = False


# Arrivals


def arrived(state: State, pipeline: Pipeline, uploads: Iterable[Upload], timing: Timing) -> State:
    """Count uploads under the pipeline's prefix; what was provably seen, or will be, changes nothing that is due.

    Times only ever drop duplicates and late events, so a wrong clock costs a crawl at most, never an upload.
    """
    pending: list[Upload] = []
    seen_by_run: list[Upload] = []
    run_start = state.run.started_at if state.run else 0.0
    for upload in uploads:
        latest = upload.time + timing.margin
        if not pipeline.counts(upload) or latest < state.covered_until:
            continue
        (seen_by_run if latest < run_start else pending).append(upload)
    if pending:
        state = replace(state, pending=state.pending.plus(_summary(pending)))
    if seen_by_run and state.run:
        run = replace(state.run, uploads=state.run.uploads.plus(_summary(seen_by_run)))
        state = replace(state, run=run)
    return state


def requested(state: State) -> State:
    """Somebody asked for a run: the next one starts without an upload, and keeps no distance."""
    return replace(state, requested=True)


def _summary(uploads: list[Upload]) -> Uploads:
    times = [upload.time for upload in uploads]
    return Uploads(len(uploads), min(times), max(times), tuple(upload.key for upload in uploads[:SAMPLE_KEYS]))


# Starting


def first_seen(state: State) -> State:
    """A pipeline never seen before counts as one arrival: what lay there already is crawled too."""
    return replace(state, requested=True) if state.version == 0 else state


def start_if_due(change: Change, pipeline: Pipeline | None, run_id: str, now: float) -> Change:
    """Start a run when none is in flight and something is there for it; in one write it takes over all of it."""
    state = change.state
    if state.run or state.paused or pipeline is None or not _is_due(state, pipeline, now):
        return change
    uploads = state.pending.plus(state.unprocessed)
    run = Run(run_id, now, uploads, pipeline, attempt_started_at=now, try_started_at=now)
    state = replace(
        state, pending=NONE, unprocessed=NONE, requested=False, last_run_started_at=now, run=run,
        outbox=(*state.outbox, announcements.run_started(run)),
    )  # fmt: skip
    return replace(change, state=state, act=StartTry.of(run), records=(*change.records, _record(run)))


def _is_due(state: State, pipeline: Pipeline, now: float) -> bool:
    if state.requested:
        return True
    rested = now >= state.last_run_started_at + pipeline.min_minutes_between_runs * 60
    return bool(state.pending) and rested


def attempted(state: State, act: StartTry, result: Attempted, now: float) -> Change:
    """Record what came of a try, if that try is still what the pipeline waits for."""
    run = state.run
    if run is None or not act.is_of(run) or isinstance(result, Unknown):
        return Change(state)
    if isinstance(result, Refused):
        return _failed(state, run, Failure(result.kind, result.cause, run.current.name), now, again=False)
    if isinstance(result, Busy):
        return Change(replace(state, run=replace(run, status="waiting")), look_again=True)
    return Change(replace(state, run=replace(run, status="running", queries=result.queries)))


def _next_try(state: State, run: Run, now: float) -> Change:
    run = replace(run, status="starting", try_number=run.try_number + 1, try_started_at=now)
    return Change(replace(state, run=run), StartTry.of(run))


def repeat_crawl(state: State, now: float, timing: Timing) -> Change:
    """Repeat the start of a crawl whose starter must have died before it recorded what came of it."""
    run = state.run
    if run is not None and isinstance(run.current, CrawlStep) and _lease_over(run, now, timing):
        return _next_try(state, run, now)
    return Change(state)


def _lease_over(run: Run, now: float, timing: Timing) -> bool:
    return run.status == "starting" and now > run.try_started_at + timing.lease


# Endings


def crawl_seen(
    state: State, seen: CrawlSeen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing
) -> Change:
    """Decide by what GetCrawler says; the event that made us ask is only a hint."""
    run = state.run
    if run is None:
        return _adopted(state, seen, pipeline, run_id, now, timing)
    if not isinstance(run.current, CrawlStep) or run.current.crawler != seen.crawler:
        return Change(state)
    if _lease_over(run, now, timing):
        return _next_try(state, run, now)
    if seen.state != "READY":
        # Its end event may come while it is still STOPPING; a RUNNING one will send another.
        return Change(state, look_again=seen.state == "STOPPING")
    if run.status == "waiting":
        return _next_try(state, run, now)
    is_ours = seen.last_started_at > state.crawl_consumed and seen.last_started_at >= run.try_started_at - timing.margin
    if run.status == "running" and not is_ours and now > run.try_started_at + timing.lease:
        # Glue has agreed to start it, yet is at rest without having crawled: somebody made the crawler anew.
        return _next_try(state, run, now)
    if run.status == "starting" or not is_ours:
        return Change(state, look_again=is_ours or run.status == "running")
    state = replace(state, crawl_consumed=seen.last_started_at)
    if seen.last_status == "SUCCEEDED":
        return _succeeded(state, run, now)
    kind = "crawl stopped" if seen.last_status == "CANCELLED" else "crawl failed"
    cause = seen.last_error or f"The crawl ended as {seen.last_status}."
    return _failed(state, run, Failure(kind, cause, run.current.name), now)


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
    change = _succeeded(state, run, now)
    return replace(change, records=change.records or (_record(run),))


def crawler_refused(state: State, crawler: str, refused: Refused, now: float) -> Change:
    """The crawler is gone, or we may not look at it: a run that depends on it fails at once."""
    run = state.run
    if run is None or not isinstance(run.current, CrawlStep) or run.current.crawler != crawler:
        return Change(state)
    return _failed(state, run, Failure(refused.kind, refused.cause, run.current.name), now, again=False)


def awaits(state: State, query: QueryOf) -> bool:
    """Whether the run in flight still wants to know how this check ended."""
    run = state.run
    if run is None or (run.id, run.step, run.attempt) != (query.run_id, query.step, query.attempt):
        return False
    return all(verdict.check != query.check for verdict in run.verdicts)


def query_seen(state: State, query: QueryOf, seen: QuerySeen, now: float) -> Change:
    """Take the verdict of one check; the step ends when all are in."""
    run = state.run
    if run is None or not awaits(state, query) or not isinstance(run.current, ChecksStep):
        return Change(state)
    checks = run.current.checks
    verdicts = (*run.verdicts, _judged(query.check, checks[query.check].expect, seen))
    run = replace(run, verdicts=verdicts)
    state = replace(state, run=run)
    if len(verdicts) < len(checks):
        # Throttled while its queries were started: a query that ended has made room.
        return _next_try(state, run, now) if run.status == "waiting" else Change(state)
    failed = next((verdict for verdict in verdicts if verdict.failure), None)
    if failed is None:
        return _succeeded(state, run, now)
    name = checks[failed.check].name
    failure = Failure(failed.failure, failed.cause, run.current.name, name, failed.query_id, failed.rows)
    return _failed(state, run, failure, now)


# The sweep


@dataclass(frozen=True, slots=True)
class Seen:
    """What the watchdog asked AWS about one pipeline, after its state was read; empty where AWS did not say.

    `queries` has the checks of the run in flight whose queries have ended, by their index.
    """

    crawl: CrawlSeen | Refused | None = None
    queries: Mapping[int, QuerySeen] = field(default_factory=dict)


def swept(state: State, seen: Seen, pipeline: Pipeline | None, run_id: str, now: float, timing: Timing) -> Change:
    """Repair what a lost event or a dead invocation left behind; what is well stays as it is."""
    run = state.run
    if run is not None and isinstance(run.current, ChecksStep):
        return _swept_checks(state, run, run.current, seen, now, timing)
    if run is not None and _lease_over(run, now, timing):
        return _next_try(state, run, now)
    if isinstance(seen.crawl, CrawlSeen):
        return crawl_seen(state, seen.crawl, pipeline, run_id, now, timing)
    if isinstance(seen.crawl, Refused) and run is not None and isinstance(run.current, CrawlStep):
        return crawler_refused(state, run.current.crawler, seen.crawl, now)
    return Change(state)


def _swept_checks(state: State, run: Run, step: ChecksStep, seen: Seen, now: float, timing: Timing) -> Change:
    if run.status == "waiting" or _lease_over(run, now, timing):
        return _next_try(state, run, now)
    change = Change(state)
    for check, answer in seen.queries.items():
        query = QueryOf(state.pipeline, run.id, run.step, run.attempt, check)
        if check < len(step.checks) and awaits(change.state, query):
            change = query_seen(change.state, query, answer, now)
    return change


def _judged(check: int, expect: str, seen: QuerySeen) -> Verdict:
    if seen.status != "SUCCEEDED":
        return Verdict(check, seen.query_id, "query failed", seen.cause or f"The query ended as {seen.status}.")
    if bool(seen.rows) == (expect == "rows"):
        return Verdict(check, seen.query_id)
    cause = "The query returned no rows." if expect == "rows" else "The query returned rows; the first ones follow."
    return Verdict(check, seen.query_id, "check failed", cause, seen.rows)


def _succeeded(state: State, run: Run, now: float) -> Change:
    run = _logged(run, now, None)
    if run.step + 1 < len(run.definition.steps):
        run = replace(
            run, step=run.step + 1, attempt=1, attempt_started_at=now, try_number=1, try_started_at=now,
            status="starting", queries={}, verdicts=(),
        )  # fmt: skip
        return Change(replace(state, run=run), StartTry.of(run))
    covered = max(state.covered_until, run.started_at)
    outbox = (*state.outbox, announcements.dataset_ready(run, now))
    return Change(replace(state, run=None, covered_until=covered, outbox=outbox), records=(_record(run, now),))


def _failed(state: State, run: Run, failure: Failure, now: float, *, again: bool = True) -> Change:
    run = _logged(run, now, failure)
    if again and run.attempt < run.definition.max_attempts:
        run = replace(
            run, attempt=run.attempt + 1, attempt_started_at=now, try_number=1, try_started_at=now, status="starting",
            queries={}, verdicts=(),
        )  # fmt: skip
        return Change(replace(state, run=run), StartTry.of(run))
    outbox = (*state.outbox, announcements.run_failed(run, failure, now))
    unprocessed = state.unprocessed.plus(run.uploads)
    return Change(
        replace(state, run=None, unprocessed=unprocessed, outbox=outbox), records=(_record(run, now, failure),)
    )


def _logged(run: Run, now: float, failure: Failure | None) -> Run:
    ended = StepLog(
        run.current.name, run.attempt, run.attempt_started_at, now, "failed" if failure else "succeeded",
        failure.cause if failure else "",
    )  # fmt: skip
    return replace(run, log=(*run.log, ended))


def _record(run: Run, ended_at: float | None = None, failure: Failure | None = None) -> RunRecord:
    outcome: Outcome | None = None if ended_at is None else ("failed" if failure else "succeeded")
    return RunRecord(
        run.definition.name, run.id, run.started_at, run.uploads, ended_at, outcome, failure, run.log
    )  # fmt: skip
