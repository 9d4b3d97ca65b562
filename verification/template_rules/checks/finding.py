"""What a check says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from verification.template_rules.application import Application, Resource


@dataclass(frozen=True)
class Finding:
    """Where something is wrong, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}"


def of(resource: Resource, what: str) -> Finding:
    """A finding at a resource: the sentence goes on after its name."""
    return Finding(resource.where, what)


Check = Callable[[Application], Iterable[Finding]]
