"""Puts the parts together: MiniStack with our operations in place of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ministack.app import app as ministack_app

from local.engine import ministack_adapter
from local.engine.athena.api import AthenaApi
from local.engine.athena.query_runner import Queries
from local.engine.catalog import absent
from local.engine.catalog import api as catalog_api
from local.engine.crawler_api import CrawlerApi
from local.engine.crawlers import Crawlers
from local.engine.errors import ApiError
from local.engine.gate import Gate
from local.engine.iam import acting
from local.engine.iam.watch import Watch
from local.engine.jobs.api import JobApi
from local.engine.jobs.job_runner import Jobs
from local.engine.recording import Recorder
from local.engine.server import App, Front
from local.engine.settings import Settings

_LAST_SECONDS = 1.5
"""For the processes of jobs; those that are left end with us."""


def build(settings: Settings, endpoint: str) -> tuple[App, Callable[[], None]]:
    """The application to serve at the endpoint, and what ends every process that it has started."""
    ministack_adapter.keep_tables_as_glue()
    ministack_adapter.keep_default_database_over_resets()
    ministack_adapter.add_glue_actions(catalog_api.actions())
    crawlers = Crawlers(settings)
    ministack_adapter.add_glue_actions(CrawlerApi(crawlers).actions())
    ministack_adapter.guard_crawler_update(crawlers.refuse_if_running)
    ministack_adapter.on_crawler_deleted(crawlers.forget_deleted)
    jobs = Jobs(settings, endpoint)
    ministack_adapter.add_glue_actions(JobApi(jobs).actions())
    ministack_adapter.keep_all_of_jobs()
    ministack_adapter.on_job_deleted(jobs.forget_deleted)
    ministack_adapter.keep_attributes_in_nested_stacks()
    ministack_adapter.keep_policies_in_nested_stacks()
    ministack_adapter.deploy_classifiers()
    ministack_adapter.join_in_conditions()
    ministack_adapter.keep_encryption_of_streams()
    ministack_adapter.keep_encryption_of_topics()
    ministack_adapter.keep_closed_shards()
    athena = AthenaApi(Queries(settings))
    ministack_adapter.add_athena_actions(athena.actions())
    ministack_adapter.answer_unknown_actions(absent.answer)
    ministack_adapter.read_event_source_numbers()
    ministack_adapter.keep_functions_here()
    ministack_adapter.drop_service_events(lambda: settings.drop_events)
    ministack_adapter.on_reset(crawlers.forget)
    ministack_adapter.on_reset(jobs.end_all)
    ministack_adapter.on_reset(athena.forget)

    def end() -> None:
        jobs.end_all()
        jobs.wait(_LAST_SECONDS)
        ministack_adapter.stop_workers()

    return Front(ministack_app, settings, ministack_adapter.stop_workers), end


def recording(app: App, calls: Path) -> App:
    """The application, with every call of functions and assumed roles noted in a file."""
    ministack_adapter.mark_functions()
    return Recorder(app, calls)


def judging(app: App) -> tuple[App, Callable[[], str]]:
    """The application, with every call of functions, jobs and roles judged, and what sums the judgements up."""
    ministack_adapter.mark_functions()
    watch = Watch()
    acting.switch_on(watch)
    ministack_adapter.guard_crawler_role(_refuse_unassumable)
    ministack_adapter.guard_polls(_may_poll)
    ministack_adapter.guard_logs(_may_log)
    return Gate(app, watch), watch.summary


def _may_poll(function: str, queue: str) -> bool:
    """Lambda reads a queue with the function's role (Lambda guide, "Creating and configuring an SQS event source")."""
    principal = ministack_adapter.principal("", "", function)
    return acting.may(
        principal, ("sqs:ReceiveMessage", queue), ("sqs:DeleteMessage", queue), ("sqs:GetQueueAttributes", queue)
    )  # fmt: skip


def _may_log(function: str, group: str) -> bool:
    return acting.may_log(ministack_adapter.principal("", "", function), group, "stream")


def _refuse_unassumable(role: str) -> None:
    if not acting.may_be_assumed_by(role.rpartition("/")[2], "glue.amazonaws.com"):
        raise ApiError(
            "InvalidInputException",
            "Service is unable to assume provided role. Please verify role's TrustPolicy "
            "(Service: AWSGlue; Status Code: 400; Error Code: InvalidInputException)",
        )
