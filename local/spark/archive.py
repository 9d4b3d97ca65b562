"""Make the archive of classes with which a job's Java starts: `python -m local.spark.archive`.

Java (AppCDS) writes down what a typical job has loaded; the local engine is the S3 of that job.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from local.spark import environment, java, jvm
from local.stack import engine_process
from local.stack.stack import Stack

_SECONDS = 300


def main() -> int:
    """Run the training job; the exit code."""
    chosen = java.find(installed=environment.PLACE)
    if chosen is None:
        return 1
    stack = Stack(_free_port())
    environment.ARCHIVE.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            engine_process.start(stack)
            _create_bucket(stack)
            return _train(chosen, stack, Path(folder))
        except engine_process.EngineError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            engine_process.stop(stack)
            shutil.rmtree(stack.directory, ignore_errors=True)


def _train(chosen: Path, stack: Stack, folder: Path) -> int:
    command = jvm.command(
        chosen, environment.spark_home(), environment.S3_JARS,
        jvm.properties(stack.endpoint, "test", "test", folder), "1g",
        options=[f"-XX:ArchiveClassesAtExit={environment.ARCHIVE}"],
    )  # fmt: skip
    request = folder / "request.json"
    request.write_text(
        json.dumps(
            {
                "script": str(Path(__file__).with_name("training.py")),
                "arguments": ["training"],
                "java": command,
                "report": str(folder / "report.json"),
                "kept_in_vain": None,
                "is_gentle": True,
            }
        )
    )
    driver = Path(__file__).with_name("driver.py")
    with subprocess.Popen(
        [environment.PYTHON, driver, request], cwd=folder, env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE, start_new_session=True,
    ) as training:  # fmt: skip
        ended = training.wait(timeout=_SECONDS)
    # a Java that cannot write one says so and ends well
    return ended or int(not environment.ARCHIVE.exists())


def _create_bucket(stack: Stack) -> None:
    request = urllib.request.Request(f"{stack.endpoint}/training", method="PUT")  # noqa: S310  # ours
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # ours
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
