"""A streaming job as text and JSON, from the pipeline's definition and its state: for `stream` and `status`."""

from landfall.model import incident_kinds
from landfall.model.pipelines import Pipeline, Stream
from landfall.model.state import State, StreamState
from landfall_cli import json_output
from landfall_cli.output import BAD, GOOD, QUIET, WARN
from landfall_cli.times import clock, duration

_COLOURS = {"running": GOOD, "stopped": QUIET, "given up": BAD}


def definition_of(pipeline: Pipeline | None, state: State) -> Stream | None:
    """The stream of the definition, else the one that was started; None where there is neither."""
    if pipeline is not None and pipeline.stream is not None:
        return pipeline.stream
    return state.stream.definition if state.stream else None


def describe(stream: StreamState | None, now: float) -> tuple[str, str]:
    """The status in words, and the style to show it in."""
    if stream is None or stream.status == "stopped":
        return "stopped", _COLOURS["stopped"]
    if stream.status == "waiting":
        due = stream.next_try_at
        when = f"next try at {clock(due, now)}" if due > now else "next try with the next sweep"
        return f"down, {when}", BAD if stream.restarts else WARN
    lasts = f", {duration(now - stream.since)}"
    if stream.status == "running" and not stream.running_since:
        return f"started, not seen running yet{lasts}", WARN
    if stream.status == "stopping" and stream.wanted:
        return f"stopping{lasts}, then starting", WARN
    text = {"given up": "down, given up"}.get(stream.status, stream.status)
    return f"{text}{lasts}", _COLOURS.get(stream.status, WARN)


def to_json(pipeline: Pipeline | None, state: State) -> json_output.JsonObject | None:
    """What `--json` prints; None for a pipeline without a stream."""
    definition, stream = definition_of(pipeline, state), state.stream
    if definition is None:
        return None
    known = stream or StreamState(definition, wanted=False)
    return {
        "pipeline": state.pipeline,
        "job": definition.job,
        "replication": definition.replication,
        "wanted": known.wanted,
        "status": known.status,
        "since": json_output.time(known.since),
        "jobRunId": known.job_run_id,
        "runningSince": json_output.time(known.running_since),
        "restarts": known.restarts,
        "nextTryAt": json_output.time(known.next_try_at),
        "incidents": [
            json_output.incident(state.pipeline, incident)
            for incident in state.incidents
            if incident.kind in incident_kinds.STREAMS
        ],
    }
