"""The state of one pipeline: immutable values, from which the rules derive new ones.

All times are seconds since 1970 UTC.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Literal

from landfall.model.pipelines import Pipeline, Step, Stream

SAMPLE_KEYS = 5

RunStatus = Literal["starting", "running", "waiting"]
# "empty": the first crawl of a run without uploads found no data for a table.
Outcome = Literal["succeeded", "failed", "empty"]
StreamStatus = Literal["stopped", "starting", "running", "waiting", "stopping", "given up"]


@dataclass(frozen=True, slots=True)
class Uploads:
    """A summary of uploads: their count, the span of their times, the first few keys."""

    count: int = 0
    oldest: float | None = None
    newest: float | None = None
    keys: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    def plus(self, other: "Uploads") -> "Uploads":
        """The sum of both; this one's sample keys come first."""
        if not self or not other:
            return self or other
        keys = tuple(dict.fromkeys(self.keys + other.keys))[:SAMPLE_KEYS]
        oldest = min(time for time in (self.oldest, other.oldest) if time is not None)
        newest = max(time for time in (self.newest, other.newest) if time is not None)
        return Uploads(self.count + other.count, oldest, newest, keys)


NONE = Uploads()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one check ended. `failure` is empty if it passed, else the incident kind."""

    check: int
    query_id: str
    failure: str = ""
    cause: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed: the incident kind, AWS's own words, and for a check its first offending rows.

    `changes` has a line for each changed column, if a changed schema is the reason.
    """

    kind: str
    cause: str
    step: str
    check: str = ""
    query_id: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    job_run_id: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepAttempt:
    """One ended attempt of one step, as kept in the history."""

    step: str
    attempt: int
    started_at: float
    ended_at: float
    outcome: Outcome
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """The run in flight: one pass through the steps of the definition that was pinned at its start."""

    id: str
    started_at: float
    uploads: Uploads
    definition: Pipeline
    step: int = 0
    attempt: int = 1
    attempt_started_at: float = 0.0
    try_number: int = 1
    try_started_at: float = 0.0
    status: RunStatus = "starting"
    queries: dict[int, str] = field(default_factory=dict)
    job_run_id: str = ""
    verdicts: tuple[Verdict, ...] = ()
    log: tuple[StepAttempt, ...] = ()

    @property
    def current(self) -> Step:
        """The step that is starting or running."""
        return self.definition.steps[self.step]


@dataclass(frozen=True, slots=True)
class StreamState:
    """A pipeline's streaming job: whether it is wanted, and its latest start.

    `definition` is the one used for this start. A start keeps its `number` and `started_at`, the time of its first try,
    through all tries; with `try_number` 0 no try has been made, and the first is due at `next_try_at`. The status is
    that since `since`; the run was first observed RUNNING at `running_since`; `asked_at` is the time of the latest
    request. Until `successor_until`, Glue may still restart the last run by itself.
    """

    definition: Stream
    wanted: bool = True
    status: StreamStatus = "stopped"
    since: float = 0.0
    asked_at: float = 0.0
    number: int = 1
    started_at: float = 0.0
    try_number: int = 1
    try_started_at: float = 0.0
    next_try_at: float = 0.0
    job_run_id: str = ""
    running_since: float = 0.0
    successor_until: float = 0.0
    restarts: int = 0

    @property
    def label(self) -> str:
        """The --RUN_ID of this start's job run: safe in an S3 key and as a partition value, like that of a job step."""
        stamp = datetime.fromtimestamp(self.started_at, timezone.utc).strftime("%Y%m%dT%H%M%S.%f")[:-3]
        return f"stream-{stamp}Z-{self.number}"


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event for Landfall's own bus, its detail as JSON text; `id` is the same for every delivery."""

    id: str
    type: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's item in the history, written with the transition that starts or ends the run."""

    pipeline: str
    id: str
    started_at: float
    uploads: Uploads
    ended_at: float | None = None
    outcome: Outcome | None = None
    failure: Failure | None = None
    log: tuple[StepAttempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """A problem of one pipeline and one kind: it opens once, counts repeats, and is resolved once.

    `id` never changes. Severity, owner, runbook and bucket are those at its opening; the other fields describe the
    latest repeat. `announced_at` is when it was last announced (0.0: never); `acknowledged_at` is 0.0 until a user
    acknowledges it. The rule that resolves it sets `resolved_at`, and the same write removes it from the state.
    """

    id: str
    kind: str
    opened_at: float
    last_at: float
    count: int = 1
    severity: str = "error"
    owner: str = ""
    runbook: str = ""
    bucket: str = ""
    cause: str = ""
    run_id: str = ""
    step: str = ""
    check: str = ""
    query_id: str = ""
    job_run_id: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    changes: tuple[str, ...] = ()
    uploads: Uploads = NONE
    attempts: int = 0
    announced_at: float = 0.0
    reminders: int = 0
    acknowledged_at: float = 0.0
    acknowledged_by: str = ""
    resolved_at: float = 0.0
    resolved_by: str = ""


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """A resolved incident's item in the history, written with the transition that resolves it."""

    pipeline: str
    incident: Incident


Record = RunRecord | IncidentRecord


@dataclass(frozen=True, slots=True)
class State:
    """One pipeline's state; `version` 0 means that none has been written yet.

    `pending_since` is when the first of `pending` was counted, or when the last pause ended; `first_seen_at` is 0.0
    until a valid definition is read. `columns` has the columns of each crawled table by "database.table", in the format
    of model.table_columns; `columns_halted` those that a halted run found and no user has acknowledged.
    `last_run_was_empty`: the latest run ended with the outcome "empty". `stream` is None until a streaming job is
    requested; `signals` has the time of the latest alarm or DMS event of each incident kind.
    """

    pipeline: str
    version: int = 0
    pending: Uploads = NONE
    unprocessed: Uploads = NONE
    requested: bool = False
    paused: bool = False
    paused_at: float = 0.0
    paused_reason: str = ""
    resumed_at: float = 0.0
    first_seen_at: float = 0.0
    last_upload_at: float = 0.0
    last_ready_at: float = 0.0
    pending_since: float = 0.0
    covered_until: float = 0.0
    last_handled_crawl_start: float = 0.0
    last_run_started_at: float = 0.0
    last_run_was_empty: bool = False
    outbox: tuple[Announcement, ...] = ()
    incidents: tuple[Incident, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    columns_halted: dict[str, str] = field(default_factory=dict)
    run: Run | None = None
    stream: StreamState | None = None
    signals: dict[str, float] = field(default_factory=dict)

    def drop_announcements(self, ids: frozenset[str]) -> "State":
        """The same state without these announcements, which the bus has accepted."""
        return replace(self, outbox=tuple(item for item in self.outbox if item.id not in ids))
