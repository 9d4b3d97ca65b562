"""Glue's crawler operations as clients call them: requests in, responses out."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.engine import events, ministack_adapter
from local.engine.crawlers import Crawl, Crawlers
from local.engine.errors import ApiError
from local.engine.pages import page

_MOST_NAMES = 100
# what Glue fills in when a crawler was made without it
_DEFAULTS: dict[str, dict[str, str]] = {
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
_TARGETS = ("S3Targets", "JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets")


class CrawlerApi:
    """The operations; MiniStack keeps the update."""

    def __init__(self, crawlers: Crawlers) -> None:
        self._crawlers = crawlers

    def actions(self) -> Mapping[str, ministack_adapter.Handler]:
        """Operation to handler."""
        return {
            "CreateCrawler": self.create_crawler,
            "StartCrawler": self.start_crawler,
            "StopCrawler": self.stop_crawler,
            "DeleteCrawler": self.delete_crawler,
            "GetCrawler": self.get_crawler,
            "GetCrawlers": self.get_crawlers,
            "ListCrawlers": self.list_crawlers,
            "BatchGetCrawlers": self.batch_get_crawlers,
            "ListCrawls": self.list_crawls,
            "GetCrawlerMetrics": self.get_crawler_metrics,
        }

    def create_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a crawler with its tags, which MiniStack leaves out here."""
        ministack_adapter.create_crawler(request, request.get("Tags") or {})
        return {}

    def start_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin a crawl."""
        self._crawlers.start(request["Name"])
        return {}

    def stop_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        """End the running crawl."""
        self._crawlers.stop(request["Name"])
        return {}

    def delete_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        """Delete a crawler that is not running."""
        self._crawlers.delete(request["Name"])
        return {}

    def get_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        """One crawler with its state and last crawl."""
        return {"Crawler": self._shown(self._crawlers.get(request["Name"]))}

    def get_crawlers(self, request: dict[str, Any]) -> dict[str, Any]:
        """All crawlers, by name."""
        crawlers = [self._shown(crawler) for _, crawler in sorted(ministack_adapter.crawlers().items())]
        return page("Crawlers", crawlers, request, 100)

    def list_crawlers(self, request: dict[str, Any]) -> dict[str, Any]:
        """Names only, of the crawlers that have all of the tags."""
        wanted = set((request.get("Tags") or {}).items())
        names = [
            name
            for name in sorted(ministack_adapter.crawlers())
            if wanted <= set(ministack_adapter.crawler_tags(name).items())
        ]
        return page("CrawlerNames", names, request, 100)

    def batch_get_crawlers(self, request: dict[str, Any]) -> dict[str, Any]:
        """Several crawlers, and the names that are none."""
        names = _names(request.get("CrawlerNames") or [])
        crawlers = ministack_adapter.crawlers()
        return {
            "Crawlers": [self._shown(crawlers[name]) for name in names if name in crawlers],
            "CrawlersNotFound": [name for name in names if name not in crawlers],
        }

    def list_crawls(self, request: dict[str, Any]) -> dict[str, Any]:
        """A crawler's history, newest first."""
        crawls = self._crawlers.history(request["CrawlerName"])
        kept = [crawl for crawl in crawls if all(_passes(crawl, rule) for rule in request.get("Filters") or [])]
        return page("Crawls", [_crawl_record(crawl) for crawl in kept], request, 20)

    def get_crawler_metrics(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run times from the history, and the tables of the newest crawl."""
        names = _names(request.get("CrawlerNameList") or sorted(ministack_adapter.crawlers()))
        metrics = [self._metrics(name) for name in names if name in ministack_adapter.crawlers()]
        return page("CrawlerMetricsList", metrics, request, 100)

    def _shown(self, stored: dict[str, Any]) -> dict[str, Any]:
        crawler = {name: value for name, value in stored.items() if value not in (None, "") and name[0] != "_"}
        if not crawler.get("Schedule"):
            crawler.pop("Schedule", None)
        for name, default in _DEFAULTS.items():
            crawler[name] = default | (stored.get(name) or {})
        crawler["Targets"] = {kind: [] for kind in _TARGETS} | (stored.get("Targets") or {})
        history = self._crawlers.history(stored["Name"])
        if stored["State"] != "READY" and history:
            crawler["CrawlElapsedTime"] = int((time.time() - history[0].started) * 1000)
        return crawler

    def _metrics(self, name: str) -> dict[str, Any]:
        crawls = self._crawlers.history(name)
        seconds = [crawl.ended - crawl.started for crawl in crawls if crawl.ended is not None]
        counts = next((crawl.changes.counts() for crawl in crawls if crawl.ended is not None), {})
        return {
            "CrawlerName": name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": False,
            "LastRuntimeSeconds": seconds[0] if seconds else 0.0,
            "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
            "TablesCreated": counts.get("tablesCreated", 0),
            "TablesUpdated": counts.get("tablesUpdated", 0),
            "TablesDeleted": counts.get("tablesDeleted", 0),
        }


def _names(names: Sequence[str]) -> Sequence[str]:
    if len(names) > _MOST_NAMES:
        raise ApiError("InvalidInputException", f"At most {_MOST_NAMES} crawler names can be given, not {len(names)}")
    return names


def _crawl_record(crawl: Crawl) -> dict[str, Any]:
    record: dict[str, Any] = {
        "CrawlId": crawl.crawl_id,
        "State": crawl.state if crawl.ended else "RUNNING",
        "StartTime": crawl.started,
        "LogGroup": events.CRAWLER_LOG_GROUP,
        "LogStream": crawl.crawler,
        "MessagePrefix": crawl.crawl_id,
    }
    if crawl.ended is None:
        return record
    record["EndTime"] = crawl.ended
    # Glue publishes no rate; two DPUs for the time that it ran
    record["DPUHour"] = round(2 * (crawl.ended - crawl.started) / 3600, 4)
    if crawl.error is not None:
        record["ErrorMessage"] = crawl.error
    summary = _summary(crawl)
    return record | ({"Summary": summary} if summary else {})


def _summary(crawl: Crawl) -> str:
    summary = crawl.changes.summary()
    return json.dumps(summary) if summary else ""


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "GT": lambda left, right: left > right,
    "GE": lambda left, right: left >= right,
    "LT": lambda left, right: left < right,
    "LE": lambda left, right: left <= right,
    "EQ": lambda left, right: left == right,
    "NE": lambda left, right: left != right,
}


def _passes(crawl: Crawl, rule: Mapping[str, str]) -> bool:
    """Whether a crawl passes one filter. Times are epoch milliseconds in the filter (console and CLI examples)."""
    field, text = rule.get("FieldName", ""), rule.get("FieldValue", "")
    compare = _COMPARISONS.get(rule.get("FilterOperator") or "EQ")
    record = _crawl_record(crawl)
    value: Any = {
        "STATE": record["State"],
        "CRAWL_ID": crawl.crawl_id,
        "START_TIME": crawl.started * 1000,
        "END_TIME": (crawl.ended or 0.0) * 1000,
        "DPU_HOUR": record.get("DPUHour", 0.0),
    }.get(field)
    if compare is None or value is None:
        raise ApiError("InvalidInputException", f"The filter {dict(rule)} is not valid")
    if isinstance(value, str):
        return compare(value, text)
    try:
        return compare(value, float(text))
    except ValueError as error:
        raise ApiError("InvalidInputException", f"{field} cannot be compared with {text}") from error
