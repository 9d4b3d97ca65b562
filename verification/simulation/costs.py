"""P3 along the way: no run without a reason, no crawl that no run waits for, none twice without an excuse."""

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from verification.simulation.jobs import label_of
from verification.simulation.scheduler import Task, current
from verification.simulation.truth import Run, View
from verification.simulation.workload import Request

if TYPE_CHECKING:
    from verification.simulation.glue import Crawl
    from verification.simulation.jobs import JobRun
    from verification.simulation.oracle import Oracle

# An upload this much older than the start of a run is provably seen by it: S3's whole seconds, clocks, the margin.
_PROVEN = 1 + 2 + 3


class Costs:
    """Counts reasons for runs and starts of crawls, per pipeline."""

    def __init__(self, oracle: "Oracle") -> None:
        self._oracle = oracle
        self._has_reason: dict[str, bool] = {}
        self._disturbances = 0
        self._disturbances_at: dict[str, int] = {}  # when the pipeline's attempt began
        self._starts: dict[tuple[str, int, int], int] = {}

    def written(self, old: View, new: View) -> None:
        """The first write of an invocation that brings uploads is where they arrive: a reason for one run."""
        if new.seen and not old.seen and not (new.requested or new.run):
            self._oracle.broken("P1", f"{new.pipeline} is seen for the first time, and what lay there is not crawled")
        if not old.seen or old.requested:
            self._has_reason[new.pipeline] = True
        if old.where != new.where:
            self._disturbances_at[new.pipeline] = self._disturbances
        task = getcurrent()
        if not isinstance(task, Task):
            return
        task.marks.setdefault("wrote", {})[new.pipeline] = new.where
        if new.pipeline in task.marks.setdefault("arrived", {}):
            return
        task.marks["arrived"][new.pipeline] = True
        if any(self._is_new(upload, old) for upload in task.marks["uploads"]):
            self._has_reason[new.pipeline] = True

    def _is_new(self, upload: Any, old: View) -> bool:
        if upload.pipeline != old.pipeline:
            return False
        if isinstance(upload, Request):
            return True
        if not upload.counts:
            return False
        runs = [run for run in self._oracle.runs.values() if run.pipeline == old.pipeline]
        seeing = [run.stamp for run in runs if run.outcome == "succeeded" or run.id == old.run]
        return all(upload.created >= stamp - _PROVEN for stamp in seeing)

    def run_began(self, run: Run) -> None:
        if not self._has_reason.get(run.pipeline):
            self._oracle.broken("P3", f"run {run.id} began although nothing new had arrived since the one before")
        self._has_reason[run.pipeline] = False

    def crawl_began(self, crawl: "Crawl") -> None:
        """A crawl of ours: for a run that waits for it, and not the second of its attempt."""
        mine = current().marks.get("wrote", {})
        wanted = [view for view in self._oracle.views.values() if _is_wanted(view, crawl)]
        view = next((view for view in wanted if view.where == mine.get(view.pipeline)), None)
        if view is None:
            # A start on its way while others found the crawler refused: its run has failed, the next may have begun.
            if not self._oracle.refused_lately():
                self._oracle.broken("P3", f"crawl {crawl.number} of {crawl.crawler} was started; no run waits for it")
            return
        starts = self._starts.get(view.where, 0)
        if starts > self._disturbances - self._disturbances_at.get(view.pipeline, 0):
            self._oracle.broken("P3", f"crawl {crawl.number} is one too many for {view.where}")
        self._starts[view.where] = starts + 1

    def job_began(self, run: "JobRun") -> None:
        """A job run of ours: for the attempt that waits for it."""
        wanted = [label_of(*view.where) for view in self._oracle.views.values() if view.status == "starting"]
        if run.label not in wanted:
            self._oracle.broken("P3", f"{run.id} of {run.job} was started for {run.label}; no run waits for it")

    def disturbed(self) -> None:
        self._disturbances += 1


def _is_wanted(view: View, crawl: "Crawl") -> bool:
    return view.status == "starting" and view.current.get("crawl") == crawl.crawler
