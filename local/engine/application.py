"""Puts the parts together: MiniStack with our operations in place of its own."""

from __future__ import annotations

from ministack.app import app as ministack_app

from local.engine import seams
from local.engine.athena.api import AthenaApi
from local.engine.athena.life import Queries
from local.engine.crawler_api import CrawlerApi
from local.engine.crawlers import Crawlers
from local.engine.server import App, Front
from local.engine.settings import Settings


def build(settings: Settings) -> App:
    """The application to serve."""
    crawlers = Crawlers(settings)
    seams.add_glue_actions(CrawlerApi(crawlers).actions())
    seams.guard_crawler_update(crawlers.refuse_if_running)
    seams.on_crawler_deleted(crawlers.forget_deleted)
    athena = AthenaApi(Queries(settings))
    seams.add_athena_actions(athena.actions())
    seams.read_event_source_numbers()
    seams.keep_functions_here()
    seams.drop_service_events(lambda: settings.drop_events)
    seams.on_reset(crawlers.forget)
    seams.on_reset(athena.forget)
    return Front(ministack_app, settings, seams.stop_workers)
