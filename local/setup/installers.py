"""Who puts packages into an environment: uv, which is quick and keeps what it has built, or pip, which is everywhere.

Both install exactly what a lock names, and only files with its hashes.
"""

import os
import subprocess
import sys
import venv
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.setup.environment import Environment
from local.setup.progress import Progress

Words = Sequence[str | Path]
_LOCKED: Words = ("--require-hashes", "--no-deps")
_PROJECT: Words = ("--no-index", "--no-deps", "--no-build-isolation", "--editable")


class InstallError(Exception):
    """The installer failed; the text is its reason, in a line. All that it said is in the environment's log."""


class Installer(ABC):
    """Works on one environment."""

    is_relocatable: bool
    """Whether what it installs still runs after the checkout has moved."""

    def __init__(self, environment: Environment, progress: Progress) -> None:
        self._environment = environment
        self._progress = progress

    @abstractmethod
    def create(self) -> None:
        """Make the environment with nothing in it. Raises InstallError."""

    @abstractmethod
    def _command(self) -> Words:
        """The words that lead to the installation."""

    @abstractmethod
    def _stage(self, line: str) -> str | None:
        """What a line of its output says about how far it is."""

    @abstractmethod
    def _reason(self, lines: Sequence[str]) -> str:
        """Why it failed, of its output."""

    def install(self, lock: Path, *options: str | Path) -> None:
        """Install what is locked. Raises InstallError."""
        total = sum("==" in line for line in lock.read_text().splitlines())
        self._progress.show(f"{total} packages")
        self._run([*self._command(), *_LOCKED, *options, "-r", lock])

    def install_project(self, project: Path) -> None:
        """Install a package as it is in the checkout; what it needs is in a lock, the tool that builds it too."""
        self._progress.show("the project")
        self._run([*self._command(), *_PROJECT, project])

    def _run(self, command: Words, environment: Mapping[str, str] = os.environ) -> None:
        lines: list[str] = []
        with self._environment.log.open("a") as log, subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        ) as installer:  # fmt: skip
            log.write(f"$ {' '.join(map(str, command))}\n")
            for line in installer.stdout or ():
                log.write(line)
                lines.append(line.strip())
                stage = self._stage(line.strip())
                if stage:
                    self._progress.show(stage)
        if installer.returncode:
            raise InstallError(self._reason(lines))


class Uv(Installer):
    """The pinned uv of `.venv/uv`."""

    is_relocatable = True

    def __init__(self, environment: Environment, progress: Progress, program: Path) -> None:
        super().__init__(environment, progress)
        self._program = program

    def create(self) -> None:
        """Without pip, and with scripts that find their Python next to themselves."""
        # the folder is there already: it has the mark
        options = ("--relocatable", "--allow-existing", "--no-project", "--python", sys.executable)
        self._run([self._program, "venv", "--quiet", *options, self._environment.path])

    def _command(self) -> Words:
        return [self._program, "pip", "install", "--python", self._environment.python]

    def _run(self, command: Words, environment: Mapping[str, str] = os.environ) -> None:
        super()._run(command, {**environment, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"})

    def _stage(self, line: str) -> str | None:
        verb, _, rest = line.partition(" ")
        what = rest.split("(")[0].split("==")[0].strip()
        return {
            "Downloading": f"downloading {what}",
            "Building": f"building {what}",
            "Built": f"built {what}",
            "Prepared": "installing",
        }.get(verb)

    def _reason(self, lines: Sequence[str]) -> str:
        """The error, with the last cause: those between lead from one to the other."""
        error = next((line for line in lines if line.startswith("error:")), "")
        cause = next((line for line in reversed(lines) if line.startswith("cause:")), "")
        return "; ".join(filter(None, (error, cause.removeprefix("cause:").strip()))) or "uv gave no reason."


class Pip(Installer):
    """The pip of `.venv/uv`."""

    is_relocatable = False
    _seen = 0

    def __init__(self, environment: Environment, progress: Progress, python: Path) -> None:
        super().__init__(environment, progress)
        self._python = python

    def create(self) -> None:
        """Without a pip of its own, which takes longer than all else."""
        venv.create(self._environment.path)

    def _command(self) -> Words:
        options = ("--disable-pip-version-check", "--progress-bar", "off")
        return [self._python, "-m", "pip", "--python", self._environment.python, "install", *options]

    def _stage(self, line: str) -> str | None:
        if line.startswith("Collecting "):
            self._seen += 1
            return f"{self._seen} packages collected"
        return "installing" if line.startswith("Installing ") else None

    def _reason(self, lines: Sequence[str]) -> str:
        return next((line for line in reversed(lines) if line.startswith("ERROR: ")), "pip gave no reason.")
