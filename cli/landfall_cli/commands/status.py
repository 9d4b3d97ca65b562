"""`landfall status`: every pipeline at a glance."""

import time
from dataclasses import dataclass

import click
from rich.text import Text

from landfall.model.pipelines import Pipeline
from landfall.model.state import Incident, State
from landfall_cli import json_output, streams
from landfall_cli.errors import unknown_pipeline
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, QUIET, SEVERITIES, WARN, Output
from landfall_cli.run_phase import Phase, find_phase
from landfall_cli.times import ago, duration, plural

_COLOURS = {
    "definition invalid": BAD, "no definition": WARN, "paused": WARN, "running": "cyan", "starting": "cyan",
    "waiting": WARN, "idle": QUIET,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `fresh` and `fresh_until` are None for a pipeline without fresh_within_minutes."""

    name: str
    phase: Phase
    state: State
    problems: tuple[str, ...]
    fresh: bool | None
    fresh_until: float | None
    definition: Pipeline | None = None


@click.command(short_help="what every pipeline does")
@click.argument("pipelines", nargs=-1)
@command
def status(session: Session, pipelines: tuple[str, ...]) -> None:
    """Show what every pipeline does: its phase, last upload, last success, freshness and open incidents."""
    out, deployed, now = session.output, session.deployment, time.time()
    with out.waiting("Reading the pipelines …"):
        states = deployed.states()
    for name in pipelines:
        if name not in states:
            raise unknown_pipeline(name, states)
    rows = [
        row_of(states[name], deployed.index.by_name.get(name), deployed.problems.get(name, ()), now)
        for name in sorted(pipelines or states)
    ]
    if out.as_json:
        out.json({"stage": deployed.stage, "stack": deployed.stack, "pipelines": [_to_json(row) for row in rows]})
    elif rows:
        _show(out, rows, now)
    else:
        out.say(f"No pipeline is defined in the stage {deployed.stage}. docs/add-a-dataset.md says how to add one.")


def row_of(state: State, pipeline: Pipeline | None, problems: tuple[str, ...], now: float) -> Row:
    """The line of one pipeline, fresh while its last upload is no older than the definition allows."""
    fresh_until = None
    if pipeline is not None and pipeline.fresh_within_minutes is not None:
        since = max(state.last_upload_at, state.first_seen_at)
        fresh_until = since + pipeline.fresh_within_minutes * 60 if since else None
    fresh = None if fresh_until is None else now <= fresh_until
    return Row(
        state.pipeline, find_phase(state, pipeline, problems, now), state, problems, fresh, fresh_until, pipeline
    )


def incident_text(incident: Incident) -> Text:
    """The kind in the colour of its severity, the number of repeats, and whether it is acknowledged."""
    times = f", {incident.count} times" if incident.count > 1 else ""
    if incident.acknowledged_at:
        return Text(f"{incident.kind}{times} (acknowledged)", QUIET)
    return Text(f"{incident.kind}{times}", SEVERITIES.get(incident.severity, BAD))


def _show(out: Output, rows: list[Row], now: float) -> None:
    table = out.table("PIPELINE", "PHASE", "WAITING", "LAST UPLOAD", "LAST READY", "FRESH", "OPEN INCIDENTS")
    for row in rows:
        state = row.state
        incidents = Text("\n").join(incident_text(incident) for incident in state.incidents)
        table.add_row(
            Text(row.name, "bold"),
            _format_phase(row, now),
            _format_waiting(state),
            ago(state.last_upload_at, now) if state.last_upload_at else Text("never", QUIET),
            ago(state.last_ready_at, now) if state.last_ready_at else Text("never", QUIET),
            _format_freshness(row, now),
            incidents if state.incidents else Text("none", QUIET),
        )
    out.console.print(table)
    trouble = [row for row in rows if row.state.incidents or row.problems]
    if trouble:
        count = sum(len(row.state.incidents) for row in rows)
        out.say((f"{plural(count, 'open incident')}: `landfall incidents` tells the causes.", WARN))


def _format_phase(row: Row, now: float) -> Text:
    """The phase of the pipeline, and the status of its stream if it has one."""
    text = Text(row.phase.text, _COLOURS.get(row.phase.code, ""))
    if streams.definition_of(row.definition, row.state):
        words, style = streams.describe(row.state.stream, now)
        text.append(f"\nstream {words}", style)
    return text


def _format_waiting(state: State) -> Text:
    """The uploads that the next run takes over: pending ones, and those that failed runs left over."""
    counts = ((state.pending.count, "pending", ""), (state.unprocessed.count, "unprocessed", WARN))
    lines = [Text(f"{count:,} {word}", style) for count, word, style in counts if count]
    return Text("\n").join(lines) if lines else Text("-", QUIET)


def _format_freshness(row: Row, now: float) -> Text:
    if row.fresh is None or row.fresh_until is None:
        return Text("-", QUIET)
    if row.fresh:
        return Text(f"for {duration(row.fresh_until - now)}", GOOD)
    return Text(f"stale for {duration(now - row.fresh_until)}", BAD)


def _to_json(row: Row) -> json_output.JsonObject:
    state = row.state
    return {
        "pipeline": row.name,
        "phase": row.phase.code,
        "phaseText": row.phase.text,
        "since": json_output.time(row.phase.since),
        "problems": list(row.problems),
        "run": state.run.id if state.run else None,
        "step": json_output.step_in_flight(state.run) if state.run else None,
        "paused": state.paused,
        "pausedAt": json_output.time(state.paused_at) if state.paused else None,
        "pausedReason": state.paused_reason,
        "requested": state.requested,
        "pending": json_output.uploads(state.pending),
        "unprocessed": json_output.uploads(state.unprocessed),
        "lastUploadAt": json_output.time(state.last_upload_at),
        "lastReadyAt": json_output.time(state.last_ready_at),
        "coveredUntil": json_output.time(state.covered_until),
        "fresh": row.fresh,
        "freshUntil": json_output.time(row.fresh_until),
        "stream": streams.to_json(row.definition, state),
        "incidents": [json_output.incident(state.pipeline, incident) for incident in state.incidents],
    }
