"""P4 along the way: a sweep that nothing disturbs moves whatever stands still."""

from typing import TYPE_CHECKING

from verification.simulation.scheduler import Task
from verification.simulation.truth import View

if TYPE_CHECKING:
    from verification.simulation.oracle import Oracle

_LEASE = 70 + 2.0  # by clocks that are 2 s apart
_JUST_NOW = 3.0  # what ended so lately may still be shown as it was
_INDEX_LAG = 2.0  # the states' index may miss for so long what is new; it tells of pipelines without a definition


class Sweeps:
    """Compares every pipeline at the begin and at the end of a sweep."""

    def __init__(self, oracle: "Oracle") -> None:
        self._oracle = oracle
        self._since: dict[str, tuple[View, float]] = {}
        self._made: dict[str, float] = {}
        self._disturbances = 0
        self.rested_at = 0.0  # the end of the newest sweep that found the world at rest

    def disturbed(self) -> None:
        self._disturbances += 1

    def began(self, task: Task) -> None:
        if task.name.startswith("watchdog"):
            task.marks["owed"] = [name for name in self._oracle.views if self._is_owed(name)]
            task.marks["views"] = dict(self._oracle.views)
            task.marks["began"] = self._oracle.world.scheduler.now
            task.marks["disturbances"] = self._disturbances

    def ended(self, task: Task, error: BaseException | None) -> None:
        if "owed" not in task.marks or error is not None or task.marks["disturbances"] != self._disturbances:
            return
        for name in task.marks["owed"]:
            before, now = task.marks["views"][name], self._oracle.view(name)
            stands = _place(before) == _place(now) and before.outbox == now.outbox
            if stands and self._is_owed(name) and not self._crawler_moved(now, task.marks["began"]):
                self._oracle.broken("P4", f"{task.name} left {name} standing at {now}")
        self._oracle.incidents.swept(task.marks["views"], task.marks["began"])
        self._oracle.world.swept(task.marks["views"])
        if self._oracle.world.sweeps_at_rest:
            self.rested_at = self._oracle.world.scheduler.now

    def written(self, view: View) -> None:
        self._made.setdefault(view.pipeline, self._oracle.world.scheduler.now)
        before = self._since.get(view.pipeline)
        if before is None or _place(before[0]) != _place(view):
            self._since[view.pipeline] = (view, self._oracle.world.scheduler.now)

    def _is_owed(self, name: str) -> bool:
        """Whether nothing but a sweep would move this pipeline now."""
        view, world = self._oracle.view(name), self._oracle.world
        now = world.scheduler.now
        if not world.is_defined(name) and now < self._made.get(name, now) + _INDEX_LAG:
            return False
        if view.outbox:
            return True
        if not view.run and not world.is_defined(name):
            return False
        if not view.run:
            rested = now > view.last_run_started_at + world.rest_of(name) + 2
            return bool(view.requested or (view.pending and rested)) and not view.paused
        if view.status == "starting":
            return now > self._stands_since(name) + _LEASE
        if "crawl" in view.current:
            return self._crawler_is_idle(view, now)
        if view.status == "waiting":
            return True
        if "job" in view.current:
            return self._job_run_is_over(view, now)
        queries = [self._oracle.query(self._oracle.runs[view.run], view, n) for n in range(len(view.current["checks"]))]
        return all(query is None or 0 < query.changed_at < now - _JUST_NOW for query in queries)

    def _stands_since(self, name: str) -> float:
        return self._since[name][1]

    def _job_run_is_over(self, view: View, now: float) -> bool:
        world = self._oracle.world
        if world.jobs.jobs[view.current["job"]].away:
            return False
        run = self._oracle.job_run(view)
        if run is None:  # deleted
            return now > self._stands_since(view.pipeline) + _LEASE
        return run.ended_at is not None and now > max(run.ended_at, run.shown_from) + _JUST_NOW

    def _crawler_is_idle(self, view: View, now: float) -> bool:
        crawler = self._oracle.world.glue.crawlers[view.current["crawl"]]
        if crawler.state != "READY" or crawler.away or now < crawler.past[0] + _JUST_NOW:
            return False
        return view.status == "waiting" or now > self._stands_since(view.pipeline) + _LEASE

    def _crawler_moved(self, view: View, began: float) -> bool:
        """Whether the sweep may have seen the crawler otherwise than it was at the sweep's begin and is now."""
        if not view.run or "crawl" not in view.current:
            return False
        return self._oracle.world.glue.crawlers[view.current["crawl"]].past[0] >= began


def _place(view: View) -> tuple[str, int, int, int, str, float]:
    # The newest run's start as well: one that is adopted may end in the write that begins it.
    return view.run, view.step, view.attempt, view.try_number, view.status, view.last_run_started_at
