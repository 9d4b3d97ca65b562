"""A query of our workgroup ended: if it is a check that a run waits for, take its verdict."""

from dataclasses import replace
from functools import partial
from typing import Any

from landfall.model import events
from landfall.model.events import QueryChange
from landfall.model.state import State
from landfall.rules import checks
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Analysts share the workgroup; their queries are none of our business."""
    app = application().serving(context)
    batch = Batch.read(event, events.query_change, app.log)
    for message_id, change in batch.items:
        batch.handle([message_id], partial(_changed, app, change))
    return batch.response()


def _changed(app: Application, change: QueryChange) -> None:
    found = app.athena.find_check(change.query_id)
    if found is None:
        return
    query, seen = found

    def decide(state: State, now: float) -> Transition:
        run = state.run
        if run is None or not checks.awaits(state, query):
            return Transition(state)
        rows = app.athena.first_rows(run.definition, seen.query_id) if seen.status == "SUCCEEDED" else ()
        return checks.handle_query(state, query, replace(seen, rows=rows), now)

    app.transitions.apply(query.pipeline, app.registry.pipelines().by_name.get(query.pipeline), decide)
