"""What every rule gives back: the state to write, and what to do once it is written."""

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
    """When a reaction happens: the time (seconds since 1970 UTC), the allowances, and ids for what may begin.

    `run_id` is for a run that starts, `adopted_run_id` for one that a crawl started outside Landfall makes: the second
    may end at once, and then both begin in one transition.
    """

    now: float
    timing: Timing
    run_id: str
    adopted_run_id: str = ""


@dataclass(frozen=True, slots=True)
class StartTry:
    """Start the step's external work for exactly this try of it."""

    pipeline: Pipeline
    run_id: str
    step: int
    attempt: int
    try_number: int
    attempt_started_at: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, run: Run) -> "StartTry":
        """What the run's newest try has to start."""
        return cls(run.definition, run.id, run.step, run.attempt, run.try_number, run.attempt_started_at)

    def is_of(self, run: Run | None) -> bool:
        """Whether that run still waits for the result of this try."""
        return run is not None and run.status == "starting" and StartTry.of(run) == self


@dataclass(frozen=True, slots=True)
class StartStream:
    """Start the streaming job for exactly this try of its newest start, or find what is under way of it."""

    job: str
    label: str
    try_number: int
    since: float = field(compare=False)
    restarts: int = field(default=0, compare=False)

    @classmethod
    def of(cls, stream: StreamState) -> "StartStream":
        """What the newest try has to start."""
        return cls(stream.definition.job, stream.label, stream.try_number, stream.started_at, stream.restarts)

    @property
    def is_restart(self) -> bool:
        """Whether the job had ended, and this is the first try to start it again."""
        return self.restarts > 0 and self.try_number == 1


@dataclass(frozen=True, slots=True)
class StopStream:
    """Stop the streaming job's run; where its id is not known, whatever is under way of the job."""

    job: str
    label: str
    try_number: int
    job_run_id: str
    since: float = field(compare=False)

    @classmethod
    def of(cls, stream: StreamState) -> "StopStream":
        """What the newest try has to stop."""
        return cls(stream.definition.job, stream.label, stream.try_number, stream.job_run_id, stream.started_at)


StreamCommand = StartStream | StopStream
Command = StartTry | StreamCommand


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition. `act` is for the run in flight, `stream_act` for the streaming job: both may be due.

    `look_again`: what is running cannot be told yet; ask again in some seconds.
    `records` is the history of runs to be written with it. `opened` and `resolved` are known once it is `settled`.
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
        """Everything to do once the state is written."""
        return tuple(command for command in (self.command, self.stream_command) if command is not None)

    def settle(self, now: float) -> "Transition":
        """The same, with what the incidents that it opened and resolved bring with them."""
        state, opened, resolved = incidents.settle(self.state, now)
        return self if state is self.state else replace(self, state=state, opened=opened, resolved=resolved)
