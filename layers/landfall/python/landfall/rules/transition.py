"""The result of a rule: the state to write, and what to do once it is written."""

from dataclasses import dataclass, field, replace

from landfall.model.pipelines import Pipeline
from landfall.model.state import Incident, IncidentRecord, Run, RunRecord, State, StreamState
from landfall.rules import incidents


@dataclass(frozen=True, slots=True)
class Timing:
    """Allowances, in seconds.

    `clock_skew`: S3 cuts event times to whole seconds and clocks differ by up to 2 s. `lease`: how long a try may stay
    in `starting` before it is repeated; longer than a function lives. `reminder`: how long an incident may be open
    before it is announced again; 0 disables reminders.
    """

    clock_skew: float
    lease: float
    reminder: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of a reaction (seconds since 1970 UTC), the allowances, and ids for runs that may start.

    `run_id` is for a run that Landfall starts, `adopted_run_id` for one made of a crawl started outside Landfall: the
    latter may end at once, and then one transition starts both.
    """

    now: float
    timing: Timing
    run_id: str
    adopted_run_id: str = ""


@dataclass(frozen=True, slots=True)
class StartTry:
    """Start the external work of a step, for exactly this try."""

    pipeline: Pipeline
    run_id: str
    step: int
    attempt: int
    try_number: int
    attempt_started_at: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, run: Run) -> "StartTry":
        """The command of the run's latest try."""
        return cls(run.definition, run.id, run.step, run.attempt, run.try_number, run.attempt_started_at)

    def is_of(self, run: Run | None) -> bool:
        """Whether that run still waits for the result of this try."""
        return run is not None and run.status == "starting" and StartTry.of(run) == self


@dataclass(frozen=True, slots=True)
class StartStream:
    """Start the streaming job, for exactly this try of its latest start, or find a run that is under way."""

    job: str
    label: str
    try_number: int
    since: float = field(compare=False)
    restarts: int = field(default=0, compare=False)

    @classmethod
    def of(cls, stream: StreamState) -> "StartStream":
        """The command of the latest try."""
        return cls(stream.definition.job, stream.label, stream.try_number, stream.started_at, stream.restarts)

    @property
    def is_restart(self) -> bool:
        """Whether this is the first try to restart a job that had ended."""
        return self.restarts > 0 and self.try_number == 1


@dataclass(frozen=True, slots=True)
class StopStream:
    """Stop the streaming job's run; if its id is unknown, any run of the job that is under way."""

    job: str
    label: str
    try_number: int
    job_run_id: str
    since: float = field(compare=False)

    @classmethod
    def of(cls, stream: StreamState) -> "StopStream":
        """The command of the latest try."""
        return cls(stream.definition.job, stream.label, stream.try_number, stream.job_run_id, stream.started_at)


StreamCommand = StartStream | StopStream
Command = StartTry | StreamCommand


@dataclass(frozen=True, slots=True)
class Transition:
    """A state to write, and what follows. `command` is for the run in flight, `stream_command` for the streaming job.

    `needs_recheck`: the crawler's status does not decide yet; query it again in some seconds. `records` is the history
    of runs to write with the state. `settle` adds `opened` and `resolved`.
    """

    state: State
    command: StartTry | None = None
    stream_command: StreamCommand | None = None
    records: tuple[RunRecord, ...] = ()
    needs_recheck: bool = False
    opened: tuple[Incident, ...] = ()
    resolved: tuple[IncidentRecord, ...] = ()

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands to execute once the state is written."""
        return tuple(command for command in (self.command, self.stream_command) if command is not None)

    def settle(self, now: float) -> "Transition":
        """Add the announcements and the history of the incidents that it opens and resolves."""
        state, opened, resolved = incidents.settle(self.state, now)
        return self if state is self.state else replace(self, state=state, opened=opened, resolved=resolved)
