"""A query in Landfall's workgroup ended: if it is a check that a run waits for, record its verdict."""

from functools import partial
from typing import Any

from landfall.model import event_parsers
from landfall.model.events import QueryChange
from landfall.model.observations import QueryOf, QueryStatus
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each query event; those of analysts, who share the workgroup, are ignored."""
    app = application().bind_request(context)
    batch = Batch.read(event, event_parsers.parse_query_change, app.log)
    for message_id, change in batch.items:
        batch.handle([message_id], partial(_apply, app, change))
    return batch.response()


def _apply(app: Application, change: QueryChange) -> None:
    found = app.observe.athena.find_check(change.query_id)
    if found is not None:
        query, ended = found
        pipeline = app.registry.pipelines().by_name.get(query.pipeline)
        app.transitions.apply(query.pipeline, pipeline, partial(_react, app, pipeline, query, ended))


def _react(
    app: Application, pipeline: Pipeline | None, query: QueryOf, ended: QueryStatus, state: State, now: float
) -> Transition:
    with_rows = app.observe.query(state, query, ended)
    return reactions.on_query(state, query, with_rows, pipeline, app.transitions.moment(now))
