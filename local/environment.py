"""Make a Python environment from a locked requirements file: `python -m local.environment NAME REQUIREMENTS [PROJECT]`.

PROJECT is a directory whose package is installed on top as it stands, so that what is changed there counts at once.
Runs before anything is installed, so it uses the standard library only. An environment is made anew when its lock or
its Python changes, and is never left half-made: it is marked as ready last.
"""

import hashlib
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make(name: str, requirements: Path, project: Path | None = None) -> int:
    """Make `.venv/<name>` unless it is there already; returns the exit code."""
    environment = Environment(name)
    wanted = fingerprint(requirements) + _installed(project)
    if environment.is_ready(wanted):
        return 0
    environment.begin()
    if not environment.install(requirements) or not _install_project(environment, project):
        return environment.give_up()
    environment.finish(wanted)
    return 0


def fingerprint(*files: Path) -> str:
    """What an environment is made of: this Python and the locks."""
    return "".join([f"{sys.version}\n", *(f"{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)])


class Environment:
    """One environment while it is made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = ROOT / ".venv" / name
        self.python = self.place / "bin" / "python"
        self._ready = self.place / "landfall-ready"
        self.log = self.place / "install.log"
        self._started = time.monotonic()
        self._stage = ""

    def is_ready(self, wanted: str) -> bool:
        """Whether it was made of just this."""
        return self._ready.exists() and self._ready.read_text() == wanted

    def begin(self) -> None:
        """Start from nothing."""
        self._started = time.monotonic()
        self.tell("beginning")
        if sys.stdout.isatty():
            threading.Thread(target=self._tick, daemon=True).start()
        shutil.rmtree(self.place, ignore_errors=True)
        venv.create(self.place, with_pip=True)

    def install(self, requirements: Path, *options: str) -> bool:
        """Install exactly what is locked, hashes checked, and show how far it is."""
        return self.pip(requirements, "install", *options)

    def pip(self, requirements: Path, *words: str) -> bool:
        """Run one of pip's commands on a lock; its output goes to the log."""
        total = sum("==" in line for line in requirements.read_text().splitlines())
        command: list[str | Path] = [self.python, "-m", "pip", *words, "--require-hashes", "--no-deps"]
        command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", requirements]
        with self.log.open("a") as output, subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pip:  # fmt: skip
            seen = 0
            for line in pip.stdout or ():
                output.write(line)
                if not line.startswith(("Collecting ", "Installing ")):
                    continue
                seen += line.startswith("Collecting ")
                self.tell("installing" if line.startswith("Installing ") else f"{seen} of {total} packages")
                if seen == 1 and line.startswith("Collecting ") and not sys.stdout.isatty():
                    print(f"{self.name} environment: {total} packages, once …", flush=True)
        return pip.returncode == 0

    def run(self, what: str, *command: str | Path) -> bool:
        """Run a command of the environment's making; its output goes to the log."""
        self.tell(what)
        with self.log.open("a") as output:
            return subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False).returncode == 0

    def tell(self, stage: str) -> None:
        """Show on a terminal how far it is."""
        self._stage = stage
        if sys.stdout.isatty() and stage:
            line = f"{self.name} environment: {stage}, {time.monotonic() - self._started:.0f} s …"
            print(f"\r{line:<70}", end="", flush=True)

    def _tick(self) -> None:
        """Some packages take half a minute, and pip is silent meanwhile."""
        while self._stage:
            time.sleep(1)
            self.tell(self._stage)

    def give_up(self) -> int:
        """Say why it could not be made, in the last line in short; the exit code."""
        self._stage = ""
        lines = self.log.read_text().splitlines()
        reason = next((line for line in reversed(lines) if line.startswith("ERROR: ")), "")
        sys.stderr.write("\n" + "\n".join(lines[-15:]) + "\n\n")
        sys.stderr.write(f"The {self.name} environment could not be installed. {reason} (all of it: {self.log})\n")
        return 1

    def finish(self, wanted: str) -> None:
        """Mark it as ready."""
        self._stage = ""
        self._ready.write_text(wanted)
        line = f"{self.name} environment: ready after {time.monotonic() - self._started:.0f} s"
        print(f"\r{line:<70}" if sys.stdout.isatty() else line)


def _install_project(environment: Environment, project: Path | None) -> bool:
    """Install the project itself; what it needs is in the lock, the tool that builds it too."""
    if project is None:
        return True
    options = ("--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
    return environment.run("the project", environment.python, "-m", "pip", "install", *options, "--editable", project)


def _installed(project: Path | None) -> str:
    """What an installed project depends on: where it is, and what its pyproject.toml says of the package."""
    if project is None:
        return ""
    document = tomllib.loads((project / "pyproject.toml").read_text())
    told = [project, document["project"], document["build-system"], document["tool"]["hatch"]]
    return f"{hashlib.sha256(repr(told).encode()).hexdigest()}\n"


if __name__ == "__main__":
    raise SystemExit(make(sys.argv[1], ROOT / sys.argv[2], *(ROOT / project for project in sys.argv[3:])))
