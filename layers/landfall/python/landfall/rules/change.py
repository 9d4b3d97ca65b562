"""What every rule gives back: the state to write, and what to do once it is written."""

from dataclasses import dataclass, field

from landfall.pipelines import Pipeline
from landfall.state import Run, RunRecord, State


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
    attempt_started_at: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, run: Run) -> "StartTry":
        """What the run's newest try has to start."""
        return cls(run.definition, run.id, run.step, run.attempt, run.try_number, run.attempt_started_at)

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
