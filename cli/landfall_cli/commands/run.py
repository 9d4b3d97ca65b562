"""`landfall run`: ask for a run, and follow it to its end."""

import time

import click

from landfall.model.state import State
from landfall_cli import json_output
from landfall_cli.commands.runs import outcome_of, show_run
from landfall_cli.commands.tail import show
from landfall_cli.errors import FAILED, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import GOOD, QUIET, WARN
from landfall_cli.requests import send
from landfall_cli.watching import Watch

_POLL_SECONDS = 0.5


@click.command(short_help="ask for a run, also to try again")
@click.argument("pipeline")
@click.option("--wait", is_flag=True, help="Follow the run to its end; the exit code is 1 when it fails.")
@click.option("--timeout", default=3600, show_default=True, type=click.IntRange(1), help="Seconds to wait at most.")
@command
def run(session: Session, pipeline: str, wait: bool, timeout: int) -> None:
    """Ask for a run of PIPELINE: it starts at once, or when the run in flight has ended.

    It takes over what is pending and what failed runs left, so it is also how to try again.
    """
    out, deployed = session.output, session.deployment
    definition, state = deployed.pipeline(pipeline)
    if definition is None:
        raise CommandError(
            f"{pipeline} has no valid definition, so no run of it can start.",
            "`landfall validate --deployed` says what is wrong.",
        )
    if state.paused and wait:
        raise CommandError(f"{pipeline} is paused, so no run of it starts.", f"`landfall resume {pipeline}` first.")
    watch = Watch(deployed, (pipeline,))
    before = _find_newest(session, watch.states[pipeline])
    send(deployed, "Run Requested", {"pipeline": pipeline})
    if wait:
        _follow(session, watch, pipeline, before, timeout)
    elif out.as_json:
        out.json({"pipeline": pipeline, "requested": True, "paused": state.paused})
    else:
        out.say((f"A run of {pipeline} is asked for.", GOOD))
        if state.paused:
            out.say((f"It is paused: the run starts after `landfall resume {pipeline}`.", WARN))
        else:
            out.say((f"`landfall tail {pipeline}` follows it.", QUIET))


def _find_newest(session: Session, state: State) -> str:
    """The id of the newest run so far, empty if there is none."""
    if state.run is not None:
        return state.run.id
    found = session.deployment.history.runs(state.pipeline, 1)
    return found[0].id if found else ""


def _follow(session: Session, watch: Watch, pipeline: str, before: str, timeout: int) -> None:
    """Show what happens until the first run after `before` has ended."""
    out, history = session.output, session.deployment.history
    deadline = time.monotonic() + timeout
    with out.waiting(f"A run of {pipeline} is asked for …"):
        while time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            for event in watch.poll():
                if not out.as_json:
                    show(out, event, len(pipeline))
            state = watch.states[pipeline]
            first = next((run for run in history.runs_from(pipeline, before) if run.id > before), None)
            if first is None or (state.run is not None and state.run.id == first.id) or first.ended_at is None:
                continue
            if out.as_json:
                out.json(json_output.run(first, outcome_of(first, state)))
            elif first.failure:
                show_run(out, first, outcome_of(first, state), time.time())
            if first.outcome == "failed":
                raise click.exceptions.Exit(FAILED)
            return
    raise CommandError(
        f"No run of {pipeline} has ended within {timeout} s.", f"`landfall status {pipeline}` says what it does."
    )
