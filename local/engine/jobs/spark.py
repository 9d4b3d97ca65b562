"""Whether this machine can run Spark: it is set up when a job first needs it, and few run at a time."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

from local.engine.errors import JobError
from local.engine.jobs.logs import ERRORS, Logs
from local.engine.jobs.runs import JobRun
from local.spark import environment
from local.stack.stack import ROOT

log = logging.getLogger("landfall.engine")
SETUP_SWITCH = "LANDFALL_SPARK_SETUP"
_AT_ONCE = {"glueetl": 2, "gluestreaming": 2}
"""Each one may take 1 GB and 300 MB beside it, a streaming job takes half a GB. Those never end by themselves, so they
have room of their own: they would keep the others out."""

_LOOK = 0.1
_slots = {kind: threading.Semaphore(number) for kind, number in _AT_ONCE.items()}
_setup_lock = threading.Lock()
_REMEDY = "`make setup-spark` sets it up; until then crawls and queries work, Spark jobs do not"


@contextlib.contextmanager
def slot(run: JobRun, logs: Logs) -> Iterator[bool]:
    """Wait, STARTING as on Glue, until Spark is set up and there is room; false if the run was stopped meanwhile."""
    room = _slots.get(str(run.command.get("Name")))
    if room is None:
        yield True
        return
    _ensure(run, logs)
    taken = _take(room, run)
    try:
        yield taken
    finally:
        if taken:
            room.release()


def _take(lock: threading.Semaphore | threading.Lock, run: JobRun) -> bool:
    while not run.stop.is_set():
        if lock.acquire(timeout=_LOOK):
            return True
    return False


def _ensure(run: JobRun, logs: Logs) -> None:
    """Raises JobError with what is missing and what helps."""
    if environment.is_ready() or not _take(_setup_lock, run):
        return
    try:
        if environment.is_ready():
            return
        if os.environ.get(SETUP_SWITCH) == "0":
            raise JobError(f"Spark is not set up on this machine, and {SETUP_SWITCH}=0 forbids it. {_REMEDY}.")
        log.warning("a job needs Spark: setting it up, once; it takes a minute or two")
        logs.write(ERRORS, ["The local engine sets up Spark, once; it takes a minute or two."])
        said = _set_up(run)
        if said is not None and not run.stop.is_set():
            log.warning("Spark could not be set up: %s", said)
            raise JobError(f"Spark could not be set up on this machine: {said} {_REMEDY}.")
    finally:
        _setup_lock.release()


def _set_up(run: JobRun) -> str | None:
    """Set up Spark; what went wrong, if it did. Who stops the run stops this too."""
    with tempfile.TemporaryFile() as said, subprocess.Popen(
        [sys.executable, "-m", "local.spark.environment"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
    ) as setup:  # fmt: skip
        while setup.poll() is None:
            if run.stop.wait(_LOOK):
                os.killpg(setup.pid, signal.SIGKILL)
        said.seek(0)
        lines = said.read().decode(errors="replace").splitlines()
    return None if setup.returncode == 0 else (lines[-1:] or ["its setup was ended."])[0]
