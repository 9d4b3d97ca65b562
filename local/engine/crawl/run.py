"""One crawl in two halves: what is there (read at the start), and the catalog (written at the end)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from local.engine import ministack_adapter
from local.engine.crawl import options as crawler_options
from local.engine.crawl.changes import Changes
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.examination import Examination
from local.engine.crawl.findings import Findings
from local.engine.crawl.listing import parse_target
from local.engine.crawl.options import Options
from local.engine.crawl.writing import Writer
from local.engine.errors import ApiError, CrawlError
from local.engine.iam import acting
from local.engine.iam.watch import DeniedError

Report = Callable[[str], None]

_FOLDERS = "_landfall_folders"


def examine(crawler: Mapping[str, Any], crawl_id: str, report: Report, is_stopped: Callable[[], bool]) -> Findings:
    """Read the targets; CrawlError if the crawl cannot go on, or was stopped."""
    options = crawler_options.read(crawler)
    _check_role(options)
    with _rights(options):
        options = replace(options, database=_database(options))
        return _examined(crawler, options, crawl_id, report, is_stopped)


def _examined(
    crawler: Mapping[str, Any], options: Options, crawl_id: str, report: Report, is_stopped: Callable[[], bool]
) -> Findings:
    # the first crawl is a full one, and so is the next one after a crawl that found nothing
    known = set(crawler.get(_FOLDERS) or ()) if options.new_folders_only else None
    classifiers = Classifiers(options.classifiers)
    try:
        examination = Examination(options, classifiers, crawl_id, report=report, is_stopped=is_stopped)
        for target in options.targets:
            examination.add(parse_target(target), known or None)
        return examination.findings
    finally:
        classifiers.close()


def write(crawler: dict[str, Any], found: Findings, report: Report) -> Changes:
    """Create, update and delete as the crawler's policies say."""
    options = crawler_options.read(crawler)
    try:
        with _rights(options):
            if ministack_adapter.database_name(options.database) is None:
                ministack_adapter.create_database({"Name": options.database.lower()})
            changes = Writer(options, _database(options), report).write(found)
    except ApiError as error:
        raise CrawlError(error.message) from error
    known = crawler.get(_FOLDERS) or () if options.new_folders_only else ()
    crawler[_FOLDERS] = sorted({*known, *found.folders})
    return changes


def _check_role(options: Options) -> None:
    """Glue refuses such a role when a crawler is created; one that was deleted since fails the crawl (chosen)."""
    name = options.role.rpartition("/")[2]
    if not ministack_adapter.role_exists(name):
        reason = f"the role {name} does not exist"
    elif not acting.may_be_assumed_by(name, "glue.amazonaws.com"):
        reason = "it does not admit glue.amazonaws.com"
    else:
        return
    raise CrawlError(f"Service is unable to assume role {options.role}. Please verify the role's TrustPolicy: {reason}")


@contextlib.contextmanager
def _rights(options: Options) -> Iterator[None]:
    """Within, objects and catalog are reached as the crawler's role; CrawlError where it lacks a right.

    How a crawl ends that may not list its target is not published: it fails (chosen).
    """
    try:
        with acting.in_name_of(ministack_adapter.Principal(options.role.rpartition("/")[2], "AWS-Crawler")):
            yield
    except DeniedError as denied:
        service, status = ("Amazon S3", 403) if denied.action.startswith("s3:") else ("AWSGlue", 400)
        code = "AccessDenied" if service == "Amazon S3" else "AccessDeniedException"
        raise CrawlError(f"{denied} (Service: {service}; Status Code: {status}; Error Code: {code})") from denied


def _database(options: Options) -> str:
    """The database as the catalog writes it. The crawler makes it when it is missing, if its role may do so."""
    name = ministack_adapter.database_name(options.database)
    if name is None and not ministack_adapter.role_may(options.role.rpartition("/")[2], "glue:CreateDatabase"):
        raise CrawlError(f"Database {options.database} not found.")
    return name or options.database.lower()
