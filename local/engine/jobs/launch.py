"""The process of a run: its folder, its environment, its request to the driver, its end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.engine import ministack_adapter
from local.engine.errors import JobError
from local.engine.iam import acting
from local.engine.jobs.libraries import Libraries, fetch, fetch_libraries
from local.engine.jobs.logs import ERRORS, OUTPUT, Logs
from local.engine.jobs.runs import JobRun
from local.engine.ministack_adapter import Principal
from local.spark import environment, java, jvm

_DRIVER = Path(environment.__file__).with_name("driver.py")
_MEMORY = "1g"
_SECRET = "test"  # noqa: S105  # the emulator takes any
_NOT_FOR_SCRIPTS = ("--conf", "--extra-files", "--extra-jars", "--extra-py-files", "--additional-python-modules")
_KINDS = ("glueetl", "gluestreaming", "pythonshell")


class Launch:
    """A driver that has been started."""

    def __init__(self, process: subprocess.Popen[bytes], report: Path) -> None:
        self._process = process
        self._report = report

    def is_running(self) -> bool:
        """Whether the script still runs."""
        return self._process.poll() is None

    def failure(self) -> str | None:
        """What the script that has ended failed with."""
        code = self._process.wait()
        if self._report.exists():
            return str(json.loads(self._report.read_text())["error"])
        if code < 0:
            return f"Command failed with exit code {128 - code} ({signal.Signals(-code).name})"
        return f"Command failed with exit code {code}" if code else None

    def end(self) -> None:
        """End the driver, Spark's Java and all workers, whatever they do."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


@contextlib.contextmanager
def launch(run: JobRun, logs: Logs, endpoint: str) -> Iterator[Launch]:
    """Start the run's script; on the way out nothing of it is left. Raises JobError if it cannot start."""
    folder = Path(tempfile.mkdtemp(prefix="landfall-job-"))
    key = _key_of_role(run)
    try:
        launched = _start(run, logs, endpoint, folder, key)
        try:
            yield launched
        finally:
            launched.end()
    finally:
        ministack_adapter.close_session(key)
        shutil.rmtree(folder, ignore_errors=True)


def _role(run: JobRun) -> Principal:
    return Principal(str(run.definition.get("Role") or "").rpartition("/")[2], "GlueJobRunnerSession")


def _key_of_role(run: JobRun) -> str:
    """The access key of the script: a session of the job's role where IAM is judged, else the account itself.

    The emulator takes the account from a key that is one; a session's is the engine's own account.
    """
    account, role = ministack_adapter.account_id(), _role(run)
    if not acting.is_on() or account != ministack_adapter.account_of(""):
        return account
    return ministack_adapter.open_session(role.role, role.session)


def check(run: JobRun) -> None:
    """Raises JobError for a run that cannot start whatever this machine has."""
    kind, role = run.command.get("Name"), str(run.definition.get("Role") or "")
    if kind not in _KINDS:
        raise JobError(f"The local engine runs jobs of the kinds {', '.join(_KINDS)}, not {kind}")
    if run.all_arguments().get("--job-language", "python").lower() != "python":
        raise JobError("The local engine runs Python scripts only")
    name = role.rpartition("/")[2]
    if not (ministack_adapter.role_exists(name) and acting.may_be_assumed_by(name, "glue.amazonaws.com")):
        raise JobError(f"Role {role} should be given assume role permissions for Glue Service.")


def _start(run: JobRun, logs: Logs, endpoint: str, folder: Path, key: str) -> Launch:
    work = folder / "work"
    work.mkdir()
    script = fetch(str(run.command.get("ScriptLocation") or ""), folder, _role(run))
    arguments = run.all_arguments()
    libraries = fetch_libraries(arguments, folder, work, _role(run))
    if modules := arguments.get("--additional-python-modules"):
        logs.write(ERRORS, [f"The local engine installs no modules for a job; not installed here: {modules}"])
    report, request = folder / "report.json", folder / "request.json"
    is_spark = run.command.get("Name") != "pythonshell"
    request.write_text(
        json.dumps(
            {
                "script": str(script),
                "arguments": _argv(run, arguments, is_spark),
                "java": _java(endpoint, folder, libraries, key) if is_spark else None,
                "report": str(report),
                "kept_in_vain": str(folder / "warehouse") if _has_catalog(arguments) else None,
                "is_gentle": False,
            }
        )
    )
    process = subprocess.Popen(
        [environment.PYTHON if is_spark else sys.executable, _DRIVER, request],
        cwd=work, env=_environment(endpoint, folder, libraries, key), start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    for kind, pipe in ((OUTPUT, process.stdout), (ERRORS, process.stderr)):
        if pipe:
            logs.follow(kind, pipe)  # type: ignore[arg-type]  # of bytes
    return Launch(process, report)


def _argv(run: JobRun, arguments: dict[str, str], is_spark: bool) -> list[str]:
    """The script's arguments as Glue orders them: its own first."""
    own = {}
    if is_spark:
        number = hashlib.sha256(run.job.encode()).hexdigest()
        own = {"--JOB_ID": f"j_{number}", "--JOB_RUN_ID": run.run_id, "--JOB_NAME": run.job}
    given = {name: value for name, value in arguments.items() if name not in _NOT_FOR_SCRIPTS}
    return [word for pair in {**own, **given, **own}.items() for word in pair]


def _has_catalog(arguments: dict[str, str]) -> bool:
    return arguments.get("--enable-glue-datacatalog", "false").lower() != "false"


def _java(endpoint: str, folder: Path, libraries: Libraries, key: str) -> list[str]:
    chosen = java.find(installed=environment.PLACE)
    if chosen is None:
        raise JobError("There is no Java 17 or 21 any more. `make setup-spark` gets one")
    properties = jvm.properties(endpoint, key, _SECRET, folder)
    return jvm.command(
        chosen, environment.spark_home(), environment.S3_JARS, properties | libraries.properties, _MEMORY,
        archive=environment.ARCHIVE, jars=libraries.jars,
    )  # fmt: skip


def _environment(endpoint: str, folder: Path, libraries: Libraries, key: str) -> dict[str, str]:
    """Nobody's account, whatever the engine was started with."""
    foreign = ("AWS_", "LANDFALL_", "PYSPARK_", "PYTHON", "SPARK_", "_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    nothing = folder / "no-profiles"
    nothing.touch()  # AWS's SDK for Java complains at length of /dev/null
    account: dict[str, Any] = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "AWS_DEFAULT_REGION": ministack_adapter.region(),
        "AWS_REGION": ministack_adapter.region(),
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    python = {"PYTHONPATH": ":".join(map(str, libraries.python_path))} if libraries.python_path else {}
    own = {"PYTHONUNBUFFERED": "1", "SPARK_LOCAL_IP": "127.0.0.1", "TMPDIR": str(folder)}
    return inherited | account | python | own
