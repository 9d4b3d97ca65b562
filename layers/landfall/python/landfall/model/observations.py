"""What AWS did or answered, as values that the rules decide on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What came of trying to start a step.


@dataclass(frozen=True, slots=True)
class Started:
    """It runs. For checks, the query id of each check by its index; for a job, its job run id."""

    queries: dict[int, str] = field(default_factory=dict)
    job_run_id: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else's run is in the way, or AWS throttles."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An error that does not tell whether the call took effect."""

    cause: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What should be started does not exist or may not be used; trying again changes nothing."""

    kind: str
    cause: str


Attempted = Started | Busy | Unknown | Refused


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The job run that is being stopped; an empty id: none was under way."""

    job_run_id: str


StopAttempted = StopAsked | Busy | Unknown | Refused


# What AWS answers when asked.


@dataclass(frozen=True, slots=True)
class TableStatus:
    """GetTable's answer: names and types of the columns and of the partition keys; no columns where no table is."""

    columns: tuple[tuple[str, str], ...] = ()
    partition_keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """GetCrawler's answer. `state` is READY, RUNNING or STOPPING; the rest tells of its last crawl, if any.

    `table` is what GetTable says of the table that the crawl must leave: asked only where the crawl ends a step well,
    and the pipeline has a role to ask by; else None.
    """

    crawler: str
    state: str
    last_status: str = ""
    last_started_at: float = 0.0
    last_error: str = ""
    table: TableStatus | Busy | Refused | None = None


def job_label(run_id: str, step: int, attempt: int) -> str:
    """What a job gets as --RUN_ID, and its run is found by.

    Letters, digits, points and hyphens only: safe in an S3 key and as the value of a partition.
    """
    return f"{run_id}-{step}-{attempt}"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """GetJobRun's answer. `label` is the run's --RUN_ID, empty or anything at all in a stranger's.

    `ended_at` is 0.0 where Glue does not say.
    """

    job: str
    job_run_id: str
    label: str
    state: str
    cause: str = ""
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class QueryOf:
    """Which check a query belongs to, from the comment that leads it."""

    pipeline: str
    run_id: str
    step: int
    attempt: int
    check: int


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """A query's end: its status, Athena's reason, and the first rows of its result (without the header)."""

    query_id: str
    status: str
    cause: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Observations:
    """What AWS answered the watchdog about one pipeline, after its state was read; empty where AWS did not say.

    `queries` has the checks of the run in flight whose queries have ended, by their index, `job` is its job run.
    `stream` is the streaming job's run, if it has one. `problem` says why the pipeline's definition is invalid.
    """

    crawl: CrawlStatus | Refused | None = None
    queries: Mapping[int, QueryStatus] = field(default_factory=dict)
    job: JobStatus | Refused | None = None
    stream: JobStatus | Refused | None = None
    problem: str = ""
