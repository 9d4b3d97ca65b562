"""Apply reactions: read the state, react, write, execute commands, record their results, deliver announcements.

This is the same for every event. A handler passes a reaction: AWS's answers, and one function of rules.reactions. A
crash between any two calls leaves a state from which the next event, or the watchdog, continues.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING
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
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Command, Moment, StartStream, StartTry, Timing, Transition
from landfall.service.transition_log import log_transition

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

# Tries before a message goes back to its queue, where it is invisible for minutes. Each failed write means that another
# invocation succeeded; with four at work on one pipeline, one in a million fails this often.
_WRITES = 50

Reaction = Callable[[State, float], Transition]


@dataclass(frozen=True, slots=True)
class Transitions:
    """Applies reactions, one pipeline at a time. `recheck_limit` bounds how often a crawler is checked again."""

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

    def apply(self, name: str, pipeline: Pipeline | None, react: Reaction, recheck_count: int = 0) -> State:
        """Apply a reaction to the pipeline's state, execute its commands, and return the final state.

        `react` takes the state as read, and the time. `pipeline` is the current definition, None if there is none;
        `recheck_count` counts the rechecks so far. Raises VersionConflictError, DeliveryError, or AWS's error after all
        retries.
        """
        return self._follow(name, pipeline, self._write_transition(name, react), recheck_count)

    def apply_to(self, known: State, pipeline: Pipeline | None, react: Reaction) -> State:
        """Apply a reaction to a state read before AWS was queried. Raises VersionConflictError if it has changed."""
        return self._follow(known.pipeline, pipeline, self._write_once(known, react), self.recheck_limit)

    def moment(self, now: float, *, may_adopt: bool = False) -> Moment:
        """The current moment, with new ids; `may_adopt` if a crawl started outside Landfall may become a run."""
        adopted = new_run_id(now) if may_adopt else ""
        return Moment(now, self.timing, new_run_id(now), adopted)

    def _follow(self, name: str, pipeline: Pipeline | None, transition: Transition, recheck_count: int) -> State:
        needs_recheck = transition.needs_recheck
        commands = list(transition.commands)
        while commands:
            transition = self._write_transition(name, self._execute(commands.pop(0), pipeline), transition.state)
            commands += transition.commands
            needs_recheck = needs_recheck or transition.needs_recheck
        if needs_recheck:
            self._schedule_recheck(transition.state, recheck_count)
        return self._deliver(name, transition.state)

    def _write_transition(self, name: str, react: Reaction, known: State | None = None) -> Transition:
        """Write the result of the reaction on the condition that the state has not changed; retry on a conflict.

        `known` is the state as this invocation last wrote it. It is not read again: if it is outdated, the condition
        fails.
        """
        for _ in range(_WRITES):
            try:
                return self._write_once(known or self.state_table.load(name), react)
            except VersionConflictError:
                known = None
        raise VersionConflictError(f"{name}: {_WRITES} writes in a row met other invocations; the queue tries again")

    def _write_once(self, before: State, react: Reaction) -> Transition:
        transition = react(before, round(self.clock(), 3))
        if transition.state == before:
            return transition
        state = self.state_table.write(transition.state, (*transition.records, *transition.resolved))
        written = replace(transition, state=state)
        log_transition(self.log, written)
        self.metrics.count_runs(transition.records)
        if isinstance(transition.stream_command, StartStream) and transition.stream_command.is_restart:
            self.metrics.count_stream_restart(before.pipeline)
        return written

    def _execute(self, command: Command, pipeline: Pipeline | None) -> Reaction:
        """Execute the command, and return the reaction to its result."""
        if isinstance(command, StartTry):
            result = self._start(command)
            return lambda state, now: reactions.on_start_result(state, command, result, pipeline, self.moment(now))
        if isinstance(command, StartStream):
            started = self.jobs.start_stream(command.job, command.label, command.since)
            self.log.info("Tried to start a stream", job=command.job, label=command.label, result=repr(started))
            return lambda state, now: reactions.on_start_result(state, command, started, pipeline, self.moment(now))
        stopped = self.jobs.stop_stream(command.job, command.label, command.job_run_id, command.since)
        self.log.info("Tried to stop a stream", job=command.job, label=command.label, result=repr(stopped))
        return lambda state, now: reactions.on_stop_result(state, command, stopped, pipeline, self.moment(now))

    def _start(self, command: StartTry) -> Attempted:
        definition, step = command.pipeline, command.pipeline.steps[command.step]
        if isinstance(step, CrawlStep):
            result = self.glue.start_crawler(step)
        elif isinstance(step, JobStep):
            label = job_label(command.run_id, command.step, command.attempt)
            since = command.attempt_started_at if command.try_number > 1 else None
            result = self.jobs.start(step.job, arguments_of(definition, command.step, label), since)
        else:
            result = self.athena.start_checks(definition, step, _list_queries(command, len(step.checks)))
        self.log.info(
            "Tried to start a step",
            pipeline=definition.name, run=command.run_id, step=step.name, attempt=command.attempt, result=repr(result),
        )  # fmt: skip
        return result

    def _schedule_recheck(self, state: State, recheck_count: int) -> None:
        run = state.run
        if run is None or not isinstance(run.current, CrawlStep):
            return
        if recheck_count < self.recheck_limit:
            self.recheck_queue.schedule_recheck(CrawlerChange(run.current.crawler, recheck_count))
        else:
            text = "The crawler's end is left to its event and the watchdog"
            self.log.info(text, pipeline=state.pipeline, recheck_count=recheck_count)

    def _deliver(self, name: str, state: State) -> State:
        """Deliver the outbox, at least once: a crash after the delivery leaves the announcements in it."""
        if not state.outbox:
            return state
        delivered = self.bus.announce(state.outbox)
        record = partial(self._record_delivery, delivered)
        transition = self._write_transition(name, record, state)
        if any(item.id not in delivered for item in state.outbox):
            raise DeliveryError(f"{name}: the bus did not take every announcement; the queue tries again")
        return transition.state

    def _record_delivery(self, delivered: frozenset[str], state: State, now: float) -> Transition:
        return reactions.on_delivery(state, delivered, self.moment(now))


def _list_queries(command: StartTry, checks: int) -> list[QueryOf]:
    run, step, attempt = command.run_id, command.step, command.attempt
    return [QueryOf(command.pipeline.name, run, step, attempt, check) for check in range(checks)]


def new_run_id(now: float) -> str:
    """An id that sorts by time, in milliseconds: a run may fail and the next one start within a second."""
    start = datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")
    return f"{start.removesuffix('+00:00').replace('-', '').replace(':', '')}Z-{uuid4().hex[:8]}"
