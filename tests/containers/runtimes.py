"""The functions built for one Python and served by one warm `sam local start-lambda`."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.sam import sam_local
from local.stack.polling import until
from local.stack.stack import ROOT, TOOLS, Stack, architecture

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@dataclass(frozen=True)
class Runtime:
    """A Python that functions are built for, with where this machine has it."""

    name: str
    bin: Path | None

    @classmethod
    def of(cls, name: str) -> "Runtime":
        """`name` is Lambda's, such as python3.13."""
        root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        found = sorted(root.glob(f"versions/{name.removeprefix('python')}.*/bin/{name}"))
        if found:
            return cls(name, found[-1].parent)  # pyenv's shim on the path answers for the chosen versions only
        on_path = shutil.which(name)
        return cls(name, Path(on_path).parent if on_path else None)

    @property
    def version(self) -> str:
        return self.name.removeprefix("python")

    def environment(self, stack: Stack) -> dict[str, str]:
        environment = stack.environment()
        return environment | {"PATH": os.pathsep.join([str(TOOLS), str(self.bin), environment["PATH"]])}


@dataclass(frozen=True)
class Built:
    """The functions as `sam build` made them for a runtime and a processor."""

    runtime: Runtime
    architecture: str
    stack: Stack
    directory: Path

    @property
    def template(self) -> Path:
        return self.directory / "template.yaml"

    @property
    def parameters(self) -> list[str]:
        return [f"PythonRuntime={self.runtime.name}", f"Architecture={self.architecture}"]

    def arguments(self) -> list[str]:
        """The options of `sam local` for these, on the local engine."""
        template = ["--template-file", str(self.template)]
        return [*template, *sam_local.on_engine(self.stack), "--parameter-overrides", *self.parameters]


def build(stack: Stack, runtime: Runtime, processor: str = "") -> Built:
    """`sam build` for this runtime, by default for this machine's processor."""
    processor = processor or architecture()
    built = Built(runtime, processor, stack, stack.directory / "builds" / f"{runtime.name}-{processor}")
    ended = subprocess.run(
        [
            TOOLS / "sam", "build", "--build-dir", built.directory,
            "--parameter-overrides", *built.parameters,
        ],
        cwd=ROOT, env=runtime.environment(stack), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return built


@dataclass(frozen=True)
class Answer:
    """What a function returned, or the error that it raised."""

    payload: Any

    @property
    def error(self) -> str:
        """The error's type; empty when it answered. SAM sets no FunctionError, so the payload tells."""
        is_error = isinstance(self.payload, dict) and {"errorType", "errorMessage"} <= self.payload.keys()
        return str(self.payload["errorType"]) if is_error else ""

    @property
    def handed_back(self) -> list[str]:
        """The messages that go back to the queue."""
        return [failure["itemIdentifier"] for failure in self.payload["batchItemFailures"]]


@dataclass(frozen=True)
class Functions:
    """The application's functions in containers."""

    client: "LambdaClient"
    endpoint: str
    log: Path

    def invoke(self, logical_id: str, event: Any) -> Answer:
        answer = self.client.invoke(FunctionName=logical_id, Payload=json.dumps(event).encode())
        return Answer(json.loads(answer["Payload"].read() or "null"))


@contextmanager
def served(built: Built, *options: str) -> Iterator[Functions]:
    """Serve them by `sam local start-lambda` with warm containers; the containers go with it."""
    port = _free_port()
    log = built.directory.with_suffix(".log")
    command: list[str | Path] = [
        TOOLS / "sam", "local", "start-lambda", "--port", str(port), "--warm-containers", "LAZY", *options,
        *built.arguments(),
    ]  # fmt: skip
    with log.open("w") as output, subprocess.Popen(
        command, cwd=ROOT, env=built.stack.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
    ) as server:  # fmt: skip
        try:
            until(lambda: server.poll() is not None or _listens(port), 30, "sam local start-lambda")
            assert server.poll() is None, log.read_text()
            yield Functions(_client(port), f"http://127.0.0.1:{port}", log)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)


def _client(port: int) -> "LambdaClient":
    return boto3.client(
        "lambda", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=Config(read_timeout=120, retries={"total_max_attempts": 1}),
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
