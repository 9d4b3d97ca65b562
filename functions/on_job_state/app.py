"""A job run of a step or a stream ended: get its status from Glue, and react."""

from functools import partial
from typing import Any

from landfall.model import event_parsers
from landfall.model.events import JobChange
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each job event; those of jobs outside any pipeline are ignored."""
    app = application().bind_request(context)
    batch = Batch.read(event, event_parsers.parse_job_change, app.log)
    for message_id, change in batch.items:
        pipeline = app.registry.of_job(change.job)
        if pipeline is not None:
            react = partial(_react, app, pipeline, change)
            batch.handle([message_id], partial(app.transitions.apply, pipeline.name, pipeline, react))
    return batch.response()


def _react(app: Application, pipeline: Pipeline, change: JobChange, state: State, now: float) -> Transition:
    job_run = app.observe.job_run(state, change)
    return reactions.on_job_run(state, change, job_run, pipeline, app.transitions.moment(now))
