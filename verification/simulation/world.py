"""One schedule: all models together, the application on top, and the trace of what happened."""

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from greenlet import getcurrent

from verification.simulation.athena import Athena
from verification.simulation.bus import Delivery, EventBus
from verification.simulation.catalog import Catalog
from verification.simulation.fault_injection import FaultInjection
from verification.simulation.faults import Faults
from verification.simulation.functions import Function
from verification.simulation.glue import Glue
from verification.simulation.jobs import GlueJobs
from verification.simulation.oracle import Oracle
from verification.simulation.parameters import Parameters
from verification.simulation.plan import Plan, plan
from verification.simulation.queues import Queue
from verification.simulation.scheduler import START, Scheduler, Task
from verification.simulation.table import Table
from verification.simulation.truth import View, fields
from verification.simulation.workload import Uploaded, Workload

SWEEP_EVERY = 300.0


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that did not hold."""

    promise: str
    text: str


class World:
    """Everything of one seed. `without` leaves out stimuli and faults by their names."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self.seed, self.without = seed, without
        self.trace: list[tuple[float, str, tuple[object, ...]]] = []
        self.broken: Broken | None = None
        self.counts: dict[str, int] = {}
        self.random = Random(f"{seed}/world")
        self.plan: Plan = plan(seed)
        self.faults = Faults(seed, without)
        self.scheduler = Scheduler()
        self.uploads: list[Uploaded] = []
        self.oracle = Oracle(self)
        self.fault_injection = FaultInjection(self)
        self.glue, self.jobs = Glue(self, self.plan.quick), GlueJobs(self, self.plan.quick)
        self.athena, self.catalog = Athena(self), Catalog(self)
        self.table, self.bus, self.parameters = Table(self), EventBus(self), Parameters(self)
        self.delivery, self.workload = Delivery(self), Workload(self)
        self.watchdog = Function(self, "watchdog")
        self.queues = {
            "upload": Queue(self, "upload", Function(self, "on_upload"), 660, 1_000, self.plan.window),
            "crawler-state": Queue(self, "crawler-state", Function(self, "on_crawler_state"), 370, 10, 0),
            "job-state": Queue(self, "job-state", Function(self, "on_job_state"), 370, 10, 0),
            "query-state": Queue(self, "query-state", Function(self, "on_query_state"), 370, 10, 0),
        }
        self.sweeps_at_rest = 0
        self._set_up()

    def _set_up(self) -> None:
        for crawler in self.plan.crawlers:
            self.glue.add(crawler)
        for job, most in self.plan.jobs.items():
            self.jobs.add(job, most)
        for name, text in self.plan.definitions.items():
            self.define(name, text)
        for name in self.plan.invalid:
            self.spoil(name)
        for name in self.plan.prehistoric:
            self.workload.prehistory(name)
        for stimulus in self.plan.stimuli:
            if stimulus.name not in self.without:
                self.scheduler.at(START + stimulus.time, partial(self.workload.carry_out, stimulus))
        self.scheduler.at(START + self.plan.first_sweep, self._sweep)

    def define(self, name: str, text: str) -> None:
        """The pipeline's definition is new, or another one."""
        self.oracle.incidents.mended(name)
        self.parameters.put(name, text)
        self.oracle.definitions[name] = text
        self.oracle.variants.setdefault(name, set()).add(text)

    def spoil(self, name: str) -> None:
        """Somebody breaks the pipeline's definition."""
        self.oracle.incidents.spoiled(name)
        self.parameters.put(name, '{"name": ')

    def is_defined(self, name: str) -> bool:
        """Whether the pipeline has a valid definition now."""
        return self.parameters.texts.get(name, ("", 0.0))[0] == self.oracle.definitions.get(name)

    def undefine(self, name: str) -> None:
        """The pipeline's definition is gone."""
        self.oracle.incidents.mended(name)
        self.parameters.remove(name)

    def define_all(self) -> None:
        """Whoever removed a definition, or broke it, puts it back."""
        for name, text in self.oracle.definitions.items():
            if not self.is_defined(name):
                self.define(name, text)

    def rest_of(self, name: str) -> float:
        """The least seconds between two runs of a pipeline."""
        return float(fields(self.oracle.definitions[name])["min_minutes_between_runs"]) * 60

    def skew(self) -> float:
        """How far a clock is off; no two are more than 2 s apart."""
        return self.random.uniform(-1, 1)

    # Trace and promises

    def say(self, who: str, *what: object) -> None:
        """Add a line to the trace; it is formatted only when it is shown, which few traces are."""
        self.trace.append((self.scheduler.now, who, what))

    def actor(self) -> str:
        """Who is at work now."""
        task = getcurrent()
        return task.name if isinstance(task, Task) else "schedule"

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def break_off(self, promise: str, text: str) -> None:
        """A promise is broken; the first one counts."""
        if self.broken is None:
            self.broken = Broken(promise, text)
            self.scheduler.stop()
            self.say("oracle", f"BROKEN {promise}", text)

    # The watchdog's schedule

    def _sweep(self) -> None:
        self.scheduler.after(SWEEP_EVERY, self._sweep)
        if self.faults.hit("sweep lost"):
            self.say("scheduler", "FAULT sweep lost")
            return
        self._invoke_watchdog()
        if self.faults.hit("sweep doubled"):
            self.say("scheduler", "FAULT sweep doubled")
            self.scheduler.after(self.random.uniform(0, 3), self._invoke_watchdog)

    def _invoke_watchdog(self) -> None:
        event: dict[str, Any] = {}
        self.watchdog.invoke(event, "the sweep", lambda answer, error: None)

    def swept(self, before: dict[str, View]) -> None:
        """A sweep that nothing disturbed has ended: is the world at rest, and was it before?"""
        at_rest = before == self.oracle.views and not self.unrest()
        self.sweeps_at_rest = self.sweeps_at_rest + 1 if at_rest else 0

    def unrest(self) -> list[str]:
        """What is not at rest, in words; the sweep itself apart."""
        found = [f"{name}: {view}" for name, view in self.oracle.views.items() if _moves(view)]
        found += [f"{name} was never seen" for name in self.oracle.definitions if not self.oracle.view(name).seen]
        found += [f"queue {name} is not empty" for name, queue in self.queues.items() if not queue.is_empty]
        found += [f"{queue.function.name} runs" for queue in self.queues.values() if queue.function.running]
        found += [f"{crawler.name} is {crawler.state}" for crawler in self.glue.crawlers.values() if crawler.crawl]
        found += [f"{run.id} of {run.job} goes on" for run in self.jobs.runs if run.goes_on]
        if not self.delivery.is_quiet:
            found.append("events are on their way")
        if any(query.state == "QUEUED" for query in self.athena.queries.values()):
            found.append("queries run")
        return found

    def run_until(self, time: float) -> None:
        """Let everything happen up to then, or until a promise is broken."""
        if not self.broken:
            self.scheduler.run_until(time)

    def close(self) -> None:
        """End what is still in flight, so that nothing of this schedule lives on."""
        self.faults.on = False
        self.counts |= self.faults.hits
        self.scheduler.close()

    def forget(self) -> None:
        """Take it all apart, so that memory is free at once and no collector has to find the circles in it."""
        for part in [*vars(self.oracle).values(), *self.queues.values(), *vars(self).values()]:
            if hasattr(part, "__dict__"):
                vars(part).clear()
        vars(self).clear()


def _moves(view: View) -> bool:
    return bool(view.run or view.pending or view.outbox or view.requested)
