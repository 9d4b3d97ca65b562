"""What the engine's tests share: a process, clients, and waiting without sleeping blindly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.engine.answer_shapes import check_answers

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
PEOPLE = "name,age,city\nanna,30,Ulm\nbert,41,Bonn\n"
T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = 20.0) -> T:
    """Look again and again until there is something; what was seen last is in the message."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s; last seen: {seen!r}"
        time.sleep(0.02)
    return seen


def refused(call: Callable[..., Any], **request: Any) -> str:
    """The error code with which an operation is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Engine:
    """A running engine."""

    process: subprocess.Popen[bytes]
    port: int
    clients: dict[str, Any] = field(default_factory=dict)
    """By service; making one takes longer than most tests."""

    @property
    def url(self) -> str:
        """The one endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A client with no retries: what is refused is seen."""
        if service not in self.clients:
            self.clients[service] = self._client(service)
        return self.clients[service]

    def _client(self, service: str) -> Any:
        make: Any = boto3.client  # the stubs ask for a literal name
        client = make(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        if service in ("glue", "athena"):
            check_answers(client, service)
        return client

    def answers(self) -> bool:
        """Whether it serves yet."""
        try:
            with urllib.request.urlopen(f"{self.url}/_landfall/settings", timeout=5):  # noqa: S310 # a fixed http address
                return True
        except OSError:
            assert self.process.poll() is None, "the engine ended"
            return False

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


def start_engine(port: int, **environment: str) -> Engine:
    """Start an engine on a port, with the times shortened."""
    usual = {"LANDFALL_PORT": str(port), "LANDFALL_CRAWL_SECONDS": "0", "LANDFALL_ENDS_WITH_PARENT": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "local.engine"],
        cwd=ROOT,
        env={**os.environ, **usual, **environment},
    )
    engine = Engine(process, port)
    until(engine.answers)
    return engine
