"""P5: what must be open, and what must not, by what truly happened to runs, uploads, tables and definitions."""

from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from verification.simulation import truth
from verification.simulation.catalog import DEPRECATED, NO_TABLE
from verification.simulation.scheduler import Task
from verification.simulation.truth import Ending, Open, Run, View
from verification.simulation.workload import Acknowledgement, Pause

if TYPE_CHECKING:
    from verification.simulation.oracle import Oracle

FAILURES = {
    "crawl failed", "crawl stopped", "job failed", "job timed out", "job stopped", "job error", "job expired",
    "query failed", "check failed", "no table", "table deprecated", "access denied", "refused",
}  # fmt: skip
REMINDER = 900.0  # as the simulation's environment sets it
_CLOCKS = 3.0  # two clocks, and S3's whole seconds
_CALLS = 65.0  # between a decision and its write an invocation may be as slow as it lives
_USUAL = 70 * 60.0  # what an upload may wait where no definition says it


class Incidents:
    """Follows the open incidents of every pipeline, write by write."""

    def __init__(self, oracle: "Oracle") -> None:
        self._oracle = oracle
        self._paused: dict[str, bool] = {}  # by what was asked last
        self._changed: dict[str, float] = {}  # when the definition was last put, broken or removed
        self._broken: set[str] = set()  # definitions that are invalid now
        # Since when uploads wait: at the latest, and at the earliest. A pause and its end may come in one batch.
        self._pending_since: dict[str, float] = {}
        self._pending_first: dict[str, float] = {}
        self._fresh: dict[str, float] = {}  # the newest upload that was handled, or the pipeline's first sight
        self._first_seen: dict[str, float] = {}
        self._columns: dict[str, dict[str, int]] = {}
        self._halted: dict[str, dict[str, int]] = {}
        self._due: set[str] = set()  # announcements that must be delivered
        self._delivered: set[str] = set()
        self._ids: set[str] = set()

    @property
    def _now(self) -> float:
        return self._oracle.world.scheduler.now

    def _wrong(self, text: str) -> None:
        self._oracle.broken("P5", text)

    # What the world does

    def spoiled(self, name: str) -> None:
        self._broken.add(name)
        self._changed[name] = self._now

    def mended(self, name: str) -> None:
        """The definition is valid, or gone."""
        self._broken.discard(name)
        self._changed[name] = self._now

    def asked_to_pause(self, name: str, *, pause: bool) -> None:
        self._paused[name] = pause

    def paused(self) -> list[str]:
        return [name for name, paused in self._paused.items() if paused]

    def announced(self, identity: str, *, committed: bool) -> None:
        if not committed:
            self._wrong(f"{identity} was announced before it was written")
        self._delivered.add(identity)

    # Every write

    def written(self, old: View, new: View, endings: list[Ending], resolved: list[str]) -> None:
        before, after = old.open, new.open
        if len(after) != len(new.incidents):
            self._wrong(f"{new.pipeline} has two open incidents of one kind")
        arrived = self._handled(old, new)
        for kind in sorted({*before, *after}):
            self._lives(kind, before.get(kind), after.get(kind), new, resolved)
        self._failures(old, new, endings)
        self._stuck(old, new)
        self._late(old, new)
        self._stale(old, new, arrived=arrived)
        self._definition(old, new)
        self._schema(old, new, endings)
        self._waits(old, new)

    def _lives(self, kind: str, was: Open | None, now: Open | None, new: View, resolved: list[str]) -> None:
        """One incident of a kind at a time, each told when it opens and when it is resolved, then history."""
        if was and (now is None or now.id != was.id):
            self._due.add(f"{was.id}/resolved")
            if f"{was.id}/resolved" not in new.outbox or was.id not in resolved:
                self._wrong(f"{was.id} is gone, but not told and remembered as resolved")
        if now and (was is None or now.id != was.id):
            self._oracle.world.count(f"opened {kind}")
            self._due.add(f"{now.id}/opened")
            if f"{now.id}/opened" not in new.outbox or now.count != 1 or now.id in self._ids:
                self._wrong(f"{now.id} is open, but was not told as opened, once")
            self._ids.add(now.id)
        if was and now and was.id == now.id:
            self._goes_on(was, now, new)

    def _goes_on(self, was: Open, now: Open, new: View) -> None:
        if now.count - was.count not in (0, 1):
            self._wrong(f"{now.id} was counted from {was.count} to {now.count}")
        if now.announced_at != was.announced_at:
            self._oracle.world.count("reminders")
            self._due.update(one for one in new.outbox if one.startswith(f"{now.id}/reminder"))
            if was.acknowledged or now.announced_at < was.announced_at + REMINDER:
                self._wrong(f"{now.id} was told again after {now.announced_at - was.announced_at:.0f} s")
        if now.acknowledged and not was.acknowledged:
            self._oracle.world.count("acknowledged")
            if not self._is_acknowledged(new.pipeline, now.kind):
                self._wrong(f"{now.id} is acknowledged, but nobody has")

    def _failures(self, old: View, new: View, endings: list[Ending]) -> None:
        wanted = {kind: one.count for kind, one in old.open.items() if kind in FAILURES}
        for ending in endings:
            if ending.outcome in ("succeeded", "empty"):
                wanted = {}
            elif ending.outcome == "failed" and ending.kind in FAILURES:
                wanted[ending.kind] = wanted.get(ending.kind, 0) + 1
        found = {kind: one.count for kind, one in new.open.items() if kind in FAILURES}
        if found != wanted:
            self._wrong(f"{new.pipeline} has {found or 'nothing'} open; by its runs it must be {wanted or 'nothing'}")

    # Stuck

    def _stuck(self, old: View, new: View) -> None:
        was, now = "stuck" in old.open, "stuck" in new.open
        if now and (not new.run or (was and old.where != new.where)):
            self._wrong(f"{new.pipeline} is stuck although its run moved on")
        if was and not now and old.where == new.where:
            self._wrong(f"{new.pipeline} is no longer stuck although its run stands still")
        if now and not was and (new.paused or self._now < self._stuck_at(new) - _CALLS):
            self._wrong(f"{new.pipeline} is stuck before its time, or while it is paused")

    def _stuck_at(self, view: View) -> float:
        """When the attempt in flight has taken too long; a job that runs is Glue's to end."""
        if "job" in view.current and view.status == "running":
            return float("inf")
        minutes = float(truth.fields(view.definition)["crawl_timeout_minutes"])
        return self._oracle.runs[view.run].attempt_began + minutes * 60

    # Late

    def _waits(self, old: View, new: View) -> None:
        if not new.pending:
            self._pending_since.pop(new.pipeline, None)
            self._pending_first.pop(new.pipeline, None)
            return
        if not old.pending or (old.paused and not new.paused):
            self._pending_first[new.pipeline] = self._now
        if not old.pending or (not new.paused and (old.paused or self._is_paused(new))):
            self._pending_since[new.pipeline] = self._now

    def _late(self, old: View, new: View) -> None:
        was, now = "late" in old.open, "late" in new.open
        since, first = (known.get(new.pipeline, self._now) for known in (self._pending_since, self._pending_first))
        least, most = self._patience(new)
        if now and not was and (new.paused or not new.pending or self._now < first + least - _CALLS):
            self._wrong(f"{new.pipeline} is late before its time, or while it is paused")
        waits = new.pending and not self._is_paused(new) and self._now > since + most + _CALLS
        if was and not now and waits:
            self._wrong(f"{new.pipeline} is no longer late although its uploads wait")
        if now and (not new.pending or new.paused):
            self._wrong(f"{new.pipeline} is late although nothing is pending, or it is paused")

    def _patience(self, view: View) -> tuple[float, float]:
        """The least and the most seconds that uploads may wait; they differ where two definitions may count."""
        if view.run:
            return (_wait(view.definition, len(truth.steps(view.definition))),) * 2
        waits = [_wait(text, 1) for text in self._texts(view.pipeline)]
        if not self._is_settled(view.pipeline):
            waits.append(_USUAL)
        return min(waits), max(waits)

    # Stale

    def _handled(self, old: View, new: View) -> bool:
        """Whether this write is the first of an invocation that brings an upload newer than all before."""
        if new.seen and not old.seen:
            self._fresh[new.pipeline] = max(self._fresh.get(new.pipeline, 0.0), self._now)
            self._first_seen[new.pipeline] = self._now
        task = getcurrent()
        if not isinstance(task, Task) or new.pipeline in task.marks.setdefault("handled", set()):
            return False
        if task.environment.definitions.get(new.pipeline) not in self._oracle.variants.get(new.pipeline, ()):
            return False  # uploads go back to their queue for want of a valid definition; what is asked for does not
        task.marks["handled"].add(new.pipeline)
        created = [
            upload.created
            for upload in task.marks["uploads"]
            if upload.pipeline == new.pipeline and getattr(upload, "counts", False)
        ]
        before = self._fresh.get(new.pipeline, 0.0)
        self._fresh[new.pipeline] = max([before, *created])
        return self._fresh[new.pipeline] > before + _CLOCKS

    def _stale(self, old: View, new: View, *, arrived: bool) -> None:
        was, now = "stale" in old.open, "stale" in new.open
        fresh = self._fresh.get(new.pipeline, self._now)
        limits = [limit for limit in map(_freshness, self._texts(new.pipeline)) if limit]
        if now and ((not was and not limits) or new.paused):
            self._wrong(f"{new.pipeline} is stale although it need not be fresh, or is paused")
        # What was written was decided some calls before.
        decided = fresh - _CALLS if fresh == self._first_seen.get(new.pipeline) else fresh
        if now and not was and limits and self._now < decided + min(limits) - _CLOCKS:
            self._wrong(f"{new.pipeline} is stale before its time")
        if now and arrived and limits and self._now + _CLOCKS + _CALLS < fresh + min(limits):
            self._wrong(f"{new.pipeline} is stale although an upload has come")
        constant = len(limits) == len(self._texts(new.pipeline)) and self._is_settled(new.pipeline)
        silent = constant and not self._is_paused(new) and self._now > fresh + max(limits) + _CALLS
        if was and not now and silent:
            self._wrong(f"{new.pipeline} is no longer stale although nothing fresh has come")

    # Invalid definitions

    def _definition(self, old: View, new: View) -> None:
        was, now = "definition invalid" in old.open, "definition invalid" in new.open
        if was == now or self._now < self._changed.get(new.pipeline, 0.0) + _CALLS:
            return
        if now != (new.pipeline in self._broken):
            self._wrong(f"definition invalid of {new.pipeline} is {'open' if now else 'resolved'} without a cause")

    # Changed schemas

    def _schema(self, old: View, new: View, endings: list[Ending]) -> None:
        count = old.open["schema changed"].count if "schema changed" in old.open else 0
        acknowledged = self._is_acknowledged(new.pipeline, "schema changed")
        wanted = {count + self._changes(old, new, endings)}
        if acknowledged and count:
            wanted.add(0)
        found = new.open["schema changed"].count if "schema changed" in new.open else 0
        if found not in wanted:
            self._wrong(f"schema changed of {new.pipeline} counts {found}; by its tables it must be {max(wanted)}")
        if count and not found:
            self._columns.setdefault(new.pipeline, {}).update(self._halted.pop(new.pipeline, {}))

    def _changes(self, old: View, new: View, endings: list[Ending]) -> int:
        """How many changes this write must tell of; what is now known of the tables follows it."""
        ended = next((one for one in endings if one.outcome), None)
        begun = next((one for one in endings if not one.outcome or one.run not in (old.run, new.run)), None)
        run = self._oracle.runs.get(ended.run if ended else old.run or (begun.run if begun else ""))
        if run is None:
            return 0
        if ended and ended.outcome == "failed":
            return self._halts(run) if ended.kind == "schema changed" else 0
        adopted = old.run != run.id
        step = 0 if adopted else old.step
        moved = adopted or ended is not None or (new.run == old.run and new.step > old.step)
        if not moved or (ended and ended.outcome != "succeeded") or "crawl" not in truth.steps(run.definition)[step]:
            return 0
        if adopted and not run.adopted:
            return 0
        if adopted and new.run == run.id and new.step == 0:
            return 0  # adopted, and tried again
        return self._passes(run, truth.steps(run.definition)[step])

    def _passes(self, run: Run, step: dict[str, Any]) -> int:
        """A crawl has ended its step well: are its table's columns those of the run before?"""
        definition = truth.fields(run.definition)
        if "query_role" not in definition:
            return 0
        table = f"{step['database']}.{step['table']}"
        found = self._seen().get(table, NO_TABLE)
        if found < 0:
            self._wrong(f"run {run.id} passed {step['crawl']}, whose table was not there or not looked at: {found}")
        names = {f"{one['database']}.{one['table']}" for one in definition["steps"] if "crawl" in one}
        known = {name: columns for name, columns in self._columns.get(run.pipeline, {}).items() if name in names}
        changed = table in known and known[table] != found
        self._columns[run.pipeline] = known | {table: found}
        self._halted.get(run.pipeline, {}).pop(table, None)
        if changed and definition["on_schema_change"] == "halt":
            self._wrong(f"run {run.id} went on although {table} has changed, which halts it")
        return int(changed and definition["on_schema_change"] == "alert")

    def _halts(self, run: Run) -> int:
        known = self._columns.get(run.pipeline, {})
        for table, found in self._seen().items():
            if found >= 0 and known.get(table, found) != found:
                self._halted.setdefault(run.pipeline, {})[table] = found
        return 1

    def table_is_wrong(self, run: Run, kind: str) -> bool:
        """Whether a run may fail so by what GetTable has just said."""
        seen = self._seen()
        if kind == "no table":
            return NO_TABLE in seen.values()
        if kind == "table deprecated":
            return DEPRECATED in seen.values()
        known = self._columns.get(run.pipeline, {})
        changed = any(found >= 0 and known.get(table, found) != found for table, found in seen.items())
        return changed and truth.fields(run.definition)["on_schema_change"] == "halt"

    def nothing_was_there(self, run: Run, ending: Ending) -> None:
        known = self._columns.get(run.pipeline, {})
        if ending.uploads or NO_TABLE not in self._seen().values() or any(t in known for t in self._seen()):
            self._wrong(f"run {run.id} ended as empty, although something was there")

    @staticmethod
    def _seen() -> dict[str, int]:
        """What GetTable has told the invocation at work."""
        task = getcurrent()
        return task.marks.get("tables", {}) if isinstance(task, Task) else {}

    @staticmethod
    def _is_paused(view: View) -> bool:
        """Whether it is paused, or was: a pause and its end may come in one batch."""
        task = getcurrent()
        about = task.marks["uploads"] if isinstance(task, Task) else []
        return view.paused or any(isinstance(one, Pause) and one.pipeline == view.pipeline for one in about)

    @staticmethod
    def _is_acknowledged(pipeline: str, kind: str) -> bool:
        task = getcurrent()
        about = task.marks["uploads"] if isinstance(task, Task) else []
        return any(isinstance(one, Acknowledgement) and (one.pipeline, one.kind) == (pipeline, kind) for one in about)

    # Sweeps, and the end

    def swept(self, before: dict[str, View], began: float) -> None:
        """A sweep that nothing disturbed: of the pipelines that nobody wrote meanwhile, what it must have told."""
        for name in {*self._oracle.definitions, *self._broken}:
            view = self._oracle.view(name)
            if before.get(name, View(name)) == view:
                for kind in self._owed(name, view, began):
                    self._wrong(f"a sweep did not tell that {name} is {kind}")

    def _owed(self, name: str, view: View, began: float) -> list[str]:
        owed = []
        settle = began > self._changed.get(name, 0.0)
        if settle and (name in self._broken) != ("definition invalid" in view.open):
            owed.append("invalid, or no longer")
        untold = [one for one in view.incidents if not one.acknowledged]
        owed += [f"still {one.kind}" for one in untold if began > one.announced_at + REMINDER + _CLOCKS]
        if view.paused:
            return owed
        if view.run and "stuck" not in view.open and began > self._stuck_at(view) + _CLOCKS:
            owed.append("stuck")
        if view.pending and "late" not in view.open:
            most = self._patience(view)[1]
            if began > self._pending_since.get(name, began) + most + _CLOCKS:
                owed.append("late")
        limit = _freshness(self._oracle.definitions[name]) if name in self._oracle.definitions else 0.0
        defined = settle and self._oracle.world.is_defined(name)
        if defined and not limit and "stale" in view.open:
            owed.append("no longer stale")
        if limit and defined and "stale" not in view.open and began > self._fresh.get(name, began) + limit + _CLOCKS:
            owed.append("stale")
        return owed

    def is_failing(self, view: View) -> bool:
        return bool((FAILURES | {"schema changed"}) & set(view.open))

    def all_told_and_over(self) -> None:
        """At the end all pipelines are well: nothing is open but what is truly stale, and everything was delivered."""
        for view in self._oracle.views.values():
            still = set(view.open) - {"stale"}
            if still:
                self._wrong(f"{view.pipeline} is healthy, but {', '.join(sorted(still))} is open")
            if view.paused:
                self._wrong(f"{view.pipeline} is paused although it was resumed")
        missing = self._due - self._delivered
        if missing:
            self._wrong(f"never delivered: {', '.join(sorted(missing))}")

    # Definitions

    def _texts(self, name: str) -> set[str]:
        """The definitions that may count now."""
        if self._is_settled(name):
            return {self._oracle.definitions[name]}
        return self._oracle.variants.get(name, set())

    def _is_settled(self, name: str) -> bool:
        """Whether the definition is valid and has been for longer than an invocation lives."""
        return self._oracle.world.is_defined(name) and self._now > self._changed.get(name, 0.0) + 2 * _CALLS


def _wait(text: str, steps: int) -> float:
    definition = truth.fields(text)
    return float(definition["min_minutes_between_runs"] + definition["crawl_timeout_minutes"] * steps) * 60


def _freshness(text: str) -> float:
    return float(truth.fields(text).get("fresh_within_minutes", 0)) * 60
