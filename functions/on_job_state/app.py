"""A run of a job ended, a step's or a stream's: ask Glue whose it was and how it ended, and let the rules decide."""

from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.errors import ThrottledError
from landfall.events import JobChange
from landfall.outcomes import Busy, Refused
from landfall.pipelines import Pipeline
from landfall.rules import jobs, streams
from landfall.rules.change import Change
from landfall.state import State


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
    def decide(state: State, now: float) -> Change:
        is_step = jobs.concerns(state, change.job)
        if not is_step and not streams.concerns(state, change.job):
            return Change(state)
        seen = app.jobs.look_at(change.job, change.job_run_id)
        if isinstance(seen, Busy):
            raise ThrottledError(f"Glue does not say now how {change.job_run_id} of the job {change.job} ended")
        if isinstance(seen, Refused):
            refused = jobs.job_refused if is_step else partial(streams.gone, pipeline=pipeline)
            return refused(state, job_run_id=change.job_run_id, refused=seen, now=now, timing=app.timing)
        if is_step:
            return jobs.job_seen(state, seen, now, app.timing)
        return streams.seen(state, pipeline, seen, now)

    app.runner.apply(pipeline.name, pipeline, decide)
