"""A run of a job ended: ask Glue whose it was and how it ended, and let the rules decide."""

from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.errors import ThrottledError
from landfall.events import JobChange
from landfall.outcomes import Busy, Refused
from landfall.pipelines import Pipeline
from landfall.rules import jobs
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
        if not jobs.concerns(state, change.job):
            return Change(state)
        seen = app.jobs.look_at(change.job, change.job_run_id)
        if isinstance(seen, Busy):
            raise ThrottledError(f"Glue does not say now how {change.job_run_id} of the job {change.job} ended")
        if isinstance(seen, Refused):
            return jobs.job_refused(state, change.job_run_id, seen, now, app.timing)
        return jobs.job_seen(state, seen, now, app.timing)

    app.runner.apply(pipeline.name, pipeline, decide)
