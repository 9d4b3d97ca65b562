"""The memory of another process, from Linux's /proc; bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path


def resident(pid: int) -> int:
    """What the process holds now."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> int:
    """The most that it held since the last reset."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    """Let the peak begin at what is held now (5: proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def is_measurable() -> bool:
    """Whether this system has what is needed."""
    return Path(f"/proc/{os.getpid()}/clear_refs").exists()


def _status(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/status has no {name}")
    return int(found[1]) * 1024
