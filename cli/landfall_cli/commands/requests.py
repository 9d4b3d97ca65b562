"""`landfall ack`, `pause` and `resume`: send an event to the bus, and report once the state reflects it."""

import click

from landfall.model.state import State
from landfall_cli import json_output, requests
from landfall_cli.errors import USAGE, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import GOOD, QUIET, WARN
from landfall_cli.requests import send
from landfall_cli.times import plural

_WAIT = click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until it has been handled.")


@click.command(short_help="somebody has an incident in hand")
@click.argument("pipeline")
@click.argument("kind")
@click.option("--by", help="Who has it in hand; else who AWS says you are.")
@_WAIT
@command
def ack(session: Session, pipeline: str, kind: str, by: str | None, wait: bool) -> None:
    """Acknowledge PIPELINE's open incident of this KIND, such as "crawl failed": it sends no more reminders.

    It stays open until it is resolved; "schema changed" is resolved by this.
    """
    kind = kind.replace("-", " ")
    _, state = session.deployment.pipeline(pipeline)
    known = next((incident for incident in state.incidents if incident.kind == kind), None)
    if known is None:
        kinds = ", ".join(f'"{incident.kind}"' for incident in state.incidents)
        raise CommandError(f'{pipeline} has no open incident "{kind}".', f"Open: {kinds or 'none'}.", USAGE)
    if known.acknowledged_at:
        _say(session, pipeline, state, f'The incident "{kind}" of {pipeline} has been acknowledged already.')
        return

    def is_done(state: State) -> bool:
        return all(
            incident.id != known.id or (incident.acknowledged_at and incident.last_at >= known.last_at)
            for incident in state.incidents
        )

    send(
        session.deployment,
        "Acknowledgement Requested",
        {"pipeline": pipeline, "kind": kind, "by": by or _find_caller(session)},
    )
    _follow(session, pipeline, wait, is_done, f'Acknowledged: "{kind}" of {pipeline}.')


@click.command(short_help="let a pipeline start no more runs")
@click.argument("pipeline")
@click.option("--reason", default="", help="Why, for those who see it paused.")
@_WAIT
@command
def pause(session: Session, pipeline: str, reason: str, wait: bool) -> None:
    """Let PIPELINE start no more runs; uploads are counted, and the run in flight goes on to its end."""
    _, state = session.deployment.pipeline(pipeline)
    if state.paused and not reason:
        _say(session, pipeline, state, f"{pipeline} is paused already.")
        return
    send(session.deployment, "Pause Requested", {"pipeline": pipeline} | ({"reason": reason} if reason else {}))
    _follow(session, pipeline, wait, lambda state: state.paused, f"Paused: {pipeline} starts no more runs.")


@click.command(short_help="let it start runs again")
@click.argument("pipeline")
@_WAIT
@command
def resume(session: Session, pipeline: str, wait: bool) -> None:
    """Let PIPELINE start runs again: at once, if something waits for one."""
    _, state = session.deployment.pipeline(pipeline)
    if not state.paused:
        _say(session, pipeline, state, f"{pipeline} is not paused.")
        return
    send(session.deployment, "Resume Requested", {"pipeline": pipeline})
    waited = f" {plural(state.pending.count, 'upload')} waited." if state.pending else ""
    _follow(session, pipeline, wait, lambda state: not state.paused, f"Resumed: {pipeline}.{waited}")


def _follow(session: Session, pipeline: str, wait: bool, is_done: requests.IsDone, text: str) -> None:
    """Report that it is done once the state shows it, else that it was requested."""
    out, state = session.output, None
    if wait:
        state = requests.wait_until(session.deployment, pipeline, is_done, out, "Waiting until it is handled …")
    if state is not None:
        _say(session, pipeline, state, text, GOOD)
    elif out.as_json:
        out.json({"pipeline": pipeline, "handled": False})
    else:
        out.say(("Asked for; it is not handled yet.", WARN))
        out.say((f"`landfall status {pipeline}` will show it; if not, `landfall redrive` shows dead letters.", QUIET))


def _say(session: Session, pipeline: str, state: State, text: str, style: str = "") -> None:
    if session.output.as_json:
        session.output.json(
            {
                "pipeline": pipeline,
                "handled": True,
                "paused": state.paused,
                "incidents": [json_output.incident(pipeline, incident) for incident in state.incidents],
            }
        )
    else:
        session.output.say((text, style))


def _find_caller(session: Session) -> str:
    """The last part of the caller's ARN, such as a user's name or a role's session."""
    return session.deployment.clients.sts.get_caller_identity()["Arn"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
