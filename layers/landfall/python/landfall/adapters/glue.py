"""Glue crawlers, and the tables that they create."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from landfall.adapters.aws_errors import attempt_call, error_to_result, shorten
from landfall.adapters.clients import Clients
from landfall.model.observations import Attempted, Busy, CrawlStatus, Refused, Started, TableStatus
from landfall.model.pipelines import CrawlStep, Pipeline

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import ColumnOutputTypeDef, CrawlerTypeDef

_DEPRECATED = "DEPRECATED_BY_CRAWLER"  # a table's parameter: how Glue marks what it could not update
_CRAWLERS = 100  # the limit of BatchGetCrawlers


class Glue:
    """Crawlers, by name."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def start_crawler(self, step: CrawlStep) -> Attempted:
        """Start the step's crawler, by one call.

        There is no client token: the SDK's repeat of a start that was heard and not answered would fail with
        CrawlerRunningException, as if the crawl were another's.
        """

        def call() -> Attempted:
            self._clients.glue_once.start_crawler(Name=step.crawler)
            return Started({})

        return attempt_call(call)

    def get_crawler_status(self, crawler: str) -> CrawlStatus | Busy | Refused:
        """The state of the crawler, and how its last crawl ended; Busy when AWS throttles the call.

        Raises botocore's error when AWS itself fails.
        """
        try:
            found = self._clients.glue.get_crawler(Name=crawler)["Crawler"]
        except ClientError as error:
            return error_to_result(error)
        return _to_crawl_status(found)

    def get_table_status(self, pipeline: Pipeline, step: CrawlStep) -> TableStatus | Busy | Refused | None:
        """The table that the step's crawl creates, read with the pipeline's query role; None if it has no role.

        Raises botocore's error when AWS itself fails.
        """
        if pipeline.query_role is None:
            return None
        try:
            client = self._clients.glue_as(pipeline.query_role)
            table = client.get_table(DatabaseName=step.database, Name=step.table)["Table"]
        except ClientError as error:
            missing = error.response["Error"]["Code"] == "EntityNotFoundException"
            return TableStatus() if missing else error_to_result(error)
        is_deprecated = _DEPRECATED in (table.get("Parameters") or {})
        columns = table.get("StorageDescriptor", {}).get("Columns", [])
        return TableStatus(_to_columns(columns), _to_columns(table.get("PartitionKeys", [])), is_deprecated)

    def get_crawler_statuses(self, crawlers: Iterable[str]) -> dict[str, CrawlStatus | Refused]:
        """The status of many crawlers, except throttled ones. Raises botocore's error when AWS itself fails."""
        names, seen = sorted(set(crawlers)), dict[str, CrawlStatus | Refused]()
        for start in range(0, len(names), _CRAWLERS):
            batch = names[start : start + _CRAWLERS]
            try:
                answer = self._clients.glue.batch_get_crawlers(CrawlerNames=batch)
                seen |= {found["Name"]: _to_crawl_status(found) for found in answer["Crawlers"]}
                missing = answer.get("CrawlersNotFound", [])
            except ClientError as error:
                if isinstance(error_to_result(error), Busy):
                    continue
                missing = batch  # a crawler without access fails the whole batch: get each one
            for name in missing:
                alone = self.get_crawler_status(name)
                if not isinstance(alone, Busy):
                    seen[name] = alone
        return seen


def _to_columns(found: "Sequence[ColumnOutputTypeDef]") -> tuple[tuple[str, str], ...]:
    return tuple((column["Name"], column.get("Type", "")) for column in found)


def _to_crawl_status(found: "CrawlerTypeDef") -> CrawlStatus:
    last = found.get("LastCrawl") or {}
    started = last.get("StartTime")
    return CrawlStatus(
        crawler=found["Name"],
        state=found["State"],
        last_status=last.get("Status", ""),
        last_started_at=round(started.timestamp(), 3) if started else 0.0,
        last_error=shorten(last.get("ErrorMessage", "")),
    )
