"""`make invoke`: one function, one recorded event, a real container, the local engine; the exit code is its verdict."""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from local.sam import sam_local
from local.sam.containers import ContainerEngine, NoContainerEngineError, base_image
from local.sam.invocation import Invocation, readable
from local.sam.recordings import Recording, UnknownRecordingError
from local.sam.retimed_events import brought_to_now
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import DeployError, build
from local.stack.stack import ROOT, TOOLS, Stack, runtime

COULD_NOT_BE_TRIED = 3
_DEBUGGER = "/tmp/lambci_debug_files"  # noqa: S108  # where SAM mounts --debugger-path, inside the container


class NotReadyError(Exception):
    """Something that the invocation needs is missing, with what to do about it."""


def main() -> int:
    """Invoke; 0 answered, 1 raised, 2 timed out or died, 3 could not be tried."""
    console, chosen, stack = Console(highlight=False), _chosen(), Stack.chosen()
    try:
        recording = Recording.chosen(chosen.function, chosen.event)
        engine = ContainerEngine.found()
        check_deployed(stack, recording)
        _check_reachable(stack, engine)
        with console.status(f"Building {recording.logical_id} …"):
            build(stack)
            sam_local.write_settings(stack, Clients(stack))
        command = _command(stack, engine, recording, chosen.debug)
        console.print(f"[bold]{recording.logical_id}[/bold] with {recording.shown} as of now", soft_wrap=True)
        if chosen.debug:
            console.print(f"It waits for a debugger on port {chosen.debug}: docs/test-locally.md", soft_wrap=True)
        return _invoke(command, stack, recording, console)
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


def check_deployed(stack: Stack, recording: Recording) -> None:
    """Raise NotReadyError unless the local engine runs there and has this function."""
    if not engine_process.is_running(stack):
        raise NotReadyError(f"The local engine does not run on {stack.endpoint}. Bring it up first: make up")
    if recording.logical_id not in Clients(stack).deployed_functions():
        raise NotReadyError(
            f"{recording.logical_id} is not deployed on the local engine: it is newer than the last `make up`, or a "
            "condition of the template leaves it out."
        )


def _check_reachable(stack: Stack, engine: ContainerEngine) -> None:
    address = engine.host_address
    if address and not _answers(address, stack.port):
        raise NotReadyError(
            f"Containers cannot reach the local engine: it does not listen on {address}:{stack.port}. It was started "
            "before the container engine; start it again: make down up"
        )


def _answers(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


def _command(stack: Stack, engine: ContainerEngine, recording: Recording, port: int | None) -> list[str | Path]:
    event = stack.directory / "event.json"
    event.write_text(json.dumps(brought_to_now(recording.as_recorded(), Clients(stack)), ensure_ascii=False))
    command: list[str | Path] = [TOOLS / "sam", "local", "invoke", recording.logical_id, "--event", event]
    command += sam_local.arguments(stack)
    if engine.has_image(base_image(runtime())):
        command.append("--skip-pull-image")  # each invocation would ask the registry for a newer one
    return command + (_debugging(stack, port) if port else [])


def _debugging(stack: Stack, port: int) -> list[str | Path]:
    """Let the container's Python load debugpy from a folder of this machine, and wait for a debugger."""
    import debugpy  # half a second, for this alone

    debugger = stack.directory / "debugger"
    shutil.copytree(Path(debugpy.__file__).parent, debugger / "debugpy", dirs_exist_ok=True)
    arguments = f"{_DEBUGGER}/debugpy --listen 0.0.0.0:{port} --wait-for-client"
    return ["--debug-port", str(port), "--debugger-path", debugger, "--debug-args", arguments]


def _invoke(command: list[str | Path], stack: Stack, recording: Recording, console: Console) -> int:
    started = time.monotonic()
    console.print()
    output, log, code = _run(command, stack, console)
    if code:
        raise NotReadyError(f"`sam local invoke` itself failed with exit code {code}:\n{log.strip()}")
    invocation = Invocation.read(output, log)
    _show(invocation, recording, time.monotonic() - started, console)
    if invocation.ending == "answered":
        console.print("\nWhat came of it, in a shell set up as `make up` says:\n")
        for question in ("status", "runs", "incidents"):
            console.print(f"  .venv/dev/bin/landfall {question}")
    return invocation.exit_code


def _run(command: list[str | Path], stack: Stack, console: Console) -> tuple[str, str, int]:
    """Run SAM, showing the function's lines as they come; its output, its log, its exit code."""
    log = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=stack.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
    ) as sam, console.status("Starting the container …") as status:  # fmt: skip
        over = False  # from then on the runtime only complains that it is stopped
        for line in sam.stderr or ():
            log += line
            over = over or line.startswith("END RequestId")
            shown = readable(line)
            if shown and not over:
                console.print(escape(shown), soft_wrap=True)
            status.update(_phase(line) or status.status)
        output = sam.stdout.read() if sam.stdout else ""
    return output, log, sam.returncode


def _phase(line: str) -> str:
    """The phase that this line of SAM's output begins; empty if it begins none."""
    if line.startswith(("Building image", "Pulling", "Local image")):
        return "Making the container's image …"
    return "Running …" if line.startswith("SAM_CONTAINER_ID") else ""


def _show(invocation: Invocation, recording: Recording, seconds: float, console: Console) -> None:
    name = recording.logical_id
    took = f"{seconds:.1f} s" + (f", {invocation.milliseconds:.0f} ms of it its own" if invocation.milliseconds else "")
    if invocation.ending == "answered":
        console.print(f"\n{escape(json.dumps(invocation.answer, ensure_ascii=False))}", soft_wrap=True)
        console.print(f"[green]{name} answered[/green] ({took}).")
        for message_id in invocation.handed_back:
            console.print(f"[yellow]Message {message_id} would go back to its queue[/yellow]: see above.")
        return
    if invocation.traceback:
        console.print(escape(invocation.traceback), soft_wrap=True)
    console.print(f"\n[red]{name} {escape(invocation.reason)}[/red] ({took}).", soft_wrap=True)


if __name__ == "__main__":
    raise SystemExit(main())
