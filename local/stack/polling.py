"""Poll to a deadline: for tooling and tests, never for functions."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(probe: Callable[[], T | None], seconds: float, what: str, every: float = 0.1) -> T:
    """Return the first true value of `probe`; raises TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(every)
