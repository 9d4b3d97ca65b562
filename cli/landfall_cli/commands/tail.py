"""`landfall tail`: what happens, as it happens."""

import time

import click
from rich.text import Text

from landfall.model.announcements import iso
from landfall_cli import json_output
from landfall_cli.errors import unknown_pipeline
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, QUIET, WARN, Output
from landfall_cli.run_events import RunEvent, Tone
from landfall_cli.run_phase import find_phase
from landfall_cli.times import clock, plural
from landfall_cli.watching import Watch

_POLL_SECONDS = 1.0
_STYLES: dict[Tone, str] = {"plain": "", "quiet": QUIET, "good": GOOD, "bad": BAD, "warn": WARN, "busy": "cyan"}


@click.command(short_help="follow live what happens")
@click.argument("pipelines", nargs=-1)
@click.option("--seconds", type=click.FloatRange(min=1), help="End by itself after so long; else at Ctrl-C.")
@command
def tail(session: Session, pipelines: tuple[str, ...], seconds: float | None) -> None:
    """Follow all pipelines, or PIPELINES: uploads, runs, steps and incidents, a line each as it happens.

    With --json a line is a JSON object. Ctrl-C ends it.
    """
    out, deployed = session.output, session.deployment
    known = deployed.names()
    for name in pipelines:
        if name not in known:
            raise unknown_pipeline(name, known)
    watch = Watch(deployed, pipelines)
    width = max([len(name) for name in watch.states], default=8)
    _introduce(out, session, watch, width)
    deadline = time.monotonic() + seconds if seconds else float("inf")
    while time.monotonic() < deadline:
        time.sleep(min(_POLL_SECONDS, max(deadline - time.monotonic(), 0)))
        for event in watch.poll():
            show(out, event, width)


def show(out: Output, event: RunEvent, width: int) -> None:
    """Print one event as a line."""
    if out.as_json:
        out.json_line(to_json(event))
        return
    line = Text.assemble(
        (clock(event.at, event.at), QUIET), "  ", (f"{event.pipeline:<{width}}", "bold"), "  ",
        (event.text, _STYLES[event.tone]),
    )  # fmt: skip
    out.line(line, indent=len("00:00:00Z") + width + 4)


def to_json(event: RunEvent) -> json_output.JsonObject:
    """An event as JSON."""
    return {
        "at": iso(event.at),
        "pipeline": event.pipeline,
        "event": event.event,
        "text": event.text,
        "detail": event.detail,
    }


def _introduce(out: Output, session: Session, watch: Watch, width: int) -> None:
    deployed, now = session.deployment, time.time()
    text = f"Watching {plural(len(watch.states), 'pipeline')} of the stage {deployed.stage}."
    if out.as_json:
        out.json_line(to_json(RunEvent(now, "", "watching", text, detail={"pipelines": sorted(watch.states)})))
        return
    out.say((f"{text} Ctrl-C ends it.", QUIET))
    for name, state in sorted(watch.states.items()):
        found = find_phase(state, deployed.index.by_name.get(name), deployed.problems.get(name, ()), now)
        more = f", {plural(len(state.incidents), 'open incident')}" if state.incidents else ""
        line = Text.assemble(
            (clock(now, now), QUIET), "  ", (f"{name:<{width}}", "bold"), "  ", (f"{found.text}{more}", QUIET)
        )
        out.line(line, indent=len("00:00:00Z") + width + 4)
