"""The streaming job on the local engine: start it, see its run, kill its process as a failing machine would."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.stack.clients import Clients
from local.stack.polling import until
from local.stack.stack import ROOT, Stack

JOB, PIPELINE = "person_data_stream_job", "person-stream"


class StreamError(Exception):
    """`landfall stream` did not do what it was asked; the text is what it said."""


def start(stack: Stack) -> None:
    """Have Landfall start the job and keep it running. Raises StreamError."""
    _ask(stack, "start")


def stop(stack: Stack) -> None:
    """End the job on purpose, and return when it has ended. Raises StreamError or TimeoutError."""
    _ask(stack, "stop")
    clients = Clients(stack)
    until(
        lambda: newest_run(clients).get("JobRunState") not in ("STARTING", "RUNNING", "STOPPING"), 60, "the job to end"
    )


def landfall(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line, of this checkout."""
    paths = os.pathsep.join((str(ROOT / "cli"), str(ROOT / "layers/landfall/python")))
    environment = stack.environment() | {"PYTHONPATH": paths}
    command = [sys.executable, "-m", "landfall_cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def runs_again(clients: Clients, before: str) -> bool:
    """Whether a run later than that of the id `before` is at work."""
    newest = newest_run(clients)
    return bool(newest["Id"] != before and newest["JobRunState"] == "RUNNING")


def _ask(stack: Stack, what: str) -> None:
    done = landfall(stack, "stream", what, PIPELINE)
    if done.returncode:
        raise StreamError(f"landfall stream {what} {PIPELINE}: {done.stdout}{done.stderr}".strip())


def newest_run(clients: Clients) -> dict[str, Any]:
    """The job's newest run, empty when it never ran."""
    runs = clients.glue.get_job_runs(JobName=JOB, MaxResults=1)["JobRuns"]
    return dict(runs[0]) if runs else {}


def kill(stack: Stack, seconds: float = 60) -> None:
    """Kill the job's processes, once it has some: Python, Spark's Java and all workers are one group."""
    process = until(lambda: _driver(stack), seconds, f"a process of {JOB}")
    os.killpg(process, signal.SIGKILL)


def _driver(stack: Stack) -> int | None:
    engine = int(json.loads((stack.directory / "engine.json").read_text())["pid"])
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if not any(word.endswith("local/spark/driver.py") for word in words):
                continue
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            request = json.loads(Path(words[2]).read_text())
            if parent == engine and JOB in request["arguments"]:
                return int(folder.name)
    return None
