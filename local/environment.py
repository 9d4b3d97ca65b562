"""Make a Python environment from a locked requirements file: `python -m local.environment NAME REQUIREMENTS [PROJECT]`.

PROJECT is a directory whose package is installed on top as it stands, so that what is changed there counts at once.
Runs before anything is installed, so it uses the standard library only. An environment is made anew when its lock or
its Python changes, and is never left half-made: it is marked as ready last.
"""

import hashlib
import shutil
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make(name: str, requirements: Path, project: Path | None = None) -> int:
    """Make `.venv/<name>` unless it is there already; returns the exit code."""
    place = ROOT / ".venv" / name
    wanted = f"{sys.version}\n{hashlib.sha256(requirements.read_bytes()).hexdigest()}\n{_installed(project)}"
    ready = place / "landfall-ready"
    if ready.exists() and ready.read_text() == wanted:
        return 0
    started = time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    log = place / "install.log"
    if not (_install(place, requirements, log, name) and _install_project(place, project, log)):
        sys.stderr.write(f"\n{''.join(log.read_text().splitlines(keepends=True)[-15:])}\n")
        sys.stderr.write(f"The {name} environment could not be installed. All of it: {log}\n")
        return 1
    ready.write_text(wanted)
    print(f"\r{name} environment: ready after {time.monotonic() - started:.0f} s{' ' * 24}")
    return 0


def _install(place: Path, requirements: Path, log: Path, name: str) -> bool:
    """Install exactly what is locked, hashes checked, and show how far it is."""
    total = sum("==" in line for line in requirements.read_text().splitlines())
    command: list[str | Path] = [place / "bin" / "python", "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", requirements]
    with log.open("w") as output, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:  # fmt: skip
        seen = 0
        for line in pip.stdout or ():
            output.write(line)
            seen += line.startswith("Collecting ")
            stage = "installing" if line.startswith("Installing ") else f"{seen} of {total} packages"
            if line.startswith(("Collecting ", "Installing ")) and sys.stdout.isatty():
                print(f"\r{name} environment: {stage} …{' ' * 10}", end="", flush=True)
            elif seen == 1 and line.startswith("Collecting "):
                print(f"{name} environment: {total} packages, once …", flush=True)
    return pip.returncode == 0


def _install_project(place: Path, project: Path | None, log: Path) -> bool:
    """Install the project itself; what it needs is in the lock, the tool that builds it too."""
    if project is None:
        return True
    command: list[str | Path] = [place / "bin" / "python", "-m", "pip", "install", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--no-index", "--editable", project]
    with log.open("a") as output:
        return subprocess.run(command, stdout=output, stderr=output, check=False).returncode == 0


def _installed(project: Path | None) -> str:
    """What an installed project depends on: where it is, and what its pyproject.toml says of the package."""
    if project is None:
        return ""
    document = tomllib.loads((project / "pyproject.toml").read_text())
    told = [project, document["project"], document["build-system"], document["tool"]["hatch"]]
    return f"{hashlib.sha256(repr(told).encode()).hexdigest()}\n"


if __name__ == "__main__":
    raise SystemExit(make(sys.argv[1], ROOT / sys.argv[2], *(ROOT / project for project in sys.argv[3:])))
