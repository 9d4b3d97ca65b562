"""The engine's process: started in the background, found again, ended with all that it started."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from local.stack.polling import until
from local.stack.stack import ENGINE_PYTHON, ROOT, Stack

_START_SECONDS = 30
_STOP_SECONDS = 5


class EngineError(Exception):
    """The engine cannot be started, with what to do about it."""


def start(
    stack: Stack,
    settings: dict[str, str] | None = None,
    *,
    outlives_us: bool = False,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Start the engine, do something `meanwhile`, and return when it answers.

    `settings` are LANDFALL_* variables of the engine. What `meanwhile` raises ends the engine and comes through.

    It ends with the process that started it, even when that is killed, unless it `outlives_us`.

    Raises EngineError when its port is taken, its environment is missing, or it ends at once.
    """
    if not ENGINE_PYTHON.exists():
        raise EngineError("The engine's environment is missing. Run `make setup` first.")
    if _port_is_taken(stack.port):
        raise EngineError(
            f"Port {stack.port} is in use. If it is Landfall's engine, `make down` ends it; "
            f"else choose another: LANDFALL_PORT={stack.port + 1} make …"
        )
    shutil.rmtree(stack.directory, ignore_errors=True)
    stack.directory.mkdir(parents=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LANDFALL_"))}
    own = {
        "LANDFALL_PORT": str(stack.port),
        "LANDFALL_ENDS_WITH_PARENT": "0" if outlives_us else "1",
        "LANDFALL_IAM": os.environ.get("LANDFALL_IAM") or "on",  # what AWS would refuse is refused, unless it is off
    }
    environment = inherited | {"PYTHONUNBUFFERED": "1"} | own | (settings or {})
    with _log(stack).open("w") as log:
        process = subprocess.Popen(
            [ENGINE_PYTHON, "-m", "local.engine"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    _pid_file(stack).write_text(json.dumps({"pid": process.pid}))
    try:
        meanwhile()
    except BaseException:
        _end_group(process.pid)
        raise
    try:
        until(lambda: process.poll() is not None or answers(stack), _START_SECONDS, "the engine to answer", every=0.05)
    except TimeoutError as error:
        stop(stack)
        raise EngineError(f"The engine does not answer. Its log: {_log(stack)}") from error
    if process.poll() is not None:
        tail = "\n".join(_log(stack).read_text().splitlines()[-15:])
        raise EngineError(f"The engine ended at once:\n{tail}")


def answers(stack: Stack) -> bool:
    """Whether Landfall's engine answers on this port."""
    try:
        with urllib.request.urlopen(f"{stack.endpoint}/_landfall/settings", timeout=2) as response:  # noqa: S310  # ours
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_running(stack: Stack) -> bool:
    """Whether the engine that we started there still runs."""
    return _pid(stack) is not None and answers(stack)


def change_settings(stack: Stack, **values: object) -> None:
    """Change the engine's settings while it runs, such as crawl_seconds."""
    request = urllib.request.Request(  # noqa: S310  # ours
        f"{stack.endpoint}/_landfall/settings", json.dumps(values).encode(), method="PUT"
    )
    with urllib.request.urlopen(request, timeout=5):  # noqa: S310  # ours
        pass


def stop(stack: Stack) -> bool:
    """End the engine and every process that it started; False when none ran. Its logs stay until the next start."""
    pid = _pid(stack)
    if pid is not None:
        _end_group(pid)
    _pid_file(stack).unlink(missing_ok=True)
    return pid is not None


def _end_group(pid: int) -> None:
    """The engine leads a process group of its own, so its Lambda workers end with it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sign)
            until(lambda: not _group_lives(pid), _STOP_SECONDS, "the engine to end", every=0.05)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
        return


def _group_lives(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # when we are its parent, an ended engine would linger as a zombie
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _pid(stack: Stack) -> int | None:
    """The engine's process id, if it still is the engine's: ids are used again."""
    try:
        pid = int(json.loads(_pid_file(stack).read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    command = Path(f"/proc/{pid}/cmdline")
    if command.parent.parent.exists() and command.parent.exists():
        return pid if b"local.engine" in command.read_bytes() else None
    return pid  # no /proc on macOS


def _pid_file(stack: Stack) -> Path:
    return stack.directory / "engine.json"


def _log(stack: Stack) -> Path:
    return stack.directory / "engine.log"


def _port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
