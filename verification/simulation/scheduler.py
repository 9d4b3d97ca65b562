"""Virtual time, and the invocations that overlap in it. Nothing else may decide what happens next."""

import heapq
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet

START = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC; stories count from here


class CrashError(BaseException):
    """The process of an invocation is gone, with all that it had in hand. No `except Exception` sees it."""


class Entry:
    """Something that will happen; `cancel` takes it back."""

    __slots__ = ("cancelled", "do", "time")

    def __init__(self, time: float, do: Callable[[], Any]) -> None:
        self.time, self.do, self.cancelled = time, do, False

    def cancel(self) -> None:
        self.cancelled, self.do = True, _nothing


def _nothing() -> None:
    """What was taken back does nothing, and holds nothing."""


class Task(greenlet):
    """One invocation: it runs until it pauses, which it does at every call to AWS."""

    def __init__(self, scheduler: "Scheduler", name: str, work: Callable[[], Any], done: "Done") -> None:
        super().__init__(self._body, scheduler.hub)
        self.scheduler, self.name, self.work, self.done = scheduler, name, work, done
        self.wakes: Entry | None = None
        self.skew = 0.0
        self.environment: Any = None
        self.marks: dict[str, Any] = {}

    def _body(self) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = self.work()
        except (CrashError, Exception) as raised:  # Lambda takes an exception as a failed invocation
            error = raised
        self.scheduler.ended(self)
        self.done(self, result, error)
        # No circles are left behind: its closures refer to it, and the error to this frame.
        del self.work, self.done, self.environment, self.marks, self.wakes, error


Done = Callable[[Task, Any, BaseException | None], None]


class Scheduler:
    """What happens, in the order of its time; what is due at the same time goes by its order of arrival."""

    def __init__(self) -> None:
        self.now = START
        self.until = START  # nothing may happen after the first thing from here on
        self.hub = getcurrent()
        self._heap: list[tuple[float, int, Entry]] = []
        self._count = 0
        self._tasks: set[Task] = set()

    def at(self, time: float, do: Callable[[], Any]) -> Entry:
        entry = Entry(max(time, self.now), do)
        self._count += 1
        heapq.heappush(self._heap, (entry.time, self._count, entry))
        return entry

    def after(self, seconds: float, do: Callable[[], Any]) -> Entry:
        return self.at(self.now + seconds, do)

    def spawn(self, task: Task) -> None:
        self._tasks.add(task)
        task.wakes = self.after(0, task.switch)

    def close(self) -> None:
        """Let every invocation die."""
        for task in list(self._tasks):
            self.kill(task)

    def ended(self, task: Task) -> None:
        """An invocation is over."""
        self._tasks.discard(task)

    def pause(self, seconds: float) -> None:
        """Let the others go on for this long; only an invocation may."""
        if self.now < self.until and self._next() > self.now + seconds:
            self.now += seconds  # nobody else would do anything: a switch to the hub came back at once
            return
        task = current()
        task.wakes = self.after(seconds, task.switch)
        self.hub.switch()

    def kill(self, task: Task) -> None:
        """End an invocation where it stands: at a call, which may have taken effect or not."""
        if task.dead:
            return
        if task.wakes:
            task.wakes.cancel()
        if task:
            task.throw(CrashError())
        else:  # not even begun
            self.ended(task)
            task.done(task, None, CrashError())

    def run_until(self, time: float) -> None:
        """Let everything happen up to then, or until `stop`."""
        self.until = time
        while self.now < self.until and self.step():
            pass

    def stop(self) -> None:
        """Let nothing more happen."""
        self.until = self.now

    def _next(self) -> float:
        """When the next thing happens."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else float("inf")

    def step(self) -> bool:
        """Let the next thing happen; False when there is nothing."""
        while self._heap:
            time, _, entry = heapq.heappop(self._heap)
            if not entry.cancelled:
                self.now = time
                entry.do()
                return True
        return False


def current() -> Task:
    """The invocation that runs now."""
    task = getcurrent()
    assert isinstance(task, Task), "a call to AWS from outside an invocation"
    return task
