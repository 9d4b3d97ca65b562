"""`make up` and `make demo` say clearly what stands in their way, and leave nothing behind."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from local.stack import engine_process
from local.stack.deploy import DeployError, deploy
from local.stack.polling import until
from local.stack.stack import ROOT, Stack
from tests.e2e.conftest import Landfall, free_port

pytestmark = pytest.mark.engine


def command(module: str, port: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT, env=os.environ | {"LANDFALL_PORT": port}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield str(taken.getsockname()[1])


@pytest.mark.parametrize("module", ["local.commands.up", "local.commands.demo"])
def test_a_port_in_use_is_one_clear_message(module: str, taken_port: str) -> None:
    ended = command(module, taken_port)

    assert ended.returncode == 1
    assert f"Port {taken_port} is in use." in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_what_is_no_port_is_one_clear_message(port: str) -> None:
    ended = command("local.commands.up", port)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [f"LANDFALL_PORT is {port!r}; it must be a port number from 1 to 65535."]


def test_the_demo_does_not_end_an_engine_that_somebody_uses(landfall: Landfall) -> None:
    ended = command("local.commands.demo", str(landfall.stack.port))

    assert ended.returncode == 1
    assert "make down" in ended.stderr
    assert engine_process.is_running(landfall.stack)


@pytest.mark.fresh("it deploys, with parameters of the tests")
def test_a_deploy_that_fails_says_why_and_where_to_read_more(landfall: Landfall) -> None:
    with pytest.raises(DeployError, match=r"(?s)`sam deploy` failed.*sam-deploy\.log"):
        deploy(landfall.stack, lambda _: None, RunHistoryDays="none")


@pytest.mark.fresh("it deploys, with parameters of the tests")
def test_deploying_a_change_keeps_what_is_known(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before = landfall.runs()

    deploy(landfall.stack, lambda _: None, RunHistoryDays="30")

    assert landfall.runs() == before
    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(2)
    assert int(landfall.runs()[-1]["expires_at"]) < int(before[-1]["expires_at"])


def test_an_engine_that_starts_ends_with_what_fails_meanwhile() -> None:
    stack = Stack(free_port())
    started = []

    def fail() -> None:
        started.append(json.loads((stack.directory / "engine.json").read_text())["pid"])
        raise DeployError("the template cannot be built")

    with pytest.raises(DeployError):
        engine_process.start(stack, meanwhile=fail)

    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
    assert not engine_process.stop(stack)


def test_an_engine_does_not_outlive_a_test_run_or_a_demo_that_is_killed() -> None:
    starter = "from local.stack import engine_process; from local.stack.stack import Stack; import sys, time\n"
    starter += "engine_process.start(Stack(int(sys.argv[1]))); print('up', flush=True); time.sleep(60)"
    stack = Stack(free_port())
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(stack.port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        started.kill()

    until(lambda: not engine_process.answers(stack), 10, "the orphan to end")
