"""An engine of these tests' own, and the environment in which clients find it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import boto3
import pytest

from local.stack import engine_process
from local.stack.stack import ENGINE_PYTHON, REGION, Stack

BUCKET, DATABASE = "clients-lake", "clients"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    if not ENGINE_PYTHON.exists():
        pytest.fail("The engine's environment is missing: make setup")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    stack = Stack(port)
    engine_process.start(stack)
    yield stack
    engine_process.stop(stack)


@pytest.fixture(scope="session", autouse=True)
def endpoint(stack: Stack) -> Iterator[str]:
    """Clients read the endpoint and credentials from the environment, as a developer sets them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        boto3.client("glue", region_name=REGION).create_database(DatabaseInput={"Name": DATABASE})
        yield stack.endpoint
