"""`landfall incidents`: list what is wrong, since when and why, or show one incident in full."""

import time

import click
from rich.table import Table
from rich.text import Text

from landfall.model.state import Incident
from landfall_cli import json_output
from landfall_cli.commands.runs import show_rows
from landfall_cli.commands.status import incident_text
from landfall_cli.deployment import Deployment
from landfall_cli.errors import USAGE, CommandError, unknown_pipeline
from landfall_cli.options import Session, command
from landfall_cli.output import GOOD, QUIET, SEVERITIES, Output
from landfall_cli.times import ago, clock, duration, plural

_ROWS = 3  # of each incident in the list; a single one is shown with all

Found = tuple[str, Incident]  # with the name of its pipeline


@click.command(short_help="what is wrong, since when and why")
@click.argument("pipeline", required=False)
@click.argument("kind", required=False)
@click.option("--all", "with_resolved", is_flag=True, help="Also those that were resolved, as long as they are kept.")
@click.option("-n", "limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many to show.")
@command
def incidents(session: Session, pipeline: str | None, kind: str | None, with_resolved: bool, limit: int) -> None:
    """Show the open incidents of all pipelines, or of PIPELINE; with KIND, such as "crawl failed", that one in full."""
    out, deployed, now = session.output, session.deployment, time.time()
    with out.waiting("Reading the incidents …"):
        found = _find_incidents(deployed, pipeline, with_resolved, limit)
    if kind:
        found = [(name, incident) for name, incident in found if incident.kind == kind.replace("-", " ")][:1]
        if not found:
            raise _unknown_incident(deployed, pipeline or "", kind, with_resolved)
    found = found[:limit]
    if out.as_json:
        out.json({"incidents": [json_output.incident(name, incident) for name, incident in found]})
    elif kind:
        _show_one(out, *found[0], now)
    elif found:
        _show_all(out, found, now)
    else:
        where = f" of {pipeline}" if pipeline else ""
        out.say((f"No {'' if with_resolved else 'open '}incident{where}.", GOOD))


def _find_incidents(deployed: Deployment, pipeline: str | None, with_resolved: bool, limit: int) -> list[Found]:
    """Open incidents first, then resolved ones, each newest first."""
    states = deployed.states()
    if pipeline and pipeline not in states:
        raise unknown_pipeline(pipeline, states)
    names = [pipeline] if pipeline else sorted(states)
    found = [(name, incident) for name in names for incident in states[name].incidents]
    found.sort(key=lambda item: item[1].opened_at, reverse=True)
    if with_resolved:
        past = [(name, incident) for name in names for incident in deployed.history.incidents(name, limit)]
        found += sorted(past, key=lambda item: item[1].resolved_at, reverse=True)
    return found


def _unknown_incident(deployed: Deployment, pipeline: str, kind: str, with_resolved: bool) -> CommandError:
    kinds = ", ".join(f'"{incident.kind}"' for incident in deployed.state_table.load(pipeline).incidents)
    step = f"Open there: {kinds}." if kinds else f"Nothing is open there; `landfall incidents {pipeline} --all`."
    return CommandError(f'{pipeline} has no {"" if with_resolved else "open "}incident "{kind}".', step, USAGE)


def _show_all(out: Output, found: list[Found], now: float) -> None:
    table = out.table("PIPELINE", "INCIDENT", "SINCE", "CAUSE")
    for name, incident in found:
        table.add_row(
            Text(name, "bold"), _format_kind(incident), _format_since(incident, now), _format_cause(name, incident)
        )
    out.console.print(table)


def _format_kind(incident: Incident) -> Text:
    text = Text(incident.kind, GOOD) if incident.resolved_at else incident_text(incident)
    return Text.assemble(text, (f"\n{incident.severity}", QUIET))


def _format_since(incident: Incident, now: float) -> Text:
    if incident.resolved_at:
        lasted = duration(incident.resolved_at - incident.opened_at)
        return Text.assemble((f"resolved {ago(incident.resolved_at, now)}", GOOD), (f"\nafter {lasted}", QUIET))
    return Text.assemble(clock(incident.opened_at, now), (f"\n{ago(incident.opened_at, now)}", QUIET))


def _format_cause(pipeline: str, incident: Incident) -> Text:
    at = incident.check or incident.step
    cause = Text(f"{at}: {incident.cause}" if at else incident.cause)
    for row in incident.rows[:_ROWS]:
        cause.append(f"\n  {' | '.join(row)}")
    if len(incident.rows) > _ROWS:
        cause.append(f"\n  and {len(incident.rows) - _ROWS} more", QUIET)
    if incident.uploads:
        cause.append(f"\n{plural(incident.uploads.count, 'upload')} affected", QUIET)
    if incident.resolved_at:
        cause.append(f"\n{incident.resolved_by}", QUIET)
    elif json_output.command_for(pipeline, incident.kind):
        cause.append(f"\n{json_output.command_for(pipeline, incident.kind)}", "cyan")
    return cause


def _show_one(out: Output, pipeline: str, incident: Incident, now: float) -> None:
    state = "resolved" if incident.resolved_at else "open"
    colour = GOOD if incident.resolved_at else SEVERITIES.get(incident.severity, "")
    out.say((f"{pipeline}: {incident.kind}", "bold"), "  ", (f"{state}, {incident.severity}", colour))
    out.say(incident.cause)
    for change in incident.changes:
        out.say("    ", change)
    show_rows(out, incident.rows)
    out.say()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _list_facts(incident, now):
        if value:
            grid.add_row(name, Text(value))
    out.console.print(grid)
    following = json_output.command_for(pipeline, incident.kind)
    if following and not incident.resolved_at:
        out.say()
        out.say("When the cause is mended: ", (following, "cyan"))


def _list_facts(incident: Incident, now: float) -> list[tuple[str, str]]:
    uploads = incident.uploads
    more = uploads.count - len(uploads.keys)
    keys = "\n".join((*uploads.keys, *((f"and {more:,} more",) if more > 0 else ())))
    acknowledged = f"{clock(incident.acknowledged_at, now)} {incident.acknowledged_by}"
    return [
        ("opened", f"{clock(incident.opened_at, now)}, {ago(incident.opened_at, now)}"),
        ("last", f"{clock(incident.last_at, now)}, {incident.count} times" if incident.count > 1 else ""),
        ("resolved", f"{clock(incident.resolved_at, now)}, {incident.resolved_by}" if incident.resolved_at else ""),
        ("acknowledged", acknowledged if incident.acknowledged_at else ""),
        ("run", incident.run_id),
        ("step", incident.step),
        ("attempts", str(incident.attempts) if incident.attempts > 1 else ""),
        ("check", incident.check),
        ("query", incident.query_id),
        ("job run", incident.job_run_id),
        ("uploads", f"{uploads.count:,}\n{keys}" if uploads else ""),
        ("owner", incident.owner),
        ("runbook", incident.runbook),
        ("incident", incident.id),
    ]
