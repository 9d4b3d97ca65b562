"""Run a job's script as AWS Glue runs it: `driver.py REQUEST`, a JSON file that local/engine/jobs/process.py writes.

This file runs with the Python that jobs have, not the engine's, so it imports nothing of this repository. It ends with
the process at the other end of its standard input; Spark's Java and every worker, one process group, end with it.
"""

import atexit
import importlib.abc
import importlib.machinery
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LONGEST_ERROR = 1000
_JAVA_SECONDS = 60
_NO_AWSGLUE = (
    "awsglue does not run outside AWS Glue: its classes are in a Java library that AWS does not publish. "
    "Plain PySpark runs the same on Glue and here: SparkSession.builder.getOrCreate() instead of GlueContext, "
    "argparse's parse_known_args instead of getResolvedOptions, spark.read and DataFrame.write on s3:// paths "
    "instead of DynamicFrames"
)


def main() -> int:
    """Run the script; what went wrong is written to the request's report. The exit code."""
    request = json.loads(Path(sys.argv[1]).read_text())
    _end_with(os.dup(0), Path(sys.argv[1]).parent)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[0:1] = []  # this file's folder is none of the script's business
    sys.meta_path.append(_NoAwsGlue())
    script = Path(request["script"])
    try:
        code = compile(script.read_bytes(), script, "exec")
        java = _start_java(request["java"]) if request["java"] else None
        over = _end_with_java(java, Path(request["report"])) if java else threading.Event()
        error = _run(code, script, request["arguments"])
        over.set()
    except Exception as failure:
        traceback.print_exception(type(failure), failure, None)
        java, error = None, _format_failure(failure)
    if error is None and request["kept_in_vain"]:
        error = _tables_kept_in_vain(Path(request["kept_in_vain"]))
    if error is not None:
        Path(request["report"]).write_text(json.dumps({"error": error}))
    if java and request["is_gentle"]:
        _end_gently(java)
    sys.stdout.flush()
    sys.stderr.flush()
    # nothing of Spark is worth waiting for: what the script has written is written
    os._exit(0 if error is None else 1)


def _end_with(pipe: int, folder: Path) -> None:
    """End when the pipe closes: a killed engine cannot clean up by itself."""

    def wait() -> None:
        os.read(pipe, 1)
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, name="ends-with-the-engine", daemon=True).start()


def _start_java(command: list[str]) -> "subprocess.Popen[bytes]":
    """Start Spark's gateway, and pass its address to PySpark, as if PySpark had started it."""
    import pyspark

    connection = Path(tempfile.mkdtemp()) / "gateway"
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    environment = os.environ | {"_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection)}
    java = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    import pyspark.sql  # takes the time that Java needs to start

    deadline = time.monotonic() + _JAVA_SECONDS
    while not connection.exists():
        if java.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("Java did not start Spark's gateway; what it said is in the error log")
        time.sleep(0.02)
    content = connection.read_bytes()
    port, length = struct.unpack_from("!ii", content)
    os.environ["PYSPARK_GATEWAY_PORT"] = str(port)
    os.environ["PYSPARK_GATEWAY_SECRET"] = content[8 : 8 + length].decode()
    return java


def _end_with_java(java: "subprocess.Popen[bytes]", report: Path) -> threading.Event:
    """On Glue the driver is Java: a script that waits for something else ends with it. Setting the event lets it go."""
    over = threading.Event()

    def wait() -> None:
        code = java.wait()
        if over.is_set():
            return
        reason = f"{128 - code} ({signal.Signals(-code).name})" if code < 0 else str(code)
        report.write_text(json.dumps({"error": f"Spark's Java ended with exit code {reason}"}))
        os._exit(1)

    threading.Thread(target=wait, name="ends-with-java", daemon=True).start()
    return over


def _run(code: types.CodeType, script: Path, arguments: list[str]) -> str | None:
    """Run the code as `__main__`, with its threads and exit handlers; what it failed with, if it did."""
    module = types.ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    sys.argv = [str(script), *arguments]
    error = None
    try:
        exec(code, module.__dict__)  # noqa: S102  # the job
    except SystemExit as end:
        error = None if end.code in (None, 0) else _format_failure(end)
    except BaseException as failure:
        # the first frame is ours
        frames = failure.__traceback__.tb_next if failure.__traceback__ else None
        traceback.print_exception(type(failure), failure, frames)
        error = _format_failure(failure)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001  # there is no public way
    return error


def _format_failure(failure: BaseException) -> str:
    """The failure in a line, as Glue's ErrorMessage has it."""
    text = str(failure)
    java = getattr(failure, "java_exception", None)
    if java is not None:
        text = f"{text.splitlines()[0]} {java.toString()}"
    line = next((line for line in text.splitlines() if line.strip()), "")
    return f"{type(failure).__name__}: {line}".rstrip(": ")[:_LONGEST_ERROR]


def _tables_kept_in_vain(warehouse: Path) -> str | None:
    tables = sorted(folder.name for folder in warehouse.glob("*")) if warehouse.is_dir() else []
    return (
        f"The local engine has no Glue Data Catalog for Spark: {', '.join(tables)} would be lost. "
        "Write to s3:// paths and let a crawler make the table"
    ) if tables else None  # fmt: skip


def _end_gently(java: "subprocess.Popen[bytes]") -> None:
    """Let Java end in its own time, which it needs to write a class archive."""
    from pyspark import SparkContext

    context = SparkContext._active_spark_context  # noqa: SLF001  # getOrCreate would make one
    if context:
        context.stop()
    if java.stdin:
        java.stdin.close()
    java.wait()


class _NoAwsGlue(importlib.abc.MetaPathFinder):
    """Asked last: a stand-in that the job brings itself is found before."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] == "awsglue":
            raise ModuleNotFoundError(_NO_AWSGLUE, name=name)
        return None


if __name__ == "__main__":
    main()
