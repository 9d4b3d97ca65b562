"""What the other environments are made with, in one of its own: the pip that comes with Python, and with it uv."""

import functools
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from local.setup.environment import ROOT, Environment, fingerprint
from local.setup.installers import InstallError, Pip
from local.setup.progress import Progress

_UV_LOCK = Path(__file__).with_name("uv.txt")
_PIP_ONLY = f"pip of {sys.version}\n"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Both run wherever they are: neither is called by a script that names a place."""

    python: Path
    """Its pip installs into any environment."""

    uv: Path | None
    """None where it cannot be had."""


@functools.cache
def bootstrap(root: Path = ROOT) -> Bootstrap:
    """Have it, with a note where uv cannot be had; that is tried again by each process. Raises InstallError."""
    environment = Environment("uv", root)
    with environment.locked():
        if not environment.is_ready(fingerprint(_UV_LOCK)):
            _make(environment)
        uv = environment.path / "bin" / "uv"
        return Bootstrap(environment.python, uv if uv.exists() else None)


def _make(environment: Environment) -> None:
    progress = Progress("uv")
    progress.begin("the installer of the others")
    if not environment.is_ready(_PIP_ONLY):
        environment.empty()
        _create(environment)
        environment.finish(_PIP_ONLY)
    try:
        Pip(environment, progress, environment.python).install(_UV_LOCK)
    except InstallError as error:
        progress.finish(f"cannot be had ({error}); pip installs the others, which takes longer")
        return
    environment.finish(fingerprint(_UV_LOCK))
    progress.finish()


def _create(environment: Environment) -> None:
    try:
        venv.create(environment.path, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        with environment.log.open("ab") as log:
            log.write(getattr(error, "output", None) or b"")
        # Debian has the module venv in a package of its own
        raise InstallError(f"Python cannot make an environment with pip: {error} ({environment.log})") from error
