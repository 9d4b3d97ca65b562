"""A query of our workgroup ended: if it is a check that a run waits for, take its verdict."""

from dataclasses import replace
from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.events import QueryChange
from landfall.rules import checks
from landfall.rules.change import Change
from landfall.state import State


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Analysts share the workgroup; their queries are none of our business."""
    app = application().serving(context)
    batch = Batch.read(event, events.query_change, app.log)
    for message_id, change in batch.items:
        batch.handle([message_id], partial(_changed, app, change))
    return batch.response()


def _changed(app: Application, change: QueryChange) -> None:
    found = app.athena.whose(change.query_id)
    if found is None:
        return
    query, seen = found

    def decide(state: State, now: float) -> Change:
        run = state.run
        if run is None or not checks.awaits(state, query):
            return Change(state)
        rows = app.athena.first_rows(run.definition, seen.query_id) if seen.status == "SUCCEEDED" else ()
        return checks.query_seen(state, query, replace(seen, rows=rows), now)

    app.runner.apply(query.pipeline, app.registry.pipelines().by_name.get(query.pipeline), decide)
