"""A crawler's life: started, running, stopping, ready; its record of crawls; its events and log lines."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from local.engine import events, ministack_adapter
from local.engine.crawl import run
from local.engine.crawl.changes import Changes
from local.engine.crawl.findings import Findings
from local.engine.errors import ApiError, CrawlError
from local.engine.iam import acting
from local.engine.settings import Settings

log = logging.getLogger("landfall.engine")


@dataclass
class Crawl:
    """One crawl. The state is that of ListCrawls: RUNNING, COMPLETED, FAILED or STOPPED."""

    crawl_id: str
    crawler: str
    started: float
    state: str = "RUNNING"
    ended: float | None = None
    error: str | None = None
    changes: Changes = field(default_factory=Changes)
    stop: threading.Event = field(default_factory=threading.Event)


_LAST_STATUS = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}


class Crawlers:
    """The crawls of all crawlers, and what may be done to a crawler in which state."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._history = ministack_adapter.scoped_dict()

    def forget(self) -> None:
        """Drop all history."""
        self._history.clear()

    def history(self, name: str) -> list[Crawl]:
        """The crawls of a crawler that exists, newest first."""
        self.get(name)
        return list(reversed(self._history.get(name, [])))

    def get(self, name: str) -> dict[str, Any]:
        """The stored crawler."""
        crawler = ministack_adapter.crawlers().get(name)
        if crawler is None:
            raise ApiError("EntityNotFoundException", f"Crawler with name {name} does not exist")
        return crawler

    def start(self, name: str) -> None:
        """Begin a crawl; it goes on in a thread of its own."""
        with self._lock:
            crawler = self.get(name)
            if crawler["State"] != "READY":
                raise ApiError("CrawlerRunningException", f"Crawler with name {name} has already started")
            crawl = Crawl(crawl_id=str(uuid.uuid4()), crawler=name, started=time.time())
            crawler["State"] = "RUNNING"
            self._history.setdefault(name, []).append(crawl)
        log.info("crawler %s: started (%s)", name, crawl.crawl_id)
        ministack_adapter.run_in_context(lambda: self._live(crawler, crawl), f"crawl-{name}")

    def stop(self, name: str) -> None:
        """Ask the running crawl to end."""
        with self._lock:
            crawler = self.get(name)
            if crawler["State"] == "STOPPING":
                raise ApiError("CrawlerStoppingException", f"Crawler with name {name} is stopping")
            if crawler["State"] != "RUNNING":
                raise ApiError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
            crawler["State"] = "STOPPING"
            self._history[name][-1].stop.set()

    def refuse_if_running(self, name: str) -> None:
        """A crawler must not be changed while it runs."""
        crawler = ministack_adapter.crawlers().get(name)
        if crawler is not None and crawler["State"] != "READY":
            raise ApiError("CrawlerRunningException", f"Crawler with name {name} is currently running")

    def delete(self, name: str) -> None:
        """Delete a crawler that is not running."""
        with self._lock:
            self.get(name)
            self.refuse_if_running(name)
            ministack_adapter.delete_crawler(name)

    def forget_deleted(self, name: str) -> None:
        """Drop a deleted crawler's history; its crawl, if one runs, ends and writes nothing."""
        for crawl in self._history.pop(name, []):
            crawl.stop.set()

    def _live(self, crawler: dict[str, Any], crawl: Crawl) -> None:
        """All of a crawl. Whatever goes wrong in it, the crawler ends READY."""
        try:
            self._announce(
                events.crawler_started(
                    account=ministack_adapter.account_id(), crawler=crawl.crawler, started=crawl.started
                )
            )
            self._crawl(crawler, crawl)
        except CrawlError as error:
            crawl.state, crawl.error = "FAILED", str(error)
        except Exception:
            log.exception("crawler %s: failed inside the engine", crawl.crawler)
            crawl.state, crawl.error = "FAILED", "Internal Service Exception"
        try:
            self._end(crawler, crawl)
        except Exception:
            log.exception("crawler %s: could not tell its end", crawl.crawler)
        finally:
            self._become_ready(crawler, crawl)

    def _crawl(self, crawler: dict[str, Any], crawl: Crawl) -> None:
        """List at the start and write at the end: an upload meanwhile is not seen, an early reader sees no table."""
        least_end = time.monotonic() + self._settings.crawl_seconds
        self._log(crawl, f"BENCHMARK : Running Start Crawl for Crawler {crawl.crawler}")
        failure: Exception | None = None
        found = Findings()
        try:
            found = run.examine(crawler, crawl.crawl_id, lambda line: self._log(crawl, line), crawl.stop.is_set)
        except Exception as error:
            failure = error
        if crawl.stop.wait(max(0.0, least_end - time.monotonic())):
            crawl.state = "STOPPED"
            self._log(crawl, "INFO : Crawl is cancelled")
            return
        if failure is not None:
            raise failure
        database = crawler.get("DatabaseName")
        self._log(crawl, f"BENCHMARK : Classification complete, writing results to database {database}")
        crawl.changes = run.write(crawler, found, lambda line: self._log(crawl, line))
        self._log(crawl, "BENCHMARK : Finished writing to Catalog")
        crawl.state = "COMPLETED"

    def _end(self, crawler: dict[str, Any], crawl: Crawl) -> None:
        if crawl.error is not None:
            self._log(crawl, f"ERROR : {crawl.error}")
        self._log(crawl, "BENCHMARK : Crawler has finished running and is in state READY")
        wait = self._settings.stopping_seconds
        if wait > 0:
            with self._lock:
                crawler["State"] = "STOPPING"
            crawl.ended = time.time()
            self._announce_end(crawl)
            threading.Event().wait(wait)
        else:
            self._become_ready(crawler, crawl)
            self._announce_end(crawl)

    def _become_ready(self, crawler: dict[str, Any], crawl: Crawl) -> None:
        with self._lock:
            if crawler.get("_landfall_crawl") == crawl.crawl_id:
                return
            crawl.ended = crawl.ended or time.time()
            crawler["_landfall_crawl"] = crawl.crawl_id
            crawler["CrawlElapsedTime"] = int((crawl.ended - crawl.started) * 1000)
            crawler["LastCrawl"] = _last_crawl(crawl)
            crawler["State"] = "READY"
        log.info("crawler %s: %s %s", crawl.crawler, crawl.state, crawl.error or crawl.changes.counts())

    def _announce_end(self, crawl: Crawl) -> None:
        """Glue documents no event for a crawl that was stopped."""
        account, region, name = ministack_adapter.account_id(), ministack_adapter.region(), crawl.crawler
        if crawl.state == "COMPLETED" and crawl.ended is not None:
            self._announce(
                events.crawler_succeeded(
                    account=account,
                    region=region,
                    crawler=name,
                    started=crawl.started,
                    ended=crawl.ended,
                    counts=crawl.changes.counts(),
                    warning="; ".join(crawl.changes.warnings) or "N/A",
                )
            )
        elif crawl.state == "FAILED":
            self._announce(
                events.crawler_failed(
                    account=account, region=region, crawler=name, error=crawl.error or "Internal Service Exception"
                )
            )

    def _announce(self, detail: dict[str, Any]) -> None:
        ministack_adapter.put_event(events.GLUE, events.CRAWLER_STATE_CHANGE, detail)

    def _log(self, crawl: Crawl, line: str) -> None:
        role = str((ministack_adapter.crawlers().get(crawl.crawler) or {}).get("Role") or "").rpartition("/")[2]
        principal = ministack_adapter.Principal(role, "AWS-Crawler")
        if not role or acting.may_log(principal, events.CRAWLER_LOG_GROUP, crawl.crawler):
            ministack_adapter.write_log(events.CRAWLER_LOG_GROUP, crawl.crawler, [f"[{crawl.crawl_id}] {line}"])


def _last_crawl(crawl: Crawl) -> dict[str, Any]:
    last: dict[str, Any] = {
        "Status": _LAST_STATUS[crawl.state],
        "LogGroup": events.CRAWLER_LOG_GROUP,
        "LogStream": crawl.crawler,
        "MessagePrefix": crawl.crawl_id,
        "StartTime": crawl.started,
    }
    return last | ({"ErrorMessage": crawl.error} if crawl.error is not None else {})
