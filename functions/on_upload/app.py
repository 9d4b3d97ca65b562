"""Objects were created or removed under a pipeline's prefix: count them, and start the run that is due."""

from functools import partial
from typing import Any

from landfall import events, rules
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.errors import NoPipelineError
from landfall.events import Upload
from landfall.pipelines import Pipeline, PipelineIndex
from landfall.rules import Change
from landfall.state import State


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One write per pipeline, however many uploads the batch has."""
    app = application().serving(context)
    batch = Batch.read(event, events.upload, app.log)
    pipelines = _knowing_all(app, batch.items)
    groups: dict[str, list[tuple[str, Upload]]] = {}
    for item in batch.items:
        pipeline = pipelines.covering(item[1].bucket, item[1].key)
        groups.setdefault(pipeline.name if pipeline else "", []).append(item)
    for name, items in groups.items():
        message_ids, uploads = zip(*items, strict=True)
        batch.handle(message_ids, partial(_arrived, app, pipelines.by_name.get(name), uploads))
    return batch.response()


def _knowing_all(app: Application, items: list[tuple[str, Upload]]) -> PipelineIndex:
    """The pipelines; read anew when an upload has none, since its pipeline may be younger than what we know."""
    pipelines = app.registry.pipelines()
    if all(pipelines.covering(upload.bucket, upload.key) for _, upload in items):
        return pipelines
    return app.registry.pipelines(fresh=True)


def _arrived(app: Application, pipeline: Pipeline | None, uploads: tuple[Upload, ...]) -> None:
    if pipeline is None:
        raise _no_pipeline(app, uploads)

    app.log.info("Uploads arrived", pipeline=pipeline.name, uploads=len(uploads))

    def decide(state: State, now: float) -> Change:
        counted = rules.arrived(state, pipeline, uploads, app.timing)
        return rules.repeat_crawl(counted, now, app.timing)

    app.runner.apply(pipeline.name, pipeline, decide)


def _no_pipeline(app: Application, uploads: tuple[Upload, ...]) -> NoPipelineError:
    """A rule delivered these, so somebody meant them to be covered: they must not vanish."""
    first = uploads[0]
    invalid = "; ".join(str(problem) for problem in app.registry.problems) or "none"
    return NoPipelineError(
        f"no valid pipeline covers s3://{first.bucket}/{first.key} and {len(uploads) - 1} more. Mend or add its "
        f"definition, then redrive the dead-letter queue. Invalid definitions: {invalid}"
    )
