"""The shell around the rules: read, decide, write, act, record, deliver.

It is the same for every event. A function brings a `decide` that applies what it learned to the state; the rest of
the transition, and what follows from it, happens here. A crash between any two calls leaves a state from which the
next event, or the watchdog, goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from landfall.adapters.athena import Athena
from landfall.adapters.event_bus import EventBus, RecheckQueue
from landfall.adapters.glue import Glue
from landfall.adapters.glue_jobs import GlueJobs, arguments_of
from landfall.adapters.metrics import Metrics
from landfall.adapters.state_table import StateTable
from landfall.model.errors import DeliveryError, VersionConflictError
from landfall.model.events import CrawlerChange
from landfall.model.observations import Attempted, QueryOf, job_label
from landfall.model.pipelines import CrawlStep, JobStep, Pipeline
from landfall.model.state import IncidentRecord, RunRecord, State
from landfall.rules import run_start, streams
from landfall.rules.transition import Command, StartStream, StartTry, Timing, Transition

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

# Tries before a message goes back to its queue, where it is out of sight for minutes. Each lost one means that another
# invocation won; of four at work on one pipeline, one in a million loses so often.
_WRITES = 50

Decide = Callable[[State, float], Transition]


@dataclass(frozen=True, slots=True)
class Transitions:
    """Applies what happened, one pipeline at a time. `hint_limit` bounds how often a hint goes back."""

    state_table: StateTable
    glue: Glue
    jobs: GlueJobs
    athena: Athena
    bus: EventBus
    recheck_queue: RecheckQueue
    timing: Timing
    recheck_limit: int
    clock: Callable[[], float]
    log: "Logger"
    metrics: Metrics

    def apply(self, name: str, pipeline: Pipeline | None, decide: Decide, recheck_count: int = 0) -> State:
        """Decide on the pipeline's state, do what follows, and return the state at the end.

        `pipeline` is its definition of now, None where it has none; `hops` counts the hints that led here.
        Raises VersionConflictError, DeliveryError, or what AWS answers when even retries do not help.
        """
        return self._follow(name, pipeline, self._transition(name, pipeline, decide), recheck_count)

    def apply_to(self, known: State, pipeline: Pipeline | None, decide: Decide) -> State:
        """The same on a state that was read before AWS was asked: raises VersionConflictError when it has changed."""
        change = self._once(known, pipeline, decide)
        return self._follow(known.pipeline, pipeline, change, self.recheck_limit)

    def _follow(self, name: str, pipeline: Pipeline | None, change: Transition, recheck_count: int) -> State:
        schedule_recheck = change.schedule_recheck
        commands = list(change.commands)
        while commands:
            change = self._transition(name, pipeline, self._done(commands.pop(0), pipeline), change.state)
            commands += change.commands
            schedule_recheck = schedule_recheck or change.schedule_recheck
        if schedule_recheck:
            self._look_again(change.state, recheck_count)
        return self._deliver(name, change.state)

    def _transition(
        self, name: str, pipeline: Pipeline | None, decide: Decide, known: State | None = None
    ) -> Transition:
        """One conditional write of what `decide`, and the rule that starts runs, make of the state.

        `known` is what this invocation wrote or read a moment ago. It is not read again: the write's condition tells
        when it is old.
        """
        for _ in range(_WRITES):
            try:
                return self._once(known or self.state_table.load(name), pipeline, decide)
            except VersionConflictError:
                known = None
        raise VersionConflictError(f"{name}: {_WRITES} writes in a row met other invocations; the queue tries again")

    def _once(self, before: State, pipeline: Pipeline | None, decide: Decide) -> Transition:
        now = round(self.clock(), 3)
        known = run_start.request_first_run(before, now) if pipeline else before
        change = run_start.start_if_due(decide(known, now), pipeline, new_run_id(now), now).settle(now)
        if change.state == before:
            return change
        written = replace(change, state=self.state_table.write(change.state, (*change.records, *change.resolved)))
        self._tell(written)
        self.metrics.runs(change.records)
        if isinstance(change.stream_command, StartStream) and change.stream_command.is_restart:
            self.metrics.stream_restarted(before.pipeline)
        return written

    def _done(self, command: Command, pipeline: Pipeline | None) -> Decide:
        """Do it, and return the rule that records what came of it."""
        if isinstance(command, StartTry):
            return partial(_record, command, self._start(command))
        if isinstance(command, StartStream):
            started = self.jobs.start_stream(command.job, command.label, command.since)
            self.log.info("Tried to start a stream", job=command.job, label=command.label, result=repr(started))
            return lambda state, now: streams.record_start(state, pipeline, command, started, now)
        stopped = self.jobs.stop_stream(command.job, command.label, command.job_run_id, command.since)
        self.log.info("Tried to stop a stream", job=command.job, label=command.label, result=repr(stopped))
        return lambda state, now: streams.record_stop(state, pipeline, command, stopped, now)

    def _start(self, command: StartTry) -> Attempted:
        step = command.pipeline.steps[command.step]
        if isinstance(step, CrawlStep):
            result = self.glue.start_crawler(step)
        elif isinstance(step, JobStep):
            arguments = arguments_of(
                command.pipeline, command.step, job_label(command.run_id, command.step, command.attempt)
            )
            result = self.jobs.start(
                step.job, arguments, command.attempt_started_at if command.try_number > 1 else None
            )
        else:
            result = self.athena.start_checks(command.pipeline, step, _queries(command, len(step.checks)))
        self.log.info(
            "Tried to start a step",
            pipeline=command.pipeline.name, run=command.run_id, step=step.name,
            attempt=command.attempt, result=repr(result),
        )  # fmt: skip
        return result

    def _look_again(self, state: State, recheck_count: int) -> None:
        run = state.run
        if run is None or not isinstance(run.current, CrawlStep):
            return
        if recheck_count < self.recheck_limit:
            self.recheck_queue.schedule_recheck(CrawlerChange(run.current.crawler, recheck_count))
        else:
            self.log.info(
                "The crawler's end is left to its event and the watchdog",
                pipeline=state.pipeline,
                recheck_count=recheck_count,
            )

    def _deliver(self, name: str, state: State) -> State:
        """Empty the outbox: at least once, since a crash after the delivery leaves the announcement there."""
        if not state.outbox:
            return state
        taken = self.bus.announce(state.outbox)
        change = self._transition(name, None, lambda known, _: Transition(known.delivered(taken)), state)
        if any(item.id not in taken for item in state.outbox):
            raise DeliveryError(f"{name}: the bus did not take every announcement; the queue tries again")
        return change.state

    def _tell(self, change: Transition) -> None:
        """What a transition was, in the log, once it is written."""
        for record in change.records:
            self._tell_run(record)
        for resolved in change.resolved:
            self._tell_resolved(resolved)
        for opened in change.opened:
            self.log.error(
                "Incident opened",
                pipeline=change.state.pipeline, incident=opened.id, kind=opened.kind, cause=opened.cause,
            )  # fmt: skip

    def _tell_run(self, record: RunRecord) -> None:
        fields: dict[str, Any] = {"pipeline": record.pipeline, "run": record.id, "uploads": record.uploads.count}
        if record.failure is not None:
            failure = record.failure
            self.log.error(
                "Run failed",
                **fields, step=failure.step, kind=failure.kind, cause=failure.cause, job_run=failure.job_run_id,
            )  # fmt: skip
        else:
            texts = {None: "Run started", "empty": "Run ended; nothing lay there"}
            self.log.info(texts.get(record.outcome, "Run succeeded"), **fields)

    def _tell_resolved(self, record: IncidentRecord) -> None:
        incident = record.incident
        self.log.info(
            "Incident resolved",
            pipeline=record.pipeline, incident=incident.id, kind=incident.kind, count=incident.count,
            seconds=round(incident.resolved_at - incident.opened_at, 3), by=incident.resolved_by,
        )  # fmt: skip


def _record(command: StartTry, result: Attempted, state: State, now: float) -> Transition:
    return run_start.record_attempt(state, command, result, now)


def _queries(command: StartTry, checks: int) -> list[QueryOf]:
    return [
        QueryOf(command.pipeline.name, command.run_id, command.step, command.attempt, check) for check in range(checks)
    ]


def new_run_id(now: float) -> str:
    """Sorts by start time, to the millisecond: a run may fail and the next one start within a second."""
    start = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")
    return f"{start.removesuffix('+00:00').replace('-', '').replace(':', '')}Z-{uuid4().hex[:8]}"
