"""Glue: crawlers that list what exists at their start, and everybody who starts and stops them."""

from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from verification.simulation import errors
from verification.simulation.scheduler import Entry

if TYPE_CHECKING:
    from verification.simulation.world import World


@dataclass(slots=True, eq=False)
class Crawl:
    """One crawl, with what only the model knows: when it truly began, and how it will end."""

    crawler: str
    number: int
    by: str
    began: float
    stamp: float  # the same moment by Glue's clock
    outcome: str
    ready_at: float | None = None
    used_by: str = ""  # the run whose step it ended


@dataclass(slots=True, eq=False)
class Crawler:
    """What GetCrawler shows; `away` is the code it answers with while it is deleted or forbidden."""

    name: str
    state: str = "READY"
    crawl: Crawl | None = None
    last: Crawl | None = None
    away: str = ""
    ends: Entry | None = None
    past: tuple[float, str, Crawl | None] = (0.0, "READY", None)  # until when, and what was shown then


class Glue:
    """The crawlers of one schedule: as boto3's client, and as what strangers and the schedule do to them."""

    def __init__(self, world: "World", quick: bool) -> None:
        self._world, self._quick = world, quick
        self._random = Random(f"{world.seed}/glue")
        self.skew = world.skew()
        self.crawlers: dict[str, Crawler] = {}
        self.crawls: list[Crawl] = []

    def add(self, name: str) -> None:
        self.crawlers.setdefault(name, Crawler(name))

    # The client's methods, as the application calls them

    def start_crawler(self, *, Name: str) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            if self._world.faults.hit("stranger before crawl"):
                self.stranger_starts(Name)
            self._start(Name, "us")
            return {}

        return self._world.fault_injection.call("glue", "StartCrawler", Name, effect)

    def get_crawler(self, *, Name: str) -> dict[str, Any]:
        return self._world.fault_injection.call(
            "glue", "GetCrawler", Name, lambda: {"Crawler": self._shown(self._found(Name, "GetCrawler"))}
        )

    def batch_get_crawlers(self, *, CrawlerNames: list[str]) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            crawlers = [self.crawlers[name] for name in CrawlerNames]
            denied = next((crawler for crawler in crawlers if crawler.away == "AccessDeniedException"), None)
            if denied:
                raise self._away(denied, "BatchGetCrawlers")
            missing = [crawler.name for crawler in crawlers if crawler.away]
            found = [self._shown(crawler) for crawler in crawlers if not crawler.away]
            return {"Crawlers": found, "CrawlersNotFound": missing}

        return self._world.fault_injection.call("glue", "BatchGetCrawlers", ", ".join(CrawlerNames), effect)

    # The model

    def _found(self, name: str, operation: str) -> Crawler:
        crawler = self.crawlers[name]
        if crawler.away:
            raise self._away(crawler, operation)
        return crawler

    def _away(self, crawler: Crawler, operation: str) -> ClientError:
        self._world.oracle.refused()
        return errors.refused(operation, crawler.away, f"{crawler.name} cannot be used")

    def _shown(self, crawler: Crawler) -> dict[str, Any]:
        state, last = crawler.state, crawler.last
        if self._world.scheduler.now < crawler.past[0] and self._world.faults.hit("stale look"):
            state, last = crawler.past[1:]
        self._world.say(
            "glue", "shows", crawler.name, state, f"last crawl {last.number} {last.outcome}" if last else ""
        )
        shown: dict[str, Any] = {"Name": crawler.name, "State": state}
        if last:
            started = datetime.fromtimestamp(round(last.stamp, 3), timezone.utc)
            shown["LastCrawl"] = {"Status": last.outcome, "StartTime": started}
            if last.outcome == "FAILED":
                shown["LastCrawl"]["ErrorMessage"] = "Internal Service Exception"
        return shown

    def _start(self, name: str, by: str) -> None:
        crawler = self._found(name, "StartCrawler")
        if crawler.state != "READY":
            raise errors.refused("StartCrawler", "CrawlerRunningException", f"Crawler {name} has already started")
        now = self._world.scheduler.now
        outcome = "FAILED" if self._world.faults.hit("crawl fails") else "SUCCEEDED"
        crawl = Crawl(name, len(self.crawls) + 1, by, now, now + self.skew, outcome)
        self.crawls.append(crawl)
        crawler.crawl = crawl
        self._show(crawler, "RUNNING")
        seconds = self._lasting(15, 180)
        crawler.ends = self._world.scheduler.after(seconds, lambda: self._stopping(crawler, crawl))
        self._world.say("glue", f"crawl {crawl.number} of {name} begins, started by {by}")
        self._world.oracle.crawl_began(crawl)
        self._world.workload.crawl_began(name, by)

    def _lasting(self, least: float, most: float) -> float:
        """How long a crawl runs or stops; one in thirty takes far longer than a lease, a sweep and all hints."""
        if self._quick:
            return self._random.uniform(0.1, 3)
        return self._random.uniform(least, most) * (10 if self._random.random() < 1 / 30 else 1)

    def _show(self, crawler: Crawler, state: str) -> None:
        # What was shown before may be seen for a moment longer.
        crawler.past = (self._world.scheduler.now + 0.4, crawler.state, crawler.last)
        crawler.state = state

    def _stopping(self, crawler: Crawler, crawl: Crawl) -> None:
        self._show(crawler, "STOPPING")
        if self._random.random() < 0.5:
            crawler.last = crawl
        seconds = self._lasting(1, 40)
        crawler.ends = self._world.scheduler.after(seconds, lambda: self._ready(crawler, crawl))
        if crawl.outcome != "CANCELLED":  # which has no event
            early = self._random.uniform(0, seconds * 1.2)
            self._world.scheduler.after(early, lambda: self._tell(crawl))
        self._world.say("glue", f"crawl {crawl.number} of {crawler.name} is stopping: {crawl.outcome}")

    def _tell(self, crawl: Crawl) -> None:
        state = crawl.outcome.capitalize()
        detail = {"crawlerName": crawl.crawler, "state": state}
        event = {"source": "aws.glue", "detail-type": "Glue Crawler State Change", "detail": detail}
        self._world.delivery.best_effort("crawler-state", event, f"end of crawl {crawl.number}")

    def _ready(self, crawler: Crawler, crawl: Crawl) -> None:
        self._show(crawler, "READY")
        crawler.crawl, crawler.last, crawler.ends = None, crawl, None
        crawl.ready_at = self._world.scheduler.now
        self._world.say("glue", f"crawl {crawl.number} of {crawler.name} has ended: {crawl.outcome}")
        if crawl.outcome == "SUCCEEDED":
            self._world.catalog.crawled(crawl)
        self._world.workload.crawl_ended(crawler.name)

    # Strangers and the schedule

    def stranger_starts(self, name: str) -> None:
        """Somebody else starts the crawler, if it is free."""
        crawler = self.crawlers[name]
        if crawler.state == "READY" and not crawler.away:
            self._start(name, "a stranger")

    def stranger_stops(self, name: str) -> None:
        """Somebody else stops the crawl."""
        crawler = self.crawlers[name]
        if crawler.state == "RUNNING" and crawler.crawl and crawler.ends:
            crawler.ends.cancel()
            crawler.crawl.outcome = "CANCELLED"
            self._stopping(crawler, crawler.crawl)

    def leave(self, name: str, code: str) -> None:
        """The crawler is deleted, or may no longer be used."""
        crawler = self.crawlers[name]
        crawler.away = code
        self._world.say("schedule", f"{name} is away: {code}")
        if code == "EntityNotFoundException" and crawler.ends:
            crawler.ends.cancel()
        if code == "EntityNotFoundException":
            crawler.state, crawler.crawl, crawler.last, crawler.ends = "READY", None, None, None
            crawler.past = (0.0, "READY", None)

    def all_come_back(self) -> None:
        for crawler in self.crawlers.values():
            self.come_back(crawler.name)

    def come_back(self, name: str) -> None:
        """It exists again, anew if it had been deleted, or may be used again."""
        if not self.crawlers[name].away:
            return
        self.crawlers[name].away = ""
        self._world.oracle.disturbed()
        self._world.say("schedule", f"{name} is back")
