"""Somebody asks for a stream to start or stop, or CloudWatch or DMS say how it goes: write it down, do what follows."""

from functools import partial
from typing import Any

from landfall.model import events
from landfall.model.errors import NoPipelineError
from landfall.model.events import AlarmChange, ReplicationChange, StreamChange, StreamStartRequest, StreamStopRequest
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import stream_signals, streams
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch

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
            app.transitions.apply(pipeline.name, pipeline, partial(_decide, change, pipeline))
        return
    found = _pipeline_of(app, change)
    app.transitions.apply(change.pipeline, found, partial(_decide, change, found))


def _decide(change: StreamChange, pipeline: Pipeline | None, state: State, now: float) -> Transition:
    if isinstance(change, ReplicationChange):
        return Transition(stream_signals.handle_replication(state, pipeline, change, now))
    if isinstance(change, AlarmChange):
        return Transition(stream_signals.handle_alarm(state, pipeline, change, now))
    return streams.handle_request(state, pipeline, change, now)


def _pipeline_of(app: Application, change: Request) -> Pipeline | None:
    """Its definition, read anew where it has none or no stream, since it may be younger than what we know.

    Only a start needs one; the rest needs a pipeline that was seen before.
    """
    name = change.pipeline
    pipeline = app.registry.pipelines().by_name.get(name)
    if pipeline is None or pipeline.stream is None:
        pipeline = app.registry.pipelines(fresh=True).by_name.get(name)
    known = app.transitions.state_table.load(name) if pipeline is None or pipeline.stream is None else None
    is_enough = known is None or (known.stream if isinstance(change, StreamStartRequest) else known.version)
    if not is_enough:
        raise NoPipelineError(
            f"{name} is no pipeline with a stream. Add the field stream to its definition, then redrive the "
            f"dead-letter queue. Invalid definitions: {'; '.join(map(str, app.registry.problems)) or 'none'}"
        )
    return pipeline
