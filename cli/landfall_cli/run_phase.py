"""The phase of a pipeline, from its definition and its state: for `status`, `where` and the first lines of `tail`."""

from collections.abc import Sequence
from dataclasses import dataclass

from landfall.model.pipelines import Pipeline
from landfall.model.state import Run, State
from landfall.rules import run_start
from landfall_cli.times import clock, duration


@dataclass(frozen=True, slots=True)
class Phase:
    """`code` is for programs, `text` for people; `since` in seconds since 1970 UTC where it is known."""

    code: str
    text: str
    since: float | None = None


def find_phase(state: State, pipeline: Pipeline | None, problems: Sequence[str], now: float) -> Phase:
    """What runs, else what keeps the next run from starting."""
    if state.run is not None:
        return _in_flight(state.run, state.paused, now)
    if problems:
        return Phase("definition invalid", "definition invalid")
    if pipeline is None:
        return Phase("no definition", "no definition any more")
    if state.paused:
        since = state.paused_at or None
        reason = f": {state.paused_reason}" if state.paused_reason else ""
        return Phase("paused", f"paused{_format_since(since, now)}{reason}", since)
    if state.version == 0:
        return Phase("never seen", "never seen: its first run starts with an upload or the next sweep")
    due_at = run_start.due_at(state, pipeline)
    if state.requested or (state.pending and now >= due_at):
        return Phase("due", "about to start", state.pending.oldest)
    if state.pending:
        return Phase("waiting for its turn", f"next run at {clock(due_at, now)}, in {duration(due_at - now)}")
    return Phase("idle", "idle")


def _in_flight(run: Run, paused: bool, now: float) -> Phase:
    place = f" ({run.step + 1}/{len(run.definition.steps)})"
    doing = {
        "running": f"{run.current.name}{place}",
        "starting": f"starting {run.current.name}{place}",
        "waiting": f"{run.current.name}{place} waits: busy with another run",
    }[run.status]
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    more = ", then paused" if paused else ""
    since = run.attempt_started_at
    return Phase(run.status, f"{doing}{attempt}{_format_since(since, now)}{more}", since)


def _format_since(since: float | None, now: float) -> str:
    return f", {duration(now - since)}" if since else ""
