"""Objects were created or removed under a pipeline's prefix, or a user sent a request: start the run that is due."""

from functools import partial
from typing import Any

from landfall.model.event_parsers import parse_arrival
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.routing import Arrivals, group_arrivals, require_pipeline
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Write once per pipeline, however many uploads the batch has."""
    app = application().bind_request(context)
    batch = Batch.read(event, parse_arrival, app.log)
    for arrivals in group_arrivals(app.registry, batch.items):
        batch.handle(arrivals.message_ids, partial(_apply, app, arrivals))
    return batch.response()


def _apply(app: Application, arrivals: Arrivals) -> None:
    name, pipeline, uploads = arrivals.name, arrivals.pipeline, arrivals.uploads
    require_pipeline(app.registry, app.transitions.state_table, arrivals)
    if pipeline is not None:
        app.metrics.count_uploads(name, sum(map(pipeline.accepts, uploads)))
    app.log.info("Uploads arrived", pipeline=name, uploads=len(uploads), requests=len(arrivals.requests))
    app.transitions.apply(name, pipeline, partial(_react, app, arrivals))


def _react(app: Application, arrivals: Arrivals, state: State, now: float) -> Transition:
    moment = app.transitions.moment(now)
    return reactions.on_arrivals(state, arrivals.uploads, arrivals.requests, arrivals.pipeline, moment)
