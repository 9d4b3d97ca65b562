"""What must hold at every write, start and announcement, by what truly happened and not by what the rules believe."""

from typing import TYPE_CHECKING, Any

from landfall.adapters.athena import parse_comment
from landfall.model.observations import QueryOf
from verification.simulation import truth
from verification.simulation.athena import Query
from verification.simulation.costs import Costs
from verification.simulation.glue import Crawl
from verification.simulation.incidents import Incidents
from verification.simulation.jobs import JobRun, label_of
from verification.simulation.scheduler import Task, current
from verification.simulation.sweeps import Sweeps
from verification.simulation.truth import Ending, Run, View

if TYPE_CHECKING:
    from verification.simulation.world import World

# Our clocks and Glue's are up to 2 s apart, and the rules allow 3 s for it.
_CLOCKS = 5.0
_JOB_FAILURES = {
    "job failed": "FAILED",
    "job timed out": "TIMEOUT",
    "job stopped": "STOPPED",
    "job error": "ERROR",
    "job expired": "EXPIRED",
}


class Oracle:
    """Follows every pipeline; the first broken promise is kept in `world.broken`."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.views: dict[str, View] = {}
        self.runs: dict[str, Run] = {}
        self.newest: dict[str, Run] = {}
        self.definitions: dict[str, str] = {}
        self.costs = Costs(self)
        self.sweeps = Sweeps(self)
        self.incidents = Incidents(self)
        self.variants: dict[str, set[str]] = {}
        self._committed: set[str] = set()  # announcements that a write holds or held
        self._refusals: list[float] = []
        self._seen_queries: dict[QueryOf, str] = {}

    def broken(self, promise: str, text: str) -> None:
        """Keep it and end the schedule."""
        self.world.break_off(promise, text)

    def view(self, pipeline: str) -> View:
        return self.views.get(pipeline) or View(pipeline)

    # Writes

    def written(self, items: list[tuple[dict[str, Any] | None, dict[str, Any]]]) -> None:
        """One write has taken effect: pairs of an item before and after."""
        (_, state), *history = items
        name = state["pk"]["S"].removeprefix("pipeline#")
        old, new = self.view(name), truth.view(name, state)
        self.world.say(self.world.actor(), "wrote", name, new)
        self.views[name] = new
        self._committed.update(new.outbox)
        if new.version != old.version + 1:
            self.broken("P2", f"{name} went from version {old.version} to {new.version}")
        if new.covered_until < old.covered_until:
            self.broken("P1", f"covered_until of {name} went back by {old.covered_until - new.covered_until:.3f} s")
        self.costs.written(old, new)
        self.sweeps.written(new)
        items_of_runs = [item for _, item in history if item["sk"]["S"].startswith("run#")]
        resolved = [item["sk"]["S"].removeprefix("incident#") for _, item in history if item not in items_of_runs]
        endings = [truth.ending(item) for item in items_of_runs]
        self._follow(old, new, endings)
        self.incidents.written(old, new, endings, resolved)

    def _follow(self, old: View, new: View, records: list[Ending]) -> None:
        flying = old.run
        for record in records:
            if not record.outcome:
                if flying:
                    self.broken("P2", f"run {record.run} began while {flying} was in flight")
                flying = record.run
                self._begins(record, new)
            else:
                if record.run not in self.runs:  # adopted and at its end in one write
                    self._begins(record, new)
                    flying = flying or record.run
                if flying != record.run:
                    self.broken("P2", f"run {record.run} ended while {flying or 'no run'} was in flight")
                flying = ""
                self._ends(record, old if old.run == record.run else new)
        if flying != new.run:
            self.broken(
                "P2", f"{new.pipeline} has {new.run or 'no run'} in flight; its history says {flying or 'none'}"
            )
        if old.run and old.run == new.run and (old.step, old.attempt) != (new.step, new.attempt):
            self._moved_on(old, new)

    def _begins(self, record: Ending, new: View) -> None:
        now = self.world.scheduler.now
        adopted = new.run != record.run or new.step > 0 or new.attempt > 1
        definition = new.definition if new.run == record.run else current().environment.definitions[record.pipeline]
        run = Run(record.run, record.pipeline, now, record.stamp, definition, adopted, now)
        if new.paused:
            self.broken("P3", f"run {record.run} began although {record.pipeline} is paused")
        if adopted:
            run.first_step_ended = now if new.run != record.run or new.step > 0 else None
            self._crawl_was(run, 0, since=record.stamp - _CLOCKS)
            self.world.count("adopted")
        else:
            self.costs.run_began(run)
        self.runs[record.run] = self.newest[record.pipeline] = run
        self.world.count("runs")

    def _ends(self, record: Ending, last: View) -> None:
        run = self.runs[record.run]
        if run.outcome:
            self.broken("P5", f"run {run.id} ended as {run.outcome} and again as {record.outcome}")
        run.ended, run.outcome = self.world.scheduler.now, record.outcome
        self.world.count(record.outcome)
        if record.outcome == "failed":
            self._failure_is_true(run, last, record.kind)
            return
        if record.outcome == "empty":
            self.incidents.nothing_was_there(run, record)
            if last.run == run.id:
                self._success_is_true(run, last)
            return
        if last.run == run.id:
            self._success_is_true(run, last)
        if last.run == run.id and last.step + 1 != len(truth.steps(run.definition)):
            self.broken("P1", f"run {run.id} is ready after step {last.step}, which is not its last")
        if run.first_step_ended is None:
            run.first_step_ended = run.ended
        self._covers(run)

    def _moved_on(self, old: View, new: View) -> None:
        run = self.runs[old.run]
        if new.step > old.step:
            self._success_is_true(run, old)
            if old.step == 0:
                run.first_step_ended = self.world.scheduler.now
        run.attempt_began = self.world.scheduler.now

    # Endings

    def _success_is_true(self, run: Run, last: View) -> None:
        if "crawl" in last.current:
            self._crawl_was(run, last.step, run.attempt_began - _CLOCKS)
            return
        if "job" in last.current:
            if not self.world.jobs.succeeded(label_of(last.run, last.step, last.attempt)):
                self.broken("P1", f"run {run.id} took step {last.step} for done; its own job run has not succeeded")
            return
        for check in range(len(last.current["checks"])):
            query = self.query(run, last, check)
            if query is None or query.state != "SUCCEEDED" or not query.holds:
                self.broken("P1", f"run {run.id} passed check {check} of step {last.step}, which does not hold")

    def _crawl_was(self, run: Run, step: int, since: float) -> None:
        name = truth.steps(run.definition)[step]["crawl"]
        ended = [crawl for crawl in self._crawls(name, since) if crawl.outcome == "SUCCEEDED"]
        if not ended:
            self.broken("P1", f"run {run.id} took step {step} for done; no crawl of {name} since has succeeded")
            return
        # Which one it was cannot be told, since others may have ended after the look; but there must be one left.
        unused = next((crawl for crawl in ended if not crawl.used_by), None)
        if unused is None:
            used = ended[-1]
            self.broken("P3", f"run {run.id} rests on crawl {used.number}, which has ended a step of {used.used_by}")
        else:
            unused.used_by = run.id

    def _failure_is_true(self, run: Run, last: View, kind: str) -> None:
        crawl = {"crawl failed": "FAILED", "crawl stopped": "CANCELLED"}.get(kind)
        job = _JOB_FAILURES.get(kind)
        if kind in ("no table", "table deprecated", "schema changed"):
            true = self.incidents.table_is_wrong(run, kind)
        elif kind in ("access denied", "refused"):
            true = any(time >= run.attempt_began - 60 for time in self._refusals)
        elif crawl:
            ended = self._crawls(last.current["crawl"], run.attempt_began - _CLOCKS)
            true = any(found.outcome == crawl for found in ended)
        elif job:
            true = job in self._job_states(last)
        else:
            checks = range(len(last.current["checks"]))
            queries = [self.query(run, last, check) for check in checks]
            failed = [query for query in queries if query is not None and query.state not in ("QUEUED", "RUNNING")]
            true = any(
                (query.state != "SUCCEEDED") == (kind == "query failed") and self._bad(query) for query in failed
            )
        if not true:
            self.broken("P5", f"run {run.id} failed ({kind}) without a cause")

    @staticmethod
    def _bad(query: Query) -> bool:
        return query.state != "SUCCEEDED" or not query.holds

    def _crawls(self, name: str, since: float) -> list[Crawl]:
        """The crawls of this crawler that began then or later, and have ended."""
        return [
            crawl
            for crawl in self.world.glue.crawls
            if crawl.crawler == name and crawl.ready_at is not None and crawl.began >= since
        ]

    def query(self, run: Run, last: View, check: int) -> Query | None:
        """The query of this check of the run's attempt."""
        wanted = QueryOf(run.pipeline, run.id, last.step, last.attempt, check)
        return next(
            (query for query in self.world.athena.queries.values() if parse_comment(query.text) == wanted), None
        )

    def job_run(self, last: View) -> JobRun | None:
        """The job run of this attempt."""
        return self.world.jobs.labelled(label_of(last.run, last.step, last.attempt))

    def _job_states(self, last: View) -> set[str]:
        """The states of our job runs of this attempt, also of those that were deleted with their job since."""
        label = label_of(last.run, last.step, last.attempt)
        made = (run for job in self.world.jobs.jobs.values() for run in job.runs)
        return {run.state for run in made if run.by == "us" and run.label == label}

    def _covers(self, run: Run) -> None:
        """Whatever is older than a ready run's start must have been listed by a crawl that succeeded."""
        for upload in self.world.uploads:
            if upload.pipeline == run.pipeline and upload.created < run.stamp - 2 and not self.covered_by(run, upload):
                self.broken("P1", f"run {run.id} says it covers {upload.key}, which no crawl has listed")

    def covered_by(self, run: Run, upload: Any) -> bool:
        """Whether a ready run's table has this object: a crawl that began after it had succeeded by then."""
        if run.outcome != "succeeded" or run.pipeline != upload.pipeline or run.first_step_ended is None:
            return False
        name, until = truth.steps(run.definition)[0]["crawl"], run.first_step_ended
        return any(
            crawl.outcome == "SUCCEEDED" and crawl.ready_at is not None and crawl.ready_at <= until
            for crawl in self._crawls(name, upload.created)
        )

    # Calls and announcements

    def crawl_began(self, crawl: Crawl) -> None:
        if crawl.by == "us":
            self.world.count("crawls")
            self.costs.crawl_began(crawl)

    def job_began(self, run: JobRun) -> None:
        if run.by != "us":
            return
        self.world.count("job runs")
        same = [other.id for other in self.world.jobs.runs if other.by == "us" and other.label == run.label]
        if len(same) > 1:
            self.broken("P2", f"{' and '.join(same)} of {run.job} are both for {run.label}")
        self.costs.job_began(run)

    def token_reused(self, text: str) -> None:
        self.broken("P2", f"a token was used for two different queries; the second: {text.splitlines()[0]}")

    def refused(self) -> None:
        self._refusals.append(self.world.scheduler.now)

    def refused_lately(self) -> bool:
        """Whether AWS has refused something within the life of an invocation."""
        return bool(self._refusals) and self._refusals[-1] >= self.world.scheduler.now - 130

    def announced(self, kind: str, detail: dict[str, Any]) -> None:
        identity, run = detail["id"], self.runs.get(detail["run"])
        self.world.say("bus", "delivers", kind, identity)
        if kind.startswith("Incident"):
            self.incidents.announced(identity, committed=identity in self._committed)
            return
        if identity not in self._committed or run is None:
            self.broken("P5", f"{identity} was announced before it was written")
            return
        run.announced.setdefault(kind, set()).add(identity)

    # Faults and invocations

    def disturbed(self) -> None:
        """Something was made to go wrong."""
        self.costs.disturbed()
        self.sweeps.disturbed()

    def invocation_began(self, task: Task) -> None:
        self.world.count("invocations")
        self.sweeps.began(task)

    def invocation_ended(self, task: Task, error: BaseException | None) -> None:
        self.sweeps.ended(task, error)
