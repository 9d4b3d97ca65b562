"""What AWS is asked about a pipeline: each question once, for the handlers of events and for the watchdog.

Whoever asks has read the state first: what is written then rests on both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from landfall.adapters.athena import Athena
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
)
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import checks, crawls, jobs, streams, sweep
from landfall.rules.transition import Timing


@dataclass(frozen=True, slots=True)
class Answers:
    """What the services' batch calls answered about many pipelines at once; empty where they did not answer."""

    crawls: dict[str, CrawlStatus | Refused]
    queries: dict[str, QueryStatus]


@dataclass(frozen=True, slots=True)
class Observer:
    """Asks Glue and Athena."""

    glue: Glue
    jobs: GlueJobs
    athena: Athena
    timing: Timing

    def crawl(self, state: State, crawler: str, pipeline: Pipeline | None) -> CrawlStatus | Refused | Busy:
        """How the crawler is, with the table that its crawl left where that ends a step well."""
        status = self.glue.get_crawler_status(crawler)
        return self._with_table(state, status, pipeline) if isinstance(status, CrawlStatus) else status

    def job_run(self, state: State, change: JobChange) -> JobStatus | Refused | None:
        """How the job run ended; None where neither the run in flight nor the stream waits for this job.

        Raises ThrottledError when Glue does not answer now.
        """
        if not jobs.concerns(state, change.job) and not streams.concerns(state, change.job):
            return None
        status = self.jobs.get_run_status(change.job, change.job_run_id)
        if isinstance(status, Busy):
            raise ThrottledError(f"Glue does not say now how {change.job_run_id} of the job {change.job} ended")
        return status

    def query(self, state: State, query: QueryOf, ended: QueryStatus) -> QueryStatus | None:
        """The check's query with its first rows; None where the run in flight does not wait for it."""
        return self._with_rows(state, ended) if checks.awaits(state, query) else None

    def many(self, believed: Iterable[tuple[Pipeline | None, State]]) -> Answers:
        """What can be asked about many pipelines at once: their crawlers, and their checks' queries."""
        known = list(believed)
        crawlers = {sweep.find_crawler(state, pipeline) for pipeline, state in known} - {""}
        queries = [query for _, state in known for query in sweep.find_open_queries(state).values()]
        return Answers(self.glue.get_crawler_statuses(crawlers), self.athena.find_ended(queries))

    def one(self, state: State, pipeline: Pipeline | None, answers: Answers, problem: str) -> Observations:
        """All of one pipeline for the watchdog: of the answers what concerns it, and what is asked one at a time."""
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
        return replace(status, table=self.glue.get_table_status(*left)) if left else status

    def _with_rows(self, state: State, ended: QueryStatus) -> QueryStatus:
        if state.run is None or ended.status != "SUCCEEDED":
            return ended
        return replace(ended, rows=self.athena.first_rows(state.run.definition, ended.query_id))

    def _run_of(self, found: tuple[str, str] | None) -> JobStatus | Refused | None:
        """How this run of a job is. Nothing while AWS throttles: the next sweep asks again."""
        status = self.jobs.get_run_status(*found) if found else None
        return None if isinstance(status, Busy) else status
