"""The way of every call to AWS: where invocations are interleaved, delayed, refused, left unanswered and killed."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeVar

from verification.simulation import errors
from verification.simulation.scheduler import CrashError, current

if TYPE_CHECKING:
    from verification.simulation.world import World

T = TypeVar("T")

# Code and status of each service's throttling, and of its error that leaves open whether the call took effect.
_THROTTLING = {
    "glue": "ThrottlingException",
    "athena": "TooManyRequestsException",
    "dynamodb": "ThrottlingException",
    "events": "ThrottlingException",
    "sqs": "RequestThrottled",
    "ssm": "ThrottlingException",
    "sts": "Throttling",
}
_AMBIGUOUS = {
    "glue": (("OperationTimeoutException", 400), ("InternalServiceException", 500)),
    "athena": (("InternalServerException", 500),),
    "dynamodb": (("InternalServerError", 500),),
    "events": (("InternalException", 500),),
    "sqs": (("InternalError", 500),),
    "ssm": (("InternalServerError", 500),),
    "sts": (("InternalFailure", 500),),
}


class FaultInjection:
    """Carries calls from an invocation to the models of AWS."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._random = Random(f"{world.seed}/edge")

    def call(self, service: str, operation: str, subject: str, effect: Callable[[], T]) -> T:
        """The answer of `effect`, if nothing goes wrong on the way there or back."""
        self._travel()
        if self._world.faults.on:
            self._maybe_die("crash before", operation, subject)
            self._maybe_refuse(service, operation, subject)
        answer = effect()
        self._world.say(current().name, operation, subject)
        if self._world.faults.on:
            self._maybe_die("crash after", operation, subject)
            if self.hit("unanswered", operation, subject):
                raise self._ambiguous(service, operation)
        self._travel()
        return answer

    def _travel(self) -> None:
        seconds = 0.002 + self._random.random() * 0.05
        if self._world.faults.hit("slow"):
            seconds = self._random.uniform(1, 25)
        self._world.scheduler.pause(seconds)

    def _maybe_die(self, kind: str, operation: str, subject: str) -> None:
        if self.hit(kind, operation, subject):
            raise CrashError

    def _maybe_refuse(self, service: str, operation: str, subject: str) -> None:
        if self.hit("throttled", operation, subject):
            raise errors.refused(operation, _THROTTLING[service], "Rate exceeded")
        if self.hit("unheard", operation, subject):
            raise self._ambiguous(service, operation)

    def _ambiguous(self, service: str, operation: str) -> Exception:
        if self._random.random() < 0.5:
            return errors.no_answer(operation)
        code, status = self._random.choice(_AMBIGUOUS[service])
        return errors.refused(operation, code, "internal failure", status)

    def hit(self, kind: str, operation: str, subject: str) -> bool:
        """Whether this call goes wrong in this way; if so, nobody is blamed for what it delays."""
        if not self._world.faults.hit(kind):
            return False
        task = current()
        task.marks["disturbed"] = True
        self._world.oracle.disturbed()
        self._world.say(task.name, f"FAULT {kind}", f"{operation} {subject}")
        return True
