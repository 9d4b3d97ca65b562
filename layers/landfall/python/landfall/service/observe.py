"""Query AWS about a pipeline: each query is written once, for the event handlers and the watchdog.

Callers read the state before they query AWS, and write it on the condition that it has not changed since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from landfall.adapters.athena import Athena
from landfall.adapters.data_files import DataFiles
from landfall.adapters.glue import Glue
from landfall.adapters.glue_jobs import GlueJobs
from landfall.model.errors import ThrottledError
from landfall.model.events import JobChange
from landfall.model.observations import (
    Busy,
    CrawlStatus,
    JobStatus,
    Observations,
    QueryOf,
    QueryStatus,
    Refused,
    TableStatus,
    UnquotedCsv,
)
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import checks, crawls, jobs, streams, sweep
from landfall.rules.transition import Timing


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of batch calls about many pipelines at once; empty where there is none."""

    crawls: dict[str, CrawlStatus | Refused]
    queries: dict[str, QueryStatus]


@dataclass(frozen=True, slots=True)
class Observer:
    """Queries Glue, Athena and, for CSV that may be split, S3."""

    glue: Glue
    jobs: GlueJobs
    athena: Athena
    files: DataFiles
    timing: Timing

    def crawl(self, state: State, crawler: str, pipeline: Pipeline | None) -> CrawlStatus | Refused | Busy:
        """The status of the crawler, with its table if the crawl completes a step."""
        status = self.glue.get_crawler_status(crawler)
        return self._with_table(state, status, pipeline) if isinstance(status, CrawlStatus) else status

    def job_run(self, state: State, change: JobChange) -> JobStatus | Refused | None:
        """The status of the job run; None if neither the run in flight nor the stream waits for this job.

        Raises ThrottledError when Glue throttles the call.
        """
        if not jobs.concerns(state, change.job) and not streams.concerns(state, change.job):
            return None
        status = self.jobs.get_run_status(change.job, change.job_run_id)
        if isinstance(status, Busy):
            raise ThrottledError(f"Glue does not say now how {change.job_run_id} of the job {change.job} ended")
        return status

    def query(self, state: State, query: QueryOf, ended: QueryStatus) -> QueryStatus | None:
        """The check's query with its first rows; None if the run in flight does not wait for it."""
        return self._with_rows(state, ended) if checks.awaits(state, query) else None

    def many(self, believed: Iterable[tuple[Pipeline | None, State]]) -> Answers:
        """Query what can be queried for many pipelines at once: their crawlers, and the queries of their checks."""
        known = list(believed)
        crawlers = {sweep.find_crawler(state, pipeline) for pipeline, state in known} - {""}
        queries = [query for _, state in known for query in sweep.find_open_queries(state).values()]
        return Answers(self.glue.get_crawler_statuses(crawlers), self.athena.find_ended(queries))

    def one(self, state: State, pipeline: Pipeline | None, answers: Answers, problem: str) -> Observations:
        """All observations of one pipeline for the watchdog: its part of the answers, and its own queries."""
        crawl = answers.crawls.get(sweep.find_crawler(state, pipeline))
        if isinstance(crawl, CrawlStatus):
            crawl = self._with_table(state, crawl, pipeline)
        queries = {
            check: self._with_rows(state, answers.queries[query])
            for check, query in (state.run.queries if state.run else {}).items()
            if query in answers.queries
        }
        job, stream = (self._run_of(found) for found in (sweep.find_job_run(state), sweep.find_stream_run(state)))
        return Observations(crawl, queries, job, stream, problem)

    def _with_table(self, state: State, status: CrawlStatus, pipeline: Pipeline | None) -> CrawlStatus:
        left = crawls.find_table_to_check(state, status, pipeline, self.timing)
        if left is None:
            return status
        table = self.glue.get_table_status(*left)
        if isinstance(table, TableStatus) and table.unquoted:
            table = replace(table, unquoted=self._with_head(state, left[0], table.unquoted))
        return replace(status, table=table)

    def _with_head(self, state: State, pipeline: Pipeline, table: UnquotedCsv) -> UnquotedCsv:
        """The head of a file that the run has taken over, where it is at the table's location, else of the newest."""
        keys = state.run.uploads.keys if state.run else ()
        return replace(table, head=self.files.read_head(pipeline.query_role or "", table.location, keys))

    def _with_rows(self, state: State, ended: QueryStatus) -> QueryStatus:
        if state.run is None or ended.status != "SUCCEEDED":
            return ended
        rows = self.athena.first_rows(state.run.definition, ended.query_id, ended.statement_type)
        return replace(ended, rows=rows)

    def _run_of(self, found: tuple[str, str] | None) -> JobStatus | Refused | None:
        """The status of this job run; None while AWS throttles: the next sweep queries it again."""
        status = self.jobs.get_run_status(*found) if found else None
        return None if isinstance(status, Busy) else status
