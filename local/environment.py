"""Make a Python environment from a locked requirements file: `python -m local.environment NAME REQUIREMENTS`.

Runs before anything is installed, so it uses the standard library only. An environment is made anew when its lock or
its Python changes, and is never left half-made: it is marked as ready last.
"""

import hashlib
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make(name: str, requirements: Path) -> int:
    """Make `.venv/<name>` unless it is there already; returns the exit code."""
    place = ROOT / ".venv" / name
    wanted = f"{sys.version}\n{hashlib.sha256(requirements.read_bytes()).hexdigest()}\n"
    ready = place / "landfall-ready"
    if ready.exists() and ready.read_text() == wanted:
        return 0
    started = time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place, with_pip=True)
    log = place / "install.log"
    if not _install(place, requirements, log, name):
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


if __name__ == "__main__":
    raise SystemExit(make(sys.argv[1], ROOT / sys.argv[2]))
