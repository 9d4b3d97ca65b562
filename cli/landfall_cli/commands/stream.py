"""`landfall stream`: start and stop a pipeline's streaming job, and see how the jobs go."""

import time
from collections.abc import Mapping

import click
from rich.text import Text

from landfall.model import incident_kinds
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall_cli import requests, streams
from landfall_cli.commands.status import incident_text
from landfall_cli.deployment import Deployment
from landfall_cli.errors import FAILED, USAGE, CommandError, unknown_pipeline
from landfall_cli.options import Session, command
from landfall_cli.output import GOOD, QUIET, WARN
from landfall_cli.times import clock

_WAIT = click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it has been handled.")


@click.group(short_help="start, stop and see streaming jobs")
def stream() -> None:
    """Start and stop the streaming job of a pipeline, and see how they go.

    What was started is kept running: it is started again when it ends, until it is stopped here. PIPELINE may be left
    out where one pipeline alone has a stream.
    """


@stream.command(short_help="let it run from now on; also to try again at once")
@click.argument("pipeline", required=False)
@_WAIT
@command
def start(session: Session, pipeline: str | None, wait: bool) -> None:
    """Start PIPELINE's streaming job, and keep it running. After failures it is tried at once, counted from none."""
    name, definition, state = _choose(session.deployment, pipeline)
    if state.stream is None and (definition is None or definition.stream is None):
        raise CommandError(f"{name} has no valid definition with a stream.", "`landfall validate --deployed`")
    known = state.stream
    if known is not None and known.wanted and known.status == "running":
        _say(session, name, definition, state, f"{name}: the stream runs already.")
        return
    requests.send(session.deployment, "Stream Start Requested", {"pipeline": name})

    def is_done(state: State) -> bool:
        found = state.stream
        if found is None or not found.wanted or found.status == "starting":
            return False
        return known is None or found.number > known.number or found.asked_at > known.asked_at

    found = _wait_until(session, name, wait, is_done)
    if found is None or found.stream is None:
        return
    texts = {
        "running": f"Started: {name}. Glue takes a minute or two to run it.",
        "stopping": f"Asked for: {name} starts when its run has stopped.",
        "waiting": f"Asked for: {name} starts when another run of its job has ended, or with the next sweep.",
    }
    if found.stream.status == "given up":
        cause = next((one.cause for one in found.incidents if one.kind == incident_kinds.STREAM_DOWN), "")
        _say(session, name, definition, found, f"{name} cannot be started: {cause}", WARN)
        raise click.exceptions.Exit(FAILED)
    _say(session, name, definition, found, texts.get(found.stream.status, f"Started: {name}."), GOOD)


@stream.command(short_help="stop it on purpose")
@click.argument("pipeline", required=False)
@_WAIT
@command
def stop(session: Session, pipeline: str | None, wait: bool) -> None:
    """Stop PIPELINE's streaming job on purpose: no incident opens, and it stays stopped until it is started here."""
    name, definition, state = _choose(session.deployment, pipeline)
    if state.stream is None or (state.stream.status == "stopped" and not state.stream.wanted):
        _say(session, name, definition, state, f"{name}: the stream is stopped already.")
        return
    requests.send(session.deployment, "Stream Stop Requested", {"pipeline": name})

    def is_done(state: State) -> bool:
        return state.stream is not None and not state.stream.wanted and state.stream.status in ("stopping", "stopped")

    found = _wait_until(session, name, wait, is_done)
    if found is None or found.stream is None:
        return
    stopping = f"Stopping: {name}. Its job ends within some minutes."
    _say(session, name, definition, found, f"Stopped: {name}." if found.stream.status == "stopped" else stopping, GOOD)


@stream.command("status", short_help="how the streaming jobs go")
@click.argument("pipeline", required=False)
@command
def show(session: Session, pipeline: str | None) -> None:
    """Show how the streaming jobs of all pipelines go, or that of PIPELINE."""
    out, deployed, now = session.output, session.deployment, time.time()
    with out.waiting("Reading the pipelines …"):
        found = _find_streams(deployed)
    if pipeline:
        found = {pipeline: _find_stream(deployed, found, pipeline)}
    if out.as_json:
        out.json({"streams": [streams.to_json(definition, state) for definition, state in found.values()]})
        return
    if not found:
        out.say(f"No pipeline of the stage {deployed.stage} has a stream. docs/stream.md says how to add one.")
        return
    table = out.table("PIPELINE", "STREAM", "JOB", "JOB RUN", ">RESTARTS", "OPEN INCIDENTS")
    for name, (definition, state) in sorted(found.items()):
        known, of = state.stream, streams.definition_of(definition, state)
        opened = [incident_text(incident) for incident in state.incidents if incident.kind in incident_kinds.STREAMS]
        table.add_row(
            Text(name, "bold"),
            Text(*streams.describe(known, now)),
            of.job if of else "",
            known.job_run_id if known and known.job_run_id else Text("-", QUIET),
            str(known.restarts) if known else "0",
            Text("\n").join(opened) if opened else Text("none", QUIET),
        )
    out.console.print(table)
    for name, (_, state) in sorted(found.items()):
        for incident in state.incidents:
            if incident.kind in incident_kinds.STREAMS:
                since = f"{name}, {incident.kind} since {clock(incident.opened_at, now)}: "
                out.say((since, WARN), incident.cause)


Found = tuple[Pipeline | None, State]


def _find_streams(deployed: Deployment) -> dict[str, Found]:
    """Every pipeline with a stream in its definition, or in its state."""
    found = {name: (deployed.index.by_name.get(name), state) for name, state in deployed.states().items()}
    return {name: one for name, one in found.items() if streams.definition_of(*one)}


def _find_stream(deployed: Deployment, found: Mapping[str, Found], name: str) -> Found:
    if name in found:
        return found[name]
    if name in deployed.names():
        raise CommandError(f"{name} has no stream.", _list_names(found), USAGE)
    raise unknown_pipeline(name, found or deployed.names())


def _list_names(found: Mapping[str, Found]) -> str:
    return f"There are: {', '.join(sorted(found))}." if found else "No pipeline of this stage has one: docs/stream.md."


def _choose(deployed: Deployment, name: str | None) -> tuple[str, Pipeline | None, State]:
    """The pipeline with this name, else the only one that has a stream."""
    found = _find_streams(deployed)
    if name is None:
        if len(found) != 1:
            raise CommandError("Which pipeline?" if found else "There is no stream.", _list_names(found), USAGE)
        (name,) = found
    return (name, *_find_stream(deployed, found, name))


def _wait_until(session: Session, name: str, wait: bool, is_done: requests.IsDone) -> State | None:
    """Wait for the state that `is_done` accepts; None, with a note to the user, if the request is not handled yet."""
    out, state = session.output, None
    if wait:
        state = requests.wait_until(session.deployment, name, is_done, out, "Waiting until it is handled …")
    if state is None and out.as_json:
        out.json({"pipeline": name, "handled": False})
    elif state is None:
        out.say(("Asked for; it is not handled yet.", WARN))
        out.say(("`landfall stream status` will show it; if not, `landfall redrive` shows dead letters.", QUIET))
    return state


def _say(session: Session, name: str, definition: Pipeline | None, state: State, text: str, style: str = "") -> None:
    if session.output.as_json:
        session.output.json({"pipeline": name, "handled": True, "stream": streams.to_json(definition, state)})
    else:
        session.output.say((text, style))
