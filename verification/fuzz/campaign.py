"""Feeds parsers with hostile inputs and counts what they take and refuse; the first wrong answer ends it.

A parser is a function of a `Hostile` that says whether it took its input (True) or refused it as it should (False).
Anything else that it raises is a defect, and is told with the number that makes the same input again.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verification.fuzz.generate import Hostile

Parser = Callable[[Hostile], bool]


@dataclass(frozen=True)
class Figures:
    """What came of a parser's inputs."""

    parser: str
    inputs: int
    taken: int
    seconds: float

    @property
    def refused(self) -> int:
        return self.inputs - self.taken


class DefectError(AssertionError):
    """A parser did what no parser may."""


def feed(name: str, parser: Parser, inputs: int, first: int = 0) -> Figures:
    """Feed so many inputs, from the number `first`; raises DefectError with the number of the one that broke it."""
    started, taken = time.monotonic(), 0
    for number in range(first, first + inputs):
        try:
            taken += parser(Hostile(f"{name} {number}"))
        except Exception as error:
            raise DefectError(f"{name}: input {number} makes it raise {type(error).__name__}: {error}") from error
    return Figures(name, inputs, taken, time.monotonic() - started)


def report(parsers: Mapping[str, Parser], inputs: int, only: str = "") -> list[str]:
    """Feed all of them, or one, and write the figures as lines of a Markdown table; returns what broke."""
    lines = []
    for name, parser in parsers.items():
        if not only or only == name:
            try:
                found = feed(name, parser, inputs)
            except DefectError as error:
                lines.append(str(error))  # the others are fed all the same
                continue
            line = f"| {name} | {found.inputs:,} | {found.taken:,} | {found.refused:,} | {found.seconds:.0f} s |"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return lines
