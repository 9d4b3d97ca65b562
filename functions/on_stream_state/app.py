"""Somebody asks for a stream to start or stop, or CloudWatch or DMS say how it goes: write it down, do what follows."""

from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.errors import NoPipelineError
from landfall.events import AlarmChange, ReplicationChange, StreamChange, StreamStartRequest, StreamStopRequest
from landfall.pipelines import Pipeline
from landfall.rules import signals, streams
from landfall.rules.change import Change
from landfall.state import State

Request = StreamStartRequest | StreamStopRequest | AlarmChange


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One record after the other: they are few."""
    app = application().serving(context)
    batch = Batch.read(event, events.stream_change, app.log)
    for message_id, change in batch.items:
        batch.handle([message_id], partial(_changed, app, change))
    return batch.response()


def _changed(app: Application, change: StreamChange) -> None:
    if isinstance(change, ReplicationChange):
        for pipeline in app.registry.of_replication(change.replication):  # those that feed no stream are not ours
            app.runner.apply(pipeline.name, pipeline, partial(_decide, change, pipeline))
        return
    found = _pipeline_of(app, change)
    app.runner.apply(change.pipeline, found, partial(_decide, change, found))


def _decide(change: StreamChange, pipeline: Pipeline | None, state: State, now: float) -> Change:
    if isinstance(change, ReplicationChange):
        return Change(signals.replication_changed(state, pipeline, change, now))
    if isinstance(change, AlarmChange):
        return Change(signals.alarm_changed(state, pipeline, change, now))
    return streams.asked(state, pipeline, change, now)


def _pipeline_of(app: Application, change: Request) -> Pipeline | None:
    """Its definition, read anew where it has none or no stream, since it may be younger than what we know.

    Only a start needs one; the rest needs a pipeline that was seen before.
    """
    name = change.pipeline
    pipeline = app.registry.pipelines().by_name.get(name)
    if pipeline is None or pipeline.stream is None:
        pipeline = app.registry.pipelines(fresh=True).by_name.get(name)
    known = app.runner.store.load(name) if pipeline is None or pipeline.stream is None else None
    is_enough = known is None or (known.stream if isinstance(change, StreamStartRequest) else known.version)
    if not is_enough:
        raise NoPipelineError(
            f"{name} is no pipeline with a stream. Add the field stream to its definition, then redrive the "
            f"dead-letter queue. Invalid definitions: {'; '.join(map(str, app.registry.problems)) or 'none'}"
        )
    return pipeline
