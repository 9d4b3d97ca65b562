"""A user requests a stream's start or stop, or CloudWatch or DMS reports on it: record it, and react."""

from functools import partial
from typing import Any

from landfall.model.event_parsers import parse_stream_change
from landfall.model.events import AlarmChange, ReplicationChange, StreamChange
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.routing import find_stream_pipeline
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle the records one by one: they are few."""
    app = application().bind_request(context)
    batch = Batch.read(event, parse_stream_change, app.log)
    for message_id, change in batch.items:
        batch.handle([message_id], partial(_apply, app, change))
    return batch.response()


def _apply(app: Application, change: StreamChange) -> None:
    if isinstance(change, ReplicationChange):
        for fed in app.registry.of_replication(change.replication):  # none if it feeds no stream
            app.transitions.apply(fed.name, fed, partial(_react, app, change, fed))
        return
    pipeline = find_stream_pipeline(app.registry, app.transitions.state_table, change)
    app.transitions.apply(change.pipeline, pipeline, partial(_react, app, change, pipeline))


def _react(app: Application, change: StreamChange, pipeline: Pipeline | None, state: State, now: float) -> Transition:
    moment = app.transitions.moment(now)
    if isinstance(change, ReplicationChange | AlarmChange):
        return reactions.on_stream_signal(state, change, pipeline, moment)
    return reactions.on_request(state, change, pipeline, moment)
