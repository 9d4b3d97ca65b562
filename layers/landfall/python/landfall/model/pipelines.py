"""Pipelines: the definition of one dataset each, and the lookup of the pipeline of an upload, a crawler or a job."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from landfall.model.events import Upload


@dataclass(frozen=True, slots=True)
class CrawlStep:
    """Run a Glue crawler; `database` and `table` name the table that it has to create in the catalog."""

    crawler: str
    database: str
    table: str

    @property
    def name(self) -> str:
        """The step's name in history, alerts and announcements."""
        return f"crawl {self.crawler}"


@dataclass(frozen=True, slots=True)
class JobStep:
    """Run a Glue job; `arguments` are those of the definition, to which each start adds those of its run."""

    job: str
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The step's name in history, alerts and announcements."""
        return f"job {self.job}"


@dataclass(frozen=True, slots=True)
class Check:
    """An Athena query that must return rows, or, as in dbt, the offending rows: none if all is well."""

    name: str
    sql: str
    expect: Literal["rows", "no rows"]


@dataclass(frozen=True, slots=True)
class ChecksStep:
    """Athena queries that must all pass before the next step may start."""

    checks: tuple[Check, ...]

    @property
    def name(self) -> str:
        """The step's name in history, alerts and announcements."""
        return "checks"


Step = CrawlStep | JobStep | ChecksStep


@dataclass(frozen=True, slots=True)
class Stream:
    """A Glue streaming job that writes the pipeline's uploads, and the DMS replication that feeds it, if any.

    A job that ends is restarted: at once, then after `restart_minutes`, then after twice as long each time, up to
    `max_restarts` times in a row. It counts as healthy after running for `healthy_minutes`.
    """

    job: str
    replication: str = ""
    max_restarts: int = 5
    restart_minutes: int = 5
    healthy_minutes: int = 10


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One valid definition. `document` is its JSON text, which a run pins when it starts."""

    name: str
    bucket: str
    prefix: str
    steps: tuple[Step, ...]
    document: str = field(repr=False, compare=False)
    suffixes: tuple[str, ...] = ()
    query_role: str | None = None
    severity: str = "error"
    owner: str = ""
    runbook: str = ""
    fresh_within_minutes: int | None = None
    max_attempts: int = 1
    min_minutes_between_runs: int = 10
    crawl_timeout_minutes: int = 60
    on_schema_change: str = "alert"
    deletions: bool = False
    stream: Stream | None = None

    @property
    def crawlers(self) -> tuple[str, ...]:
        """The crawlers of its steps, in order."""
        return tuple(step.crawler for step in self.steps if isinstance(step, CrawlStep))

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs of its steps, in order, then that of its stream."""
        of_steps = tuple(step.job for step in self.steps if isinstance(step, JobStep))
        return (*of_steps, self.stream.job) if self.stream else of_steps

    @property
    def first_crawl(self) -> CrawlStep:
        """The first step, which is always a crawl; a crawl started outside Landfall can replace it."""
        step = self.steps[0]
        assert isinstance(step, CrawlStep)  # noqa: S101  # the definition's parser admits no other first step
        return step

    def crawl_before(self, step: int) -> CrawlStep:
        """The last crawl before a step: a job reads its table."""
        return next((found for found in reversed(self.steps[:step]) if isinstance(found, CrawlStep)), self.first_crawl)

    def accepts(self, upload: Upload) -> bool:
        """Whether an object under the pipeline's prefix is data: not a folder marker, and with one of its suffixes."""
        if upload.is_folder_marker or (upload.deleted and not self.deletions):
            return False
        return not self.suffixes or upload.key.endswith(self.suffixes)


class PipelineIndex:
    """All valid pipelines, indexed by the fields of events."""

    def __init__(self, pipelines: Iterable[Pipeline]) -> None:
        self.by_name: dict[str, Pipeline] = {}
        self.by_crawler: dict[str, Pipeline] = {}
        self.by_job: dict[str, Pipeline] = {}
        self.by_replication: dict[str, tuple[Pipeline, ...]] = {}
        self._by_prefix: dict[str, dict[str, Pipeline]] = {}
        for pipeline in pipelines:
            self.by_name[pipeline.name] = pipeline
            self.by_crawler.update(dict.fromkeys(pipeline.crawlers, pipeline))
            self.by_job.update(dict.fromkeys(pipeline.jobs, pipeline))
            if pipeline.stream and pipeline.stream.replication:
                known = self.by_replication.get(pipeline.stream.replication, ())
                self.by_replication[pipeline.stream.replication] = (*known, pipeline)
            self._by_prefix.setdefault(pipeline.bucket, {})[pipeline.prefix] = pipeline

    def find_covering(self, bucket: str, key: str) -> Pipeline | None:
        """The pipeline with the longest prefix of this key. Prefixes end in a slash, so few have to be tried."""
        prefixes = self._by_prefix.get(bucket)
        if not prefixes:
            return None
        end = key.rfind("/")
        while end >= 0:
            found = prefixes.get(key[: end + 1])
            if found is not None:
                return found
            end = key.rfind("/", 0, end)
        return None


@dataclass(frozen=True, slots=True)
class Registration:
    """One parameter's claim to its pipeline's resources; of two claims, the one with the later `changed_at` loses."""

    parameter: str
    pipeline: Pipeline
    changed_at: float


def find_conflicts(claims: Iterable[Registration]) -> Mapping[str, tuple[str, ...]]:
    """Find the parameters that share a resource with one changed earlier: the later one is refused.

    Two pipelines must not share a crawler (each would take the other's crawls for its own), a job or a prefix.
    """
    owners: dict[tuple[str, str], str] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for claim in sorted(claims, key=lambda claim: (claim.changed_at, claim.parameter)):
        wanted = [("the crawler", crawler) for crawler in claim.pipeline.crawlers]
        wanted += [("the job", job) for job in claim.pipeline.jobs]
        wanted.append(("the prefix", f"s3://{claim.pipeline.bucket}/{claim.pipeline.prefix}"))
        taken = tuple(
            f"{what} {name} belongs to {owners[what, name]} already; a pipeline needs its own"
            for what, name in wanted
            if (what, name) in owners
        )
        if taken:
            problems[claim.parameter] = taken
        else:
            owners.update(dict.fromkeys(wanted, claim.parameter))
    return problems
