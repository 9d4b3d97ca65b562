"""A run of a job ended, a step's or a stream's: ask Glue whose it was and how it ended, and let the rules decide."""

from functools import partial
from typing import Any

from landfall.model import events
from landfall.model.errors import ThrottledError
from landfall.model.events import JobChange
from landfall.model.observations import Busy, Refused
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import jobs, streams
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Events of jobs that belong to no pipeline are none of our business."""
    app = application().serving(context)
    batch = Batch.read(event, events.job_change, app.log)
    for message_id, change in batch.items:
        pipeline = app.registry.of_job(change.job)
        if pipeline is not None:
            batch.handle([message_id], partial(_changed, app, pipeline, change))
    return batch.response()


def _changed(app: Application, pipeline: Pipeline, change: JobChange) -> None:
    def decide(state: State, now: float) -> Transition:
        is_step = jobs.concerns(state, change.job)
        if not is_step and not streams.concerns(state, change.job):
            return Transition(state)
        seen = app.jobs.get_run_status(change.job, change.job_run_id)
        if isinstance(seen, Busy):
            raise ThrottledError(f"Glue does not say now how {change.job_run_id} of the job {change.job} ended")
        if isinstance(seen, Refused):
            refused = (
                jobs.handle_refused_job_run if is_step else partial(streams.handle_refused_job_run, pipeline=pipeline)
            )
            return refused(state, job_run_id=change.job_run_id, refused=seen, now=now, timing=app.timing)
        if is_step:
            return jobs.handle_job_run(state, seen, now, app.timing)
        return streams.handle_job_run(state, pipeline, seen, now)

    app.transitions.apply(pipeline.name, pipeline, decide)
