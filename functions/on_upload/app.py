"""Objects were created or removed under a pipeline's prefix, or somebody asks for something: start what is due."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from landfall.model import events
from landfall.model.errors import NoPipelineError
from landfall.model.events import Request, RunRequest, Upload
from landfall.model.pipelines import Pipeline, PipelineIndex
from landfall.model.state import State
from landfall.rules import requests, run_start
from landfall.rules.transition import Transition
from landfall.rules.uploads import record_uploads
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch

Arrival = Upload | Request


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One write per pipeline, however many uploads the batch has."""
    app = application().serving(context)
    batch = Batch.read(event, events.arrival, app.log)
    pipelines = _knowing_all(app, batch.items)
    groups: dict[str, list[tuple[str, Arrival]]] = {}
    for item in batch.items:
        groups.setdefault(_name_of(pipelines, item[1]), []).append(item)
    for name, items in groups.items():
        message_ids, uploads = zip(*items, strict=True)
        batch.handle(message_ids, partial(_arrived, app, name, pipelines.by_name.get(name), uploads))
    return batch.response()


def _knowing_all(app: Application, items: list[tuple[str, Arrival]]) -> PipelineIndex:
    """The pipelines; read anew when an arrival has none, since its pipeline may be younger than what we know."""
    pipelines = app.registry.pipelines()
    if all(_name_of(pipelines, arrival) in pipelines.by_name for _, arrival in items):
        return pipelines
    return app.registry.pipelines(fresh=True)


def _name_of(pipelines: PipelineIndex, arrival: Arrival) -> str:
    if not isinstance(arrival, Upload):
        return arrival.pipeline
    pipeline = pipelines.covering(arrival.bucket, arrival.key)
    return pipeline.name if pipeline else ""


def _arrived(app: Application, name: str, pipeline: Pipeline | None, items: Sequence[Arrival]) -> None:
    uploads = [item for item in items if isinstance(item, Upload)]
    asked = [item for item in items if not isinstance(item, Upload)]
    if pipeline is None and not _is_known(app, name, items):
        raise _no_pipeline(app, items)
    if pipeline is not None:
        app.metrics.uploads(name, sum(map(pipeline.counts, uploads)))
    app.log.info("Uploads arrived", pipeline=name, uploads=len(uploads), requests=len(asked))

    def decide(state: State, now: float) -> Transition:
        counted = record_uploads(state, pipeline, uploads, now, app.timing) if pipeline else state
        return run_start.repeat_crawl(requests.apply_requests(counted, asked, now, app.timing), now, app.timing)

    app.transitions.apply(name, pipeline, decide)


def _is_known(app: Application, name: str, items: Sequence[Arrival]) -> bool:
    """Whether this can be done without a valid definition: everything but counting uploads and asking for a run can."""
    if not name or any(isinstance(item, (Upload, RunRequest)) for item in items):
        return False
    return app.transitions.state_table.load(name).version > 0


def _no_pipeline(app: Application, items: Sequence[Arrival]) -> NoPipelineError:
    """Somebody meant these to be covered: a rule delivered them, or a request names it. They must not vanish."""
    first = items[0]
    what = f"s3://{first.bucket}/{first.key}" if isinstance(first, Upload) else f"pipeline {first.pipeline}"
    invalid = "; ".join(str(problem) for problem in app.registry.problems) or "none"
    return NoPipelineError(
        f"no valid pipeline covers {what} and {len(items) - 1} more. Mend or add its definition, then redrive the "
        f"dead-letter queue. Invalid definitions: {invalid}"
    )
