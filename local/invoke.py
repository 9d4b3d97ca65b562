"""`make invoke`: one function, one recorded event, a real container, the local engine; the exit code is its verdict."""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from local import engine_process, sam_local
from local.clients import Clients
from local.containers import ContainerEngine, NoContainerEngineError
from local.deploy import DeployError, build
from local.invocation import Invocation, readable
from local.place import ROOT, TOOLS, Place, architecture, runtime
from local.recordings import Recording, UnknownRecordingError

COULD_NOT_BE_TRIED = 3
_DEBUGGER = "/tmp/lambci_debug_files"  # noqa: S108  # where SAM mounts --debugger-path, inside the container


class NotReadyError(Exception):
    """Something that the invocation needs is missing, with what to do about it."""


def main() -> int:
    """Invoke; 0 answered, 1 raised, 2 timed out or died, 3 could not be tried."""
    console, chosen, place = Console(highlight=False), _chosen(), Place.chosen()
    try:
        recording = Recording.chosen(chosen.function, chosen.event)
        engine = ContainerEngine.found()
        _check(place, engine)
        with console.status(f"Building {recording.logical_id} …"):
            build(place)
        clients = Clients(place)
        sam_local.write_settings(place, clients)
        return _invoke(place, engine, recording, chosen.debug, console)
    except (UnknownRecordingError, NoContainerEngineError, NotReadyError, DeployError) as error:
        print(error, file=sys.stderr)
        return COULD_NOT_BE_TRIED
    except KeyboardInterrupt:
        return 130


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make invoke")
    parser.add_argument("function", help="a folder of functions/, such as on_upload")
    parser.add_argument("event", help="a file of events/")
    parser.add_argument("--debug", type=int, metavar="PORT", help="wait for a debugger on this port")
    return parser.parse_args()


def _check(place: Place, engine: ContainerEngine) -> None:
    if not engine_process.is_running(place):
        raise NotReadyError(f"The local engine does not run on {place.endpoint}. Bring it up first: make up")
    address = engine.host_address
    if address and not _answers(address, place.port):
        raise NotReadyError(
            f"Containers cannot reach the local engine: it does not listen on {address}:{place.port}. It was started "
            "before the container engine; start it again: make down up"
        )


def _invoke(place: Place, engine: ContainerEngine, recording: Recording, port: int | None, console: Console) -> int:
    event = place.directory / "event.json"
    event.write_text(recording.now())
    console.print(f"[bold]{recording.logical_id}[/bold] with {recording.shown}, its time set to now\n", soft_wrap=True)
    command = [TOOLS / "sam", "local", "invoke", recording.logical_id, "--event", event, *sam_local.arguments(place)]
    if engine.has_image(f"public.ecr.aws/lambda/python:{runtime().removeprefix('python')}-{architecture()}"):
        command.append("--skip-pull-image")  # each invocation would ask the registry for a newer one
    if port:
        command += _debugging(place, port)
        console.print(f"Waiting for a debugger on port {port} (docs/test-locally.md) …\n")
    started = time.monotonic()
    output, log, code = _run(command, place, console)
    if code:
        raise NotReadyError(f"`sam local invoke` itself failed with exit code {code}:\n{log.strip()}")
    invocation = Invocation.read(output, log)
    _tell(invocation, recording, Clients(place), time.monotonic() - started, console)
    return invocation.exit_code


def _debugging(place: Place, port: int) -> list[str | Path]:
    """Let the container's Python load debugpy from a folder of the host and wait for a debugger."""
    import debugpy  # noqa: PLC0415  # half a second, for this alone

    debugger = place.directory / "debugger"
    shutil.copytree(Path(debugpy.__file__).parent, debugger / "debugpy", dirs_exist_ok=True)
    arguments = f"{_DEBUGGER}/debugpy --listen 0.0.0.0:{port} --wait-for-client"
    return ["--debug-port", str(port), "--debugger-path", debugger, "--debug-args", arguments]


def _run(command: list[str | Path], place: Place, console: Console) -> tuple[str, str, int]:
    """Run SAM, showing the function's lines as they come; its output, its log, its exit code."""
    log = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=place.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
    ) as sam, console.status("Starting the container …") as status:  # fmt: skip
        assert sam.stdout and sam.stderr  # noqa: S101  # pipes, to mypy
        over = False  # from then on the runtime only complains that it is stopped
        for line in sam.stderr:
            log += line
            over = over or line.startswith("END RequestId")
            shown = readable(line)
            if shown and not over:
                console.print(escape(shown), soft_wrap=True)
            elif line.startswith(("Building image", "Pulling", "Local image")):
                status.update("Preparing the container's image, once …")
        output = sam.stdout.read()
    return output, log, sam.returncode


def _tell(invocation: Invocation, recording: Recording, clients: Clients, seconds: float, console: Console) -> None:
    name = recording.logical_id
    took = f"{seconds:.1f} s" + (f", {invocation.milliseconds:.0f} ms of it its own" if invocation.milliseconds else "")
    console.print()
    if invocation.ending == "answered":
        console.print(f"returned {escape(str(invocation.answer))}", soft_wrap=True)
        console.print(f"[green]{name} answered[/green] ({took}).")
        for message_id in invocation.handed_back:
            console.print(f"[yellow]The queue would deliver message {message_id} again: the log above says why.")
        _say_where_to_look(clients, console)
        return
    if invocation.traceback:
        console.print(escape(invocation.traceback), soft_wrap=True)
    console.print(f"[red]{name} {escape(invocation.reason)}[/red] ({took}).")
    if invocation.ending == "no answer":
        console.print("Its Timeout and MemorySize stand in template.yaml, under Globals.")


def _say_where_to_look(clients: Clients, console: Console) -> None:
    """The engine has the effects; the environment to look with is what `make up` printed."""
    table = clients.outputs["StateTableName"]
    console.print("\nWhat it left behind:")
    key = '{"pk": {"S": "pipeline#person"}, "sk": {"S": "state"}}'
    for command in (
        f"aws dynamodb get-item --table-name {table} --key '{key}'",
        "aws glue get-crawler --name person-crawler --query Crawler.State",
    ):
        console.print(f"  {escape(command)}", soft_wrap=True)


def _answers(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


if __name__ == "__main__":
    raise SystemExit(main())
