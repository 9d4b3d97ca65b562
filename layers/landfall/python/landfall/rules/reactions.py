"""Reactions to events: one pure function per event, with its whole decision.

Each takes the state as read, AWS's answers about it, the pipeline's current definition (None if it has none) and the
moment; it returns the transition to write and execute. Each begins by registering a new pipeline and ends by starting
a run that is due, so reading one function shows which rules run.
"""

from collections.abc import Sequence
from dataclasses import replace

from landfall.model.events import (
    AlarmChange,
    JobChange,
    ReplicationChange,
    Request,
    StreamStartRequest,
    StreamStopRequest,
    Upload,
)
from landfall.model.observations import (
    Attempted,
    Busy,
    CrawlStatus,
    JobStatus,
    Observations,
    QueryOf,
    QueryStatus,
    Refused,
    StopAttempted,
)
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import (
    checks,
    crawls,
    jobs,
    overdue,
    requests,
    run_start,
    stream_signals,
    streams,
    sweep,
    uploads,
)
from landfall.rules.transition import Moment, StartStream, StartTry, StopStream, Transition


def on_arrivals(
    state: State, arrived: Sequence[Upload], asked: Sequence[Request], pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """Uploads arrived, and users requested runs, pauses, resumptions or acknowledgements: one write for all of them."""
    state = _record_first_sight(state, pipeline, moment)
    if pipeline is not None:
        state = uploads.record_uploads(state, pipeline, arrived, moment.now, moment.timing)
    state = requests.apply_requests(state, asked, moment.now, moment.timing)
    transition = run_start.repeat_crawl(state, moment.now, moment.timing)
    return _finish(transition, pipeline, moment)


def on_crawl(
    state: State, crawler: str, crawl: CrawlStatus | Refused | Busy, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """A crawler's event or a recheck caused a query of its status, which alone decides."""
    state = _record_first_sight(state, pipeline, moment)
    if isinstance(crawl, Refused):
        transition = crawls.handle_refused_crawler(state, crawler, crawl, moment.now)
    elif isinstance(crawl, Busy):
        transition = Transition(state, needs_recheck=True)
    else:
        transition = crawls.handle_crawl(state, crawl, pipeline, moment.adopted_run_id, moment.now, moment.timing)
    return _finish(transition, pipeline, moment)


def on_job_run(
    state: State, change: JobChange, job_run: JobStatus | Refused | None, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """A job run of a step or a stream ended; `job_run` is None if neither waits for this job."""
    state, now, timing = _record_first_sight(state, pipeline, moment), moment.now, moment.timing
    is_step = jobs.concerns(state, change.job)
    if job_run is None:
        transition = Transition(state)
    elif is_step and isinstance(job_run, Refused):
        transition = jobs.handle_refused_job_run(state, change.job_run_id, job_run, now, timing)
    elif isinstance(job_run, Refused):
        transition = streams.handle_refused_job_run(state, pipeline, change.job_run_id, job_run, now, timing)
    elif is_step:
        transition = jobs.handle_job_run(state, job_run, now, timing)
    else:
        transition = streams.handle_job_run(state, pipeline, job_run, now)
    return _finish(transition, pipeline, moment)


def on_query(
    state: State, query: QueryOf, ended: QueryStatus | None, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """A check's query ended; `ended` is None if the run in flight does not wait for it."""
    state = _record_first_sight(state, pipeline, moment)
    transition = checks.handle_query(state, query, ended, moment.now) if ended else Transition(state)
    return _finish(transition, pipeline, moment)


def on_request(
    state: State, request: StreamStartRequest | StreamStopRequest, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """A user requested the start or the stop of the pipeline's streaming job."""
    state = _record_first_sight(state, pipeline, moment)
    return _finish(streams.handle_request(state, pipeline, request, moment.now), pipeline, moment)


def on_stream_signal(
    state: State, signal: AlarmChange | ReplicationChange, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """CloudWatch or DMS reported the state of a stream or its source."""
    state = _record_first_sight(state, pipeline, moment)
    if isinstance(signal, AlarmChange):
        state = stream_signals.handle_alarm(state, pipeline, signal, moment.now)
    else:
        state = stream_signals.handle_replication(state, pipeline, signal, moment.now)
    return _finish(Transition(state), pipeline, moment)


def on_sweep(state: State, observed: Observations, pipeline: Pipeline | None, moment: Moment) -> Transition:
    """The watchdog queried AWS: repair what lost events left undone, and report what is overdue."""
    state = _record_first_sight(state, pipeline, moment)
    of_run = sweep.repair_run(state, observed, pipeline, moment.adopted_run_id, moment.now, moment.timing)
    of_stream = streams.sweep_stream(of_run.state, pipeline, observed.stream, moment.now, moment.timing)
    state = overdue.report_overdue(of_stream.state, pipeline, observed.problem, moment.now, moment.timing)
    return _finish(replace(of_run, state=state, stream_command=of_stream.stream_command), pipeline, moment)


def on_start_result(
    state: State, command: StartTry | StartStream, result: Attempted, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """AWS answered, or did not answer, a start by an earlier transition: record the result."""
    state = _record_first_sight(state, pipeline, moment)
    if isinstance(command, StartTry):
        transition = run_start.record_attempt(state, command, result, moment.now)
    else:
        transition = streams.record_start(state, pipeline, command, result, moment.now)
    return _finish(transition, pipeline, moment)


def on_stop_result(
    state: State, command: StopStream, result: StopAttempted, pipeline: Pipeline | None, moment: Moment
) -> Transition:
    """AWS answered, or did not answer, the stop of a stream: record the result."""
    state = _record_first_sight(state, pipeline, moment)
    return _finish(streams.record_stop(state, pipeline, command, result, moment.now), pipeline, moment)


def on_delivery(state: State, delivered: frozenset[str], moment: Moment) -> Transition:
    """The bus accepted these announcements: remove them from the outbox."""
    return _finish(Transition(state.drop_announcements(delivered)), None, moment)


def _record_first_sight(state: State, pipeline: Pipeline | None, moment: Moment) -> State:
    return run_start.request_first_run(state, moment.now) if pipeline else state


def _finish(transition: Transition, pipeline: Pipeline | None, moment: Moment) -> Transition:
    """Start the run that is due, then settle the incidents."""
    return run_start.start_if_due(transition, pipeline, moment.run_id, moment.now).settle(moment.now)
