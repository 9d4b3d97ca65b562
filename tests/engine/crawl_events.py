"""The counts of crawls, as their end events and ListCrawls tell them."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.helpers import until
from tests.engine.world import World

COUNTS = ["tablesCreated", "tablesUpdated", "tablesDeleted"]
PARTITION_COUNTS = ["partitionsCreated", "partitionsUpdated", "partitionsDeleted"]


class Events:
    """The counts of one crawl after another, as the end events tell them."""

    def __init__(self, world: World) -> None:
        self._world, self._received, self._seen = world, world.listen("aws.glue"), 0

    def crawl(self) -> dict[str, Any]:
        """Crawl; the detail of the end event, whose counts are those of ListCrawls' summary."""
        assert self._world.crawl()["Status"] == "SUCCEEDED"
        details = until(
            lambda: [item["detail"] for item in self._received() if item["detail"]["state"] == "Succeeded"][
                self._seen :
            ]
        )
        self._seen += 1
        crawl = self._world.glue.list_crawls(CrawlerName=self._world.crawler)["Crawls"][0]
        summary = json.loads(crawl.get("Summary") or "{}")
        for kind, names in (("TABLE", COUNTS), ("PARTITION", PARTITION_COUNTS)):
            for verb, name in zip(("ADD", "UPDATE", "DELETE"), names, strict=True):
                assert summary.get(kind, {}).get(verb, {}).get("Count", 0) == int(details[0][name]), name
        return dict(details[0])

    def _ended(self) -> list[dict[str, Any]]:
        details = [item["detail"] for item in self._received()]
        return [detail for detail in details if detail["state"] == "Succeeded"]

    def counts(self, names: list[str] = COUNTS) -> list[int]:
        """Crawl; some of the counts."""
        detail = self.crawl()
        return [int(detail[name]) for name in names]
