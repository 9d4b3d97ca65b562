"""Puts the parts together: MiniStack with our operations in place of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ministack.app import app as ministack_app

from local.engine import seams
from local.engine.athena.api import AthenaApi
from local.engine.athena.life import Queries
from local.engine.catalog import absent
from local.engine.catalog import api as catalog_api
from local.engine.crawler_api import CrawlerApi
from local.engine.crawlers import Crawlers
from local.engine.jobs.api import JobApi
from local.engine.jobs.life import Jobs
from local.engine.recording import Recorder
from local.engine.server import App, Front
from local.engine.settings import Settings

_LAST_SECONDS = 1.5
"""For the processes of jobs; those that are left end with us."""


def build(settings: Settings, endpoint: str) -> tuple[App, Callable[[], None]]:
    """The application to serve at the endpoint, and what ends every process that it has started."""
    seams.keep_tables_as_glue()
    seams.keep_default_database_over_resets()
    seams.add_glue_actions(catalog_api.actions())
    crawlers = Crawlers(settings)
    seams.add_glue_actions(CrawlerApi(crawlers).actions())
    seams.guard_crawler_update(crawlers.refuse_if_running)
    seams.on_crawler_deleted(crawlers.forget_deleted)
    jobs = Jobs(settings, endpoint)
    seams.add_glue_actions(JobApi(jobs).actions())
    seams.keep_all_of_jobs()
    seams.on_job_deleted(jobs.forget_deleted)
    seams.keep_attributes_in_nested_stacks()
    seams.keep_encryption_of_streams()
    seams.keep_closed_shards()
    athena = AthenaApi(Queries(settings))
    seams.add_athena_actions(athena.actions())
    seams.answer_unknown_actions(absent.answer)
    seams.read_event_source_numbers()
    seams.keep_functions_here()
    seams.drop_service_events(lambda: settings.drop_events)
    seams.on_reset(crawlers.forget)
    seams.on_reset(jobs.end_all)
    seams.on_reset(athena.forget)

    def end() -> None:
        jobs.end_all()
        jobs.wait(_LAST_SECONDS)
        seams.stop_workers()

    return Front(ministack_app, settings, seams.stop_workers), end


def recording(app: App, calls: Path) -> App:
    """The application, with every call of functions and assumed roles noted in a file."""
    seams.mark_functions()
    return Recorder(app, calls)
