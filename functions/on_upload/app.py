"""Objects were created or removed under a pipeline's prefix, or a run was requested: start the run that is due."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.errors import NoPipelineError
from landfall.events import RunRequest, Upload
from landfall.pipelines import Pipeline, PipelineIndex
from landfall.rules import arrivals, starts
from landfall.rules.change import Change
from landfall.state import State

Arrival = Upload | RunRequest


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One write per pipeline, however many uploads the batch has."""
    app = application().serving(context)
    batch = Batch.read(event, events.arrival, app.log)
    pipelines = _knowing_all(app, batch.items)
    groups: dict[str, list[tuple[str, Arrival]]] = {}
    for item in batch.items:
        pipeline = _pipeline_of(pipelines, item[1])
        groups.setdefault(pipeline.name if pipeline else "", []).append(item)
    for name, items in groups.items():
        message_ids, arrivals = zip(*items, strict=True)
        batch.handle(message_ids, partial(_arrived, app, pipelines.by_name.get(name), arrivals))
    return batch.response()


def _knowing_all(app: Application, items: list[tuple[str, Arrival]]) -> PipelineIndex:
    """The pipelines; read anew when an arrival has none, since its pipeline may be younger than what we know."""
    pipelines = app.registry.pipelines()
    if all(_pipeline_of(pipelines, arrival) for _, arrival in items):
        return pipelines
    return app.registry.pipelines(fresh=True)


def _pipeline_of(pipelines: PipelineIndex, arrival: Arrival) -> Pipeline | None:
    if isinstance(arrival, RunRequest):
        return pipelines.by_name.get(arrival.pipeline)
    return pipelines.covering(arrival.bucket, arrival.key)


def _arrived(app: Application, pipeline: Pipeline | None, items: Sequence[Arrival]) -> None:
    if pipeline is None:
        raise _no_pipeline(app, items)
    uploads = [item for item in items if isinstance(item, Upload)]
    is_requested = len(uploads) < len(items)
    app.metrics.uploads(pipeline.name, sum(map(pipeline.counts, uploads)))
    app.log.info("Uploads arrived", pipeline=pipeline.name, uploads=len(uploads), run_requested=is_requested)

    def decide(state: State, now: float) -> Change:
        counted = arrivals.arrived(state, pipeline, uploads, app.timing)
        asked = arrivals.requested(counted) if is_requested else counted
        return starts.repeat_crawl(asked, now, app.timing)

    app.runner.apply(pipeline.name, pipeline, decide)


def _no_pipeline(app: Application, items: Sequence[Arrival]) -> NoPipelineError:
    """Somebody meant these to be covered: a rule delivered them, or a request names it. They must not vanish."""
    first = items[0]
    what = f"pipeline {first.pipeline}" if isinstance(first, RunRequest) else f"s3://{first.bucket}/{first.key}"
    invalid = "; ".join(str(problem) for problem in app.registry.problems) or "none"
    return NoPipelineError(
        f"no valid pipeline covers {what} and {len(items) - 1} more. Mend or add its definition, then redrive the "
        f"dead-letter queue. Invalid definitions: {invalid}"
    )
