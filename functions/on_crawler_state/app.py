"""A crawler ended, or is due for a recheck: get its status from Glue, and react."""

from functools import partial
from typing import Any

from landfall.model import event_parsers
from landfall.model.events import CrawlerChange
from landfall.model.observations import CrawlStatus
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import reactions
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.sqs_batch import Batch


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each crawler event; those of crawlers outside any pipeline are ignored."""
    app = application().bind_request(context)
    batch = Batch.read(event, event_parsers.parse_crawler_change, app.log)
    for message_id, change in batch.items:
        pipeline = app.registry.of_crawler(change.crawler)
        if pipeline is not None:
            react = partial(_react, app, pipeline, change)
            batch.handle(
                [message_id], partial(app.transitions.apply, pipeline.name, pipeline, react, change.recheck_count)
            )
    return batch.response()


def _react(app: Application, pipeline: Pipeline, change: CrawlerChange, state: State, now: float) -> Transition:
    crawl = app.observe.crawl(state, change.crawler, pipeline)
    moment = app.transitions.moment(now, may_adopt=isinstance(crawl, CrawlStatus))
    return reactions.on_crawl(state, change.crawler, crawl, pipeline, moment)
