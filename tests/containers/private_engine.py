"""A container engine of the tests' own where none answers: started, filled with base images, ended without a trace.

It is made by the scripts of a folder `samlocal` that stands beside this repository, or that SAMLOCAL names. They need
root and Debian.
"""

import importlib.metadata
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack.stack import ROOT, TOOLS

MARK = f"{zlib.crc32(str(ROOT).encode()):08x}"
"""Of this checkout, in the names of what is brought up: .ci/run looks for it."""

_RUNTIME_CLIENT = "awslambdaric==4.2.2"
_SECONDS = 120  # the first time it is installed from Debian's packages


class NoPrivateEngineError(Exception):
    """There is nothing to bring it up with, with the reason."""


class PrivateEngineError(Exception):
    """It could be brought up, but it failed, with the reason."""


def scripts() -> Path:
    """The folder of the scripts. Raises NoPrivateEngineError."""
    folder = Path(os.environ.get("SAMLOCAL") or ROOT.parent / "shared" / "samlocal")
    if not (folder / "engine.sh").exists():
        raise NoPrivateEngineError(f"there is no {folder}/engine.sh to bring one up (SAMLOCAL names another folder)")
    if os.geteuid() or not shutil.which("apt-get"):
        raise NoPrivateEngineError(f"{folder}/engine.sh brings one up on Debian and as root only")
    return folder


@contextmanager
def private_engine() -> Iterator[dict[str, str]]:
    """Run one; the variables by which clients find it. Raises NoPrivateEngineError or PrivateEngineError."""
    engine = scripts() / "engine.sh"
    directory = Path(tempfile.mkdtemp(prefix=f"landfall-{MARK}-", dir="/tmp"))  # a socket's path must be short
    settings = _settings(directory)
    environment = os.environ | settings
    try:
        started = subprocess.run(
            [engine, "start"], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if started.returncode:
            raise PrivateEngineError(f"{engine} start failed: {started.stderr.strip()[-500:]}")
        yield settings | {
            "DOCKER_HOST": f"unix://{directory}/docker.sock",
            "SAMLOCAL_HOST_IP": settings["BRIDGE_IP"],
        }
    finally:
        subprocess.run([engine, "stop"], env=environment | {"PURGE": "1"}, capture_output=True, check=True)
        shutil.rmtree(directory, ignore_errors=True)


def add_base_image(version: str, settings: dict[str, str]) -> None:
    """Put a stand-in for AWS's base image of Python `version`, such as 3.13, into it. Raises PrivateEngineError."""
    boto3 = f"boto3=={importlib.metadata.version('boto3')}"
    with tempfile.TemporaryDirectory() as work:
        environment = os.environ | settings | {
            "WORK": work, "UV": str(TOOLS / "uv"), "UV_SYSTEM_CERTS": "1", "RIC": f"{_RUNTIME_CLIENT} {boto3}",
        }  # fmt: skip
        made = subprocess.run(
            [scripts() / "mkbase.sh", version], env=environment, capture_output=True, text=True, check=False
        )
    if made.returncode:
        raise PrivateEngineError(f"no base image of Python {version}: {made.stderr.strip()[-500:]}")


def _settings(directory: Path) -> dict[str, str]:
    """Names and an address of our own, so that several may run at once."""
    start = os.getpid()
    number = next(found % 250 for found in range(start, start + 250) if not _is_taken(f"172.29.{found % 250}."))
    return {"ENGINE": str(directory), "BRIDGE": f"lf{MARK}{number}", "BRIDGE_IP": f"172.29.{number}.1"}


def _is_taken(prefix: str) -> bool:
    addresses = Path("/proc/net/fib_trie").read_text()
    return prefix in addresses
