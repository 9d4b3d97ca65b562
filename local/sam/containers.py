"""The container engine that `sam local` runs functions in: whether one answers, and how its containers reach us."""

import contextlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass

from local.stack.stack import architecture

HOST = "host.docker.internal"  # this machine's name inside a container; samconfig.toml gives it its address

_SECONDS = 20  # Docker Desktop, just woken up, takes its time


class NoContainerEngineError(Exception):
    """No container engine answers, with the reason and what to do."""


def base_image(runtime: str) -> str:
    """AWS's image of a runtime, such as python3.13, for this machine's processor."""
    return f"public.ecr.aws/lambda/python:{runtime.removeprefix('python')}-{architecture()}"


@dataclass(frozen=True, slots=True)
class ContainerEngine:
    """A container engine that answers."""

    system: str
    """What it runs on, such as `Docker Desktop`."""

    @classmethod
    def found(cls) -> "ContainerEngine":
        """The engine of the docker command and DOCKER_HOST. Raises NoContainerEngineError."""
        try:
            return cls(_docker("info", "--format", "{{.OperatingSystem}}"))
        except FileNotFoundError:
            reason = "There is no `docker` command."
        except subprocess.TimeoutExpired:
            reason = f"`docker info` gave no answer in {_SECONDS} s."
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or error.stdout).strip().splitlines()[-1]
        raise NoContainerEngineError(
            f"No container engine answers: {reason}\n"
            "`sam local` runs functions in containers. Start Docker (Desktop, or `systemctl start docker`) and try "
            "again.\nWithout containers: make invoke-in-process FUNCTION=… EVENT=…"
        )

    def has_image(self, image: str) -> bool:
        """Whether this image need not be pulled."""
        with contextlib.suppress(subprocess.CalledProcessError):
            return bool(_docker("image", "inspect", "--format", "{{.Id}}", image))
        return False

    @property
    def host_address(self) -> str | None:
        """The address of this machine on the engine's bridge, where containers find it.

        None where HOST leads to loopback (Docker Desktop and its like), or the bridge is not this machine's.
        """
        chosen = os.environ.get("SAMLOCAL_HOST_IP")
        if chosen:
            return chosen
        if sys.platform != "linux" or self.system == "Docker Desktop":
            return None
        gateway = _docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
        return gateway if _is_ours(gateway) else None


def host_address() -> str | None:
    """`ContainerEngine.host_address` of the engine that answers; None where none does."""
    try:
        return ContainerEngine.found().host_address
    except (NoContainerEngineError, subprocess.CalledProcessError):
        return None


def _docker(*arguments: str) -> str:
    ended = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=_SECONDS, check=True)
    # an engine that does not answer causes a message on standard error, in some versions with exit code 0
    if not ended.stdout.strip():
        raise subprocess.CalledProcessError(1, arguments, ended.stdout, ended.stderr or "it answered nothing")
    return ended.stdout.strip()


def _is_ours(address: str) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind((address, 0))
        return True
    return False
