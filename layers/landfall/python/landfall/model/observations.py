"""What AWS did or answered, as the values on which the rules decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Results of starting a step.


@dataclass(frozen=True, slots=True)
class Started:
    """It has started: for checks, with the query id of each check by its index; for a job, with the job run id."""

    queries: dict[int, str] = field(default_factory=dict)
    job_run_id: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """A run started outside Landfall is in the way, or AWS throttles the call."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An error that leaves open whether the call took effect."""

    cause: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The resource does not exist or may not be used; a retry would not help."""

    kind: str
    cause: str


Attempted = Started | Busy | Unknown | Refused


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The job run that is being stopped; the id is empty if none was under way."""

    job_run_id: str


StopAttempted = StopAsked | Busy | Unknown | Refused


# Answers of AWS.


@dataclass(frozen=True, slots=True)
class TableStatus:
    """GetTable's answer: names and types of the columns and of the partition keys; no columns if there is no table.

    `is_deprecated`: a crawl has marked it so, instead of updating it.
    """

    columns: tuple[tuple[str, str], ...] = ()
    partition_keys: tuple[tuple[str, str], ...] = ()
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """GetCrawler's answer. `state` is READY, RUNNING or STOPPING; the other fields describe its last crawl, if any.

    `table` is GetTable's answer for the table that the crawl has to create. It is queried only if the crawl completes a
    step and the pipeline has a query role; otherwise it is None.
    """

    crawler: str
    state: str
    last_status: str = ""
    last_started_at: float = 0.0
    last_error: str = ""
    table: TableStatus | Busy | Refused | None = None


def job_label(run_id: str, step: int, attempt: int) -> str:
    """The --RUN_ID of a job run, by which the run is found again.

    Letters, digits, points and hyphens only: safe in an S3 key and as a partition value.
    """
    return f"{run_id}-{step}-{attempt}"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """GetJobRun's answer. `label` is its --RUN_ID, which may be empty or anything in a run started outside Landfall.

    `ended_at` is 0.0 if Glue does not give it.
    """

    job: str
    job_run_id: str
    label: str
    state: str
    cause: str = ""
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class QueryOf:
    """The check that a query belongs to, from the comment at its start."""

    pipeline: str
    run_id: str
    step: int
    attempt: int
    check: int


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """How a query ended: its status, Athena's reason, and the first rows of its result (without the header).

    `statement_type` is Athena's: DML, DDL or UTILITY.
    """

    query_id: str
    status: str
    cause: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    statement_type: str = ""


@dataclass(frozen=True, slots=True)
class Observations:
    """AWS's answers to the watchdog about one pipeline, queried after its state was read; empty where there is none.

    `queries` has the ended queries of the checks in flight, by the index of the check; `job` is the job run in flight,
    `stream` that of the streaming job. `problem` says why the pipeline's definition is invalid.
    """

    crawl: CrawlStatus | Refused | None = None
    queries: Mapping[int, QueryStatus] = field(default_factory=dict)
    job: JobStatus | Refused | None = None
    stream: JobStatus | Refused | None = None
    problem: str = ""
