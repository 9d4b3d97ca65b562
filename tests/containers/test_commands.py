"""What a developer types: `sam local invoke`, `aws lambda invoke`, `make invoke`, and its exit code."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from local.sam.recordings import EVENTS, Recording, functions, recordings
from local.stack.stack import ROOT, TOOLS, Stack, runtime
from tests.containers.cases import CASES
from tests.containers.conftest import Containers
from tests.containers.dap import Debugger
from tests.containers.stack_fixture import Scene
from tests.e2e.conftest import free_port

pytestmark = [pytest.mark.containers, pytest.mark.parametrize("runtime", [runtime()], indirect=True)]

ONE_EACH = {
    recording.folder: recording for recording in recordings() if recording.name in CASES and not recording.is_batch
}


@pytest.mark.parametrize("recording", ONE_EACH.values(), ids=lambda recording: recording.logical_id)
def test_sam_local_invoke_works_with_the_settings_of_samconfig(
    scene: Scene, recording: Recording, pulling: list[str], tmp_path: Path
) -> None:
    case = CASES[recording.name]
    case.given(scene)
    scene.remember()
    current, event = tmp_path / ".local" / "current", tmp_path / "event.json"
    current.parent.mkdir()
    current.symlink_to(scene.landfall.stack.directory)  # as `make up` leaves it
    (tmp_path / "layers").symlink_to(ROOT / "layers")
    event.write_text(json.dumps(scene.adapted(recording.as_recorded())))

    ended = subprocess.run(
        [
            TOOLS / "sam", "local", "invoke", recording.logical_id, "-e", event,
            "--config-file", ROOT / "samconfig.toml", *pulling,
        ],
        cwd=tmp_path, env=scene.landfall.stack.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert "errorType" not in json.loads(ended.stdout), ended.stderr
    case.then(scene)


def test_aws_lambda_invoke_works_against_sam_local_start_lambda(scene: Scene, tmp_path: Path) -> None:
    scene.remember()
    answer = tmp_path / "answer.json"

    ended = subprocess.run(
        [
            TOOLS / "aws", "lambda", "invoke", "--endpoint-url", scene.functions.endpoint,
            "--function-name", "OnUpload", "--payload", f"file://{EVENTS}/on_upload/put_versioned.json", answer,
        ],
        env=scene.landfall.stack.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert json.loads(answer.read_text()) == {"batchItemFailures": []}
    CASES["on_upload/put_versioned"].then(scene)


def make_invoke(
    stack: Stack, function: str, event: str, root: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`make invoke`, but for the environments: this very test runs in one of them."""
    return subprocess.run(
        ["make", "invoke", "MAKE=true", f"FUNCTION={function}", f"EVENT=events/{function}/{event}.json"],
        cwd=root, env=os.environ | {"LANDFALL_PORT": str(stack.port), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_make_invoke_shows_what_the_function_did(scene: Scene) -> None:
    scene.remember()

    ended = make_invoke(scene.landfall.stack, "on_upload", "put_versioned")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    for shown in ("Uploads arrived  pipeline=person uploads=1", '{"batchItemFailures": []}', "OnUpload answered"):
        assert shown in ended.stdout
    CASES["on_upload/put_versioned"].then(scene)


def test_make_invoke_exits_with_1_when_the_function_raises(scene: Scene) -> None:
    ended = make_invoke(scene.landfall.stack, "on_upload", "key_outside_every_pipeline")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback (most recent call last):" in ended.stdout
    assert 'File "/var/task/app.py"' in ended.stdout
    assert "OnUpload raised NoPipelineError" in ended.stdout


def test_make_invoke_exits_with_2_when_the_function_times_out(scene: Scene, tmp_path: Path) -> None:
    """A developer's copy of this repository, in which a function never ends."""
    project, stack = tmp_path / "landfall", scene.landfall.stack
    for name in ("events", "functions", "layers", "local", "pipelines"):
        shutil.copytree(ROOT / name, project / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "samconfig.toml"):
        shutil.copy(ROOT / name, project)
    (project / ".venv").symlink_to(ROOT / ".venv")
    template = (ROOT / "template.yaml").read_text()
    assert "\n    Timeout: 60\n" in template
    (project / "template.yaml").write_text(template.replace("\n    Timeout: 60\n", "\n    Timeout: 3\n"))
    (project / "functions" / "on_upload" / "app.py").write_text(
        "import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n"
    )
    directory = project / ".local" / str(stack.port)
    directory.mkdir(parents=True)
    shutil.copy(stack.directory / "engine.json", directory)

    ended = make_invoke(stack, "on_upload", "put_versioned", project)

    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "OnUpload timed out after 3 s" in ended.stdout


def test_make_invoke_says_that_no_container_engine_is_there(scene: Scene) -> None:
    ended = make_invoke(scene.landfall.stack, "on_upload", "put_versioned", DOCKER_HOST="unix:///nowhere/docker.sock")

    assert ended.returncode == 2
    assert "No container engine answers" in ended.stderr
    assert "make invoke-in-process" in ended.stderr


def test_make_invoke_says_what_there_is_to_choose_from(scene: Scene) -> None:
    no_function = make_invoke(scene.landfall.stack, "on_uplaod", "put_versioned")
    no_event = make_invoke(scene.landfall.stack, "on_upload", "put_verioned")

    assert all(folder in no_function.stderr for folder in functions())
    assert "events/on_upload/put_versioned.json" in no_event.stderr


def test_make_invoke_says_that_the_local_engine_is_down(scene: Scene) -> None:
    ended = make_invoke(Stack(free_port()), "on_upload", "put_versioned")

    assert ended.returncode == 2
    assert "make up" in ended.stderr


def test_a_debugger_stops_at_a_breakpoint_of_a_handler(scene: Scene, containers: Containers) -> None:
    handler = ROOT / "functions" / "on_upload" / "app.py"
    line = 1 + handler.read_text().splitlines().index("    return batch.response()")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [
            "make", "invoke", "MAKE=true", "FUNCTION=on_upload", "EVENT=events/on_upload/put_versioned.json",
            f"DEBUG={port}",
        ],
        cwd=ROOT, env=os.environ | {"LANDFALL_PORT": str(scene.landfall.stack.port)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as invocation:  # fmt: skip
        debugger = Debugger(port)
        debugger.attach({str(handler.parent): "/var/task"}, {str(handler): line})

        stopped = debugger.stopped()

        output = invocation.communicate(timeout=60)[0]
        debugger.close()
    assert stopped[:2] == (str(handler), line)
    assert "Batch(items=[" in stopped[2]["batch"]
    assert "OnUpload answered" in output
