"""Lambda: execution environments that live on between invocations, timeouts, and deaths."""

import importlib
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from landfall.model.errors import LandfallError
from landfall.service import application
from verification.simulation.scheduler import CrashError, Task

if TYPE_CHECKING:
    from landfall.service.application import Application
    from verification.simulation.world import World

TIMEOUT = 60.0
EXPECTED = (LandfallError, ClientError, BotoCoreError)  # what AWS and the application raise on purpose

Ended = Callable[[Any, BaseException | None], None]


class Environment:
    """A process that serves one invocation after the other; its application is built on first use."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.definitions: dict[str, str] = {}  # as it has read them last
        self._application: Application | None = None

    @property
    def application(self) -> "Application":
        if self._application is None:
            self._application = application.application.__wrapped__()
        return self._application


class Function:
    """One function of the template, by the name of its folder."""

    def __init__(self, world: "World", name: str) -> None:
        self._world, self.name = world, name
        self._random = Random(f"{world.seed}/{name}")
        self._module = importlib.import_module(f"functions.{name}.app")
        self._idle: list[Environment] = []
        self._count = 0
        self.running = 0

    def invoke(self, event: dict[str, Any], about: str, ended: Ended, uploads: list[Any] | None = None) -> None:
        """Run the handler beside whatever else runs; `ended` gets its answer or its error."""
        world = self._world
        self._count += 1
        self.running += 1
        environment = self._idle.pop() if self._idle else Environment(world)
        name = f"{self.name} {self._count}"
        context = SimpleNamespace(aws_request_id=name)

        def done(task: Task, answer: Any, error: BaseException | None) -> None:
            timeout.cancel()
            self.running -= 1
            self._judge(task, error)
            if not isinstance(error, CrashError):
                self._idle.append(environment)
            world.say(name, "ends", "died" if isinstance(error, CrashError) else error or answer)
            world.oracle.invocation_ended(task, error)
            ended(answer, error)

        task = Task(world.scheduler, name, lambda: self._module.handler(event, context), done)
        task.environment, task.skew = environment, world.skew()
        task.marks["uploads"] = uploads or []
        timeout = world.scheduler.after(TIMEOUT, lambda: self._time_out(task))
        world.say(name, "begins", about)
        world.oracle.invocation_began(task)
        world.scheduler.spawn(task)

    def _time_out(self, task: Task) -> None:
        task.marks["disturbed"] = True
        self._world.oracle.disturbed()
        self._world.say(task.name, "times out")
        self._world.scheduler.kill(task)

    def _judge(self, task: Task, error: BaseException | None) -> None:
        if error is None or isinstance(error, (CrashError, *EXPECTED)):
            return
        self._world.oracle.broken("no surprise", f"{task.name} raised {error!r}")
