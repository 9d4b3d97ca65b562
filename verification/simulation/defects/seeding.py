"""Seeded defects: each breaks one rule in memory. A simulation that does not find them proves nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

# What is replaced where: an owner, the name of its attribute, what stands there instead.
Replacement = tuple[Any, str, Any]
Defect = Callable[[], list[Replacement]]

DEFECTS: dict[str, Defect] = {}


def defect(make: Defect) -> Defect:
    """Register a defect under the name of its function."""
    DEFECTS[make.__name__] = make
    return make


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """The application with this defect, until the end of the block."""
    replacements = DEFECTS[name]()
    patches = [patch.object(owner, attribute, value) for owner, attribute, value in replacements]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
