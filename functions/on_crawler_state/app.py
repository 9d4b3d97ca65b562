"""A crawler ended, or is to be looked at again: ask Glue, and let the rules decide."""

from dataclasses import replace
from functools import partial
from typing import Any

from landfall import events
from landfall.application import Application, application
from landfall.batch import Batch
from landfall.events import CrawlerChange
from landfall.outcomes import Busy, Refused
from landfall.pipelines import Pipeline
from landfall.rules import crawls
from landfall.rules.change import Change
from landfall.runner import new_run_id
from landfall.state import State


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
    def decide(state: State, now: float) -> Change:
        seen = app.glue.look_at_crawler(change.crawler)  # after the state was read: what is written rests on both
        if isinstance(seen, Refused):
            return crawls.crawler_refused(state, change.crawler, seen, now)
        if isinstance(seen, Busy):
            return Change(state, look_again=True)
        left = crawls.leaves_table(state, seen, pipeline, app.timing)
        if left is not None:
            seen = replace(seen, table=app.glue.look_at_table(*left))
        return crawls.crawl_seen(state, seen, pipeline, new_run_id(now), now, app.timing)

    app.runner.apply(pipeline.name, pipeline, decide, change.hops)
