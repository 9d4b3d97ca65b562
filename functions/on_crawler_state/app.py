"""A crawler ended, or is to be looked at again: ask Glue, and let the rules decide."""

from dataclasses import replace
from functools import partial
from typing import Any

from landfall.model import events
from landfall.model.events import CrawlerChange
from landfall.model.observations import Busy, Refused
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import crawls
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch
from landfall.service.transitions import new_run_id


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Events of crawlers that belong to no pipeline are none of our business."""
    app = application().serving(context)
    batch = Batch.read(event, events.crawler_change, app.log)
    for message_id, change in batch.items:
        pipeline = app.registry.of_crawler(change.crawler)
        if pipeline is not None:
            batch.handle([message_id], partial(_changed, app, pipeline, change))
    return batch.response()


def _changed(app: Application, pipeline: Pipeline, change: CrawlerChange) -> None:
    def decide(state: State, now: float) -> Transition:
        seen = app.glue.get_crawler_status(change.crawler)  # after the state was read: what is written rests on both
        if isinstance(seen, Refused):
            return crawls.handle_refused_crawler(state, change.crawler, seen, now)
        if isinstance(seen, Busy):
            return Transition(state, schedule_recheck=True)
        left = crawls.find_table_to_check(state, seen, pipeline, app.timing)
        if left is not None:
            seen = replace(seen, table=app.glue.get_table_status(*left))
        return crawls.handle_crawl(state, seen, pipeline, new_run_id(now), now, app.timing)

    app.transitions.apply(pipeline.name, pipeline, decide, change.recheck_count)
