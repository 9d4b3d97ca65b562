"""What happened to a pipeline between two of its states, as events with the times at which they occurred."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from landfall.model.pipelines import CrawlStep, Pipeline
from landfall.model.state import Incident, Run, RunRecord, State, StepAttempt
from landfall_cli import json_output
from landfall_cli.times import duration, plural

_ROWS = 2  # more do not fit on a line

Tone = Literal["plain", "quiet", "good", "bad", "warn", "busy"]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One line of output; `at` in seconds since 1970 UTC, `event` and `detail` for programs."""

    at: float
    pipeline: str
    event: str
    text: str
    tone: Tone = "plain"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What the history adds to two states: runs since the one in flight at first, oldest first; resolved incidents."""

    runs: Sequence[RunRecord] = ()
    resolved: Sequence[Incident] = ()


def find_events(before: State, after: State, past: Past, definition: Pipeline | None, now: float) -> list[RunEvent]:
    """All events from one state to a later one, in the order in which they occurred."""
    found = [
        *_upload_events(before, after, now),
        *_run_events(before, after, past.runs, definition),
        *_incident_events(before, after, past, now),
        *_pause_events(before, after, now),
        *_stream_events(before, after),
    ]
    return sorted(found, key=lambda event: event.at)


def _upload_events(before: State, after: State, now: float) -> Iterator[RunEvent]:
    taken_over = _id(after.run) != _id(before.run) and after.last_run_started_at > before.last_run_started_at
    known = 0 if taken_over else before.pending.count
    new = after.pending.count - known
    if new > 0:
        first = f": {after.pending.keys[known]}" if known < len(after.pending.keys) else ""
        more = f" and {new - 1:,} more" if new > 1 and first else ""
        waiting = f" ({after.pending.count:,} pending)" if known else ""
        yield RunEvent(
            now, after.pipeline, "uploads", f"{plural(new, 'upload')} landed{first}{more}{waiting}", "plain",
            {"new": new, "pending": json_output.uploads(after.pending)},
        )  # fmt: skip


def _run_events(
    before: State, after: State, runs: Iterable[RunRecord], definition: Pipeline | None
) -> Iterator[RunEvent]:
    for record in runs:
        in_flight = after.run if _id(after.run) == record.id else None
        is_new = _id(before.run) != record.id
        log = in_flight.log if in_flight else record.log
        known = 0 if is_new or before.run is None else len(before.run.log)
        if is_new:
            yield _start_event(record)
        for entry in log[known:]:
            yield _step_event(record, entry)
        if in_flight is None:
            yield from _end_events(record, definition)
        else:
            yield from _progress_events(None if is_new else before.run, in_flight, after.pipeline)


def _start_event(record: RunRecord) -> RunEvent:
    took = f": {plural(record.uploads.count, 'upload')}" if record.uploads else ", without an upload"
    key = f", {record.uploads.keys[0]}" if record.uploads.keys else ""
    more = " …" if record.uploads.count > 1 and key else ""
    return RunEvent(
        record.started_at, record.pipeline, "run started", f"run started{took}{key}{more}", "busy",
        {"run": record.id, "uploads": json_output.uploads(record.uploads)},
    )  # fmt: skip


def _step_event(record: RunRecord, entry: StepAttempt) -> RunEvent:
    took = duration(entry.ended_at - entry.started_at)
    attempt = f", attempt {entry.attempt}" if entry.attempt > 1 else ""
    good = entry.outcome == "succeeded"
    text = f"{entry.step} {entry.outcome} after {took}{attempt}" + ("" if good else f": {entry.cause}")
    return RunEvent(
        entry.ended_at, record.pipeline, f"step {entry.outcome}", text, "plain" if good else "bad",
        {"run": record.id, "step": entry.step, "attempt": entry.attempt, "cause": entry.cause},
    )  # fmt: skip


def _progress_events(before: Run | None, run: Run, pipeline: str) -> Iterator[RunEvent]:
    """The current step of the run, if the earlier state did not have it."""
    if run.status == "starting":
        return
    here = (run.step, run.attempt, run.status)
    if before is not None and here == (before.step, before.attempt, before.status):
        return
    place = f" ({run.step + 1}/{len(run.definition.steps)})"
    detail = {"run": run.id, **json_output.step_in_flight(run)}
    # Sorts after the end of the previous step, which has the same time.
    at = run.try_started_at + 0.0005
    if run.status == "waiting":
        text = f"{run.current.name}{place} waits: busy with another run"
        yield RunEvent(at, pipeline, "step waiting", text, "warn", detail)
    else:
        yield RunEvent(at, pipeline, "step running", f"{run.current.name}{place} running", "busy", detail)


def _end_events(record: RunRecord, definition: Pipeline | None) -> Iterator[RunEvent]:
    if record.ended_at is None:
        return
    at = record.ended_at + 0.001
    took = f"after {duration(record.ended_at - record.started_at)}"
    detail = json_output.run(record, record.outcome or "unknown")
    if record.outcome == "succeeded":
        steps = definition.steps if definition else ()
        tables = ", ".join(f"{step.database}.{step.table}" for step in steps if isinstance(step, CrawlStep))
        text = f"dataset ready {took}{': ' if tables else ''}{tables}"
        yield RunEvent(at, record.pipeline, "dataset ready", text, "good", detail)
    elif record.failure is not None:
        text = f"run failed {took}: {record.failure.kind} at {record.failure.step}"
        yield RunEvent(at, record.pipeline, "run failed", text, "bad", detail)
    else:
        yield RunEvent(at, record.pipeline, "run ended", f"run ended {took}: {record.outcome}", "warn", detail)


def _incident_events(before: State, after: State, past: Past, now: float) -> Iterator[RunEvent]:
    shown = {record.failure.cause for record in past.runs if record.failure}
    was, still = ({incident.id: incident for incident in state.incidents} for state in (before, after))
    for identity, incident in still.items():
        known = was.get(identity)
        if known is None:
            text = f"incident opened: {incident.kind} ({incident.severity}){_why(incident, shown)}"
            yield _incident_event(after, incident, incident.opened_at + 0.002, "incident opened", text, "bad")
        elif incident.count > known.count:
            text = f"incident repeated: {incident.kind}, {incident.count} times{_why(incident, shown)}"
            yield _incident_event(after, incident, incident.last_at + 0.002, "incident repeated", text, "bad")
        if incident.acknowledged_at and not (known and known.acknowledged_at):
            by = f" by {incident.acknowledged_by}" if incident.acknowledged_by else ""
            text = f"incident acknowledged{by}: {incident.kind}"
            yield _incident_event(after, incident, incident.acknowledged_at, "incident acknowledged", text, "warn")
    ended = {incident.id: incident for incident in past.resolved}
    for identity in was.keys() - still.keys():
        incident = ended.get(identity, was[identity])
        at = incident.resolved_at or now
        text = f"incident resolved after {duration(at - incident.opened_at)}: {incident.kind}"
        yield _incident_event(after, incident, at + 0.002, "incident resolved", text, "good")


def _why(incident: Incident, shown: set[str]) -> str:
    """The cause, unless the line of the failed run shows it already; for a check, its name and the first rows."""
    if incident.check:
        rows = "; ".join(" | ".join(row) for row in incident.rows[:_ROWS])
        return f": {incident.check}" + (f": {rows}" if rows else "")
    return "" if incident.cause in shown else f": {incident.cause}"


def _pause_events(before: State, after: State, now: float) -> Iterator[RunEvent]:
    if after.paused and not before.paused:
        reason = f": {after.paused_reason}" if after.paused_reason else ""
        yield RunEvent(after.paused_at or now, after.pipeline, "paused", f"paused{reason}", "warn")
    elif before.paused and not after.paused:
        yield RunEvent(after.resumed_at or now, after.pipeline, "resumed", "resumed")


_STREAM_TONES: dict[str, Tone] = {"running": "busy", "given up": "bad", "waiting": "warn", "stopped": "plain"}


def _stream_events(before: State, after: State) -> Iterator[RunEvent]:
    """The new status of the streaming job, if it has changed. The reason is shown with its incident."""
    was, now = before.stream, after.stream
    if now is None or (was is not None and (was.status, was.number) == (now.status, now.number)):
        return
    more = f", restart {now.restarts}" if now.restarts and now.status in ("starting", "running", "waiting") else ""
    text = f"stream {now.status}{more}: job {now.definition.job}"
    tone = _STREAM_TONES.get(now.status, "quiet")
    detail = {"job": now.definition.job, "jobRunId": now.job_run_id, "status": now.status, "restarts": now.restarts}
    yield RunEvent(now.since, after.pipeline, f"stream {now.status}", text, tone, detail)


def _incident_event(state: State, incident: Incident, at: float, event: str, text: str, tone: Tone) -> RunEvent:
    return RunEvent(at, state.pipeline, event, text, tone, json_output.incident(state.pipeline, incident))


def _id(run: Run | None) -> str:
    return run.id if run else ""
