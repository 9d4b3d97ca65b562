"""`landfall runs`: the history, and one run with its steps."""

import time
from itertools import islice

import click
from rich.text import Text

from landfall.model.state import RunRecord, State
from landfall_cli import json_output
from landfall_cli.deployment import Deployment
from landfall_cli.errors import USAGE, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, QUIET, WARN, Output
from landfall_cli.times import clock, duration, plural

_COLOURS = {"succeeded": GOOD, "failed": BAD, "running": "cyan", "empty": WARN}


@click.command(short_help="the history, and one run with its steps")
@click.argument("pipeline", required=False)
@click.argument("run_id", required=False, metavar="[RUN]")
@click.option("-n", "limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many runs to show.")
@command
def runs(session: Session, pipeline: str | None, run_id: str | None, limit: int) -> None:
    """Show the newest runs of all pipelines, or of PIPELINE; with RUN, that run and its steps.

    RUN may be cut short, as long as it names one run; `last` is the newest.
    """
    out, deployed = session.output, session.deployment
    if pipeline and run_id:
        state = deployed.pipeline(pipeline)[1]
        record = _find_run(deployed, state, run_id)
        if out.as_json:
            out.json(json_output.run(record, outcome_of(record, state)))
        else:
            show_run(out, record, outcome_of(record, state), time.time())
        return
    found = _find_newest(deployed, pipeline, limit)
    if out.as_json:
        out.json({"runs": [json_output.run(record, outcome) for record, outcome in found]})
    elif not found:
        out.say("No run yet.")
    else:
        _show_all(out, found, pipeline is None)


def outcome_of(record: RunRecord, state: State) -> str:
    """The outcome of the run, `running` while it is in flight."""
    if record.outcome:
        return record.outcome
    return "running" if state.run is not None and state.run.id == record.id else "unknown"


def as_of_now(record: RunRecord, state: State) -> RunRecord:
    """The record, brought up to date if the run is in flight: its history item is as of its start."""
    run = state.run
    if record.outcome or run is None or run.id != record.id:
        return record
    return RunRecord(record.pipeline, run.id, run.started_at, run.uploads, log=run.log)


def _find_newest(deployed: Deployment, pipeline: str | None, limit: int) -> list[tuple[RunRecord, str]]:
    if pipeline:
        states = {pipeline: deployed.pipeline(pipeline)[1]}
    else:
        states = {name: state for name, state in deployed.states().items() if state.version}
    found = [
        (as_of_now(record, state), outcome_of(record, state))
        for name, state in states.items()
        for record in deployed.history.runs(name, limit)
    ]
    return list(islice(sorted(found, key=lambda item: item[0].id, reverse=True), limit))


def _find_run(deployed: Deployment, state: State, run_id: str) -> RunRecord:
    if run_id == "last":
        newest = deployed.history.runs(state.pipeline, 1)
    else:
        newest = list(
            islice((run for run in deployed.history.runs_from(state.pipeline, run_id) if run.id.startswith(run_id)), 2)
        )
    if len(newest) != 1:
        problem = "more than one run" if newest else "no run that is remembered"
        raise CommandError(
            f"{run_id} names {problem} of {state.pipeline}.", f"`landfall runs {state.pipeline}` lists them.", USAGE
        )
    return as_of_now(newest[0], state)


def _show_all(out: Output, found: list[tuple[RunRecord, str]], with_pipeline: bool) -> None:
    table = out.table(
        *(("PIPELINE",) if with_pipeline else ()), "STARTED", "TOOK", ">UPLOADS", "OUTCOME", "CAUSE / RUN"
    )
    for record, outcome in found:
        took = "" if record.ended_at is None else duration(record.ended_at - record.started_at)
        cells: list[str | Text] = [
            clock(record.started_at),
            took,
            f"{record.uploads.count:,}",
            Text(outcome, _COLOURS.get(outcome, WARN)),
        ]
        if record.failure:
            cells.append(Text.assemble(f"{record.failure.kind}: {record.failure.cause}\n", (record.id, QUIET)))
        else:
            cells.append(Text(record.id, QUIET))
        table.add_row(*((record.pipeline,) if with_pipeline else ()), *cells)
    out.console.print(table)


def show_run(out: Output, record: RunRecord, outcome: str, now: float) -> None:
    """Show one run: its uploads, each step, its outcome."""
    ended = now if record.ended_at is None else record.ended_at
    out.say(
        (f"{record.pipeline} ", "bold"), record.id, "  ", (outcome, _COLOURS.get(outcome, WARN)),
        f" {'for' if record.ended_at is None else 'after'} {duration(ended - record.started_at)}",
    )  # fmt: skip
    out.say(f"  started {clock(record.started_at)}, {plural(record.uploads.count, 'upload')}")
    for key in record.uploads.keys:
        out.say((f"    {key}", QUIET))
    if record.uploads.count > len(record.uploads.keys):
        out.say((f"    and {record.uploads.count - len(record.uploads.keys):,} more", QUIET))
    if record.log:
        table = out.table("STEP", ">ATTEMPT", "STARTED", "TOOK", "OUTCOME")
        for step in record.log:
            table.add_row(
                step.step, str(step.attempt), clock(step.started_at, record.started_at),
                duration(step.ended_at - step.started_at), Text(step.outcome, _COLOURS[step.outcome]),
            )  # fmt: skip
        out.console.print(table)
    if record.failure:
        out.say((f"{record.failure.kind}", BAD), f" at {record.failure.step}: {record.failure.cause}")
        if record.failure.check:
            out.say(f"  check {record.failure.check}, query {record.failure.query_id}")
        show_rows(out, record.failure.rows)
        for change in record.failure.changes:
            out.say("    ", change)
        out.say((f"To try again: landfall run {record.pipeline}", QUIET))


def show_rows(out: Output, rows: tuple[tuple[str, ...], ...]) -> None:
    """Show the first offending rows of a check."""
    for row in rows:
        out.say("    ", " | ".join(row))
