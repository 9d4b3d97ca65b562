"""Everything that Landfall asks of AWS, but its state table: the calls, and what their errors mean.

Control flow looks at error codes, never at message text. Codes: botocore's service models, and throttling, which
they leave out (aws-facts: Glue answers ThrottlingException in practice).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from landfall.clients import Clients
from landfall.events import CrawlerChange
from landfall.outcomes import Attempted, Busy, CrawlSeen, QueryOf, QuerySeen, Refused, Started, TableSeen, Unknown
from landfall.pipelines import Check, ChecksStep, CrawlStep, Pipeline
from landfall.state import Announcement

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import ColumnOutputTypeDef, CrawlerTypeDef

_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
_FULL = {"ResourceNumberLimitExceededException"}  # the account's job runs or capacity, which others will free
_BUSY = {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"} | _FULL | _THROTTLED
_UNKNOWN = {"OperationTimeoutException", "InternalServiceException", "InternalServerException", "ServiceUnavailable"}
_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}

_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")

_CRAWLERS, _QUERIES = 100, 50  # what the batch calls take at a time
_QUERY_TAG = "-- landfall: "
# What goes into an item of 400 KB and an event of 1 MB, and into a message that a person reads.
_FIRST_ROWS, _COLUMNS, _CELL, _CAUSE = 10, 20, 200, 2_000
_BATCH_OF_EVENTS = 10  # PutEvents takes no more at a time


_T = TypeVar("_T")


def attempt(call: Callable[[], _T]) -> _T | Busy | Unknown | Refused:
    """Start or stop something, and say what came of it when AWS did not simply agree."""
    try:
        return call()
    except (HTTPClientError, NoConnectionError) as error:
        # No answer in time, or the connection broke: it may have been heard.
        return Unknown(str(error))
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _BUSY:
            return Busy()
        if code in _UNKNOWN or status >= 500:
            return Unknown(str(error))
        return refusal(error)


def refusal(error: ClientError) -> Refused:
    """What AWS refused, in its own words, for whoever has to mend it."""
    code = error.response["Error"]["Code"]
    kind = "access denied" if code in _DENIED else "refused"
    return Refused(kind, short(f"{error.operation_name}: {code}: {error.response['Error'].get('Message', '')}"))


def short(text: str, limit: int = _CAUSE) -> str:
    """The text, cut to what a person reads."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Glue:
    """Crawlers, by name."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def start_crawler(self, step: CrawlStep) -> Attempted:
        """Start the step's crawler. There is no client token: a repeated start meets CrawlerRunningException."""

        def call() -> Attempted:
            self._clients.glue.start_crawler(Name=step.crawler)
            return Started({})

        return attempt(call)

    def look_at_crawler(self, crawler: str) -> CrawlSeen | Busy | Refused:
        """What the crawler does, and how its last crawl ended; Busy when AWS throttles us.

        Raises botocore's error when AWS itself fails.
        """
        try:
            found = self._clients.glue.get_crawler(Name=crawler)["Crawler"]
        except ClientError as error:
            return no_answer(error)
        return _crawl_seen(found)

    def look_at_table(self, pipeline: Pipeline, step: CrawlStep) -> TableSeen | Busy | Refused | None:
        """The table that the step's crawl leaves, by the pipeline's query role; None for a pipeline without one.

        Raises botocore's error when AWS itself fails.
        """
        if pipeline.query_role is None:
            return None
        try:
            client = self._clients.glue_as(pipeline.query_role)
            table = client.get_table(DatabaseName=step.database, Name=step.table)["Table"]
        except ClientError as error:
            missing = error.response["Error"]["Code"] == "EntityNotFoundException"
            return TableSeen() if missing else no_answer(error)
        columns = table.get("StorageDescriptor", {}).get("Columns", [])
        return TableSeen(_columns(columns), _columns(table.get("PartitionKeys", [])))

    def look_at_crawlers(self, crawlers: Iterable[str]) -> dict[str, CrawlSeen | Refused]:
        """Many at once; one that AWS throttles is left out. Raises botocore's error when AWS itself fails."""
        names, seen = sorted(set(crawlers)), dict[str, CrawlSeen | Refused]()
        for start in range(0, len(names), _CRAWLERS):
            batch = names[start : start + _CRAWLERS]
            try:
                answer = self._clients.glue.batch_get_crawlers(CrawlerNames=batch)
                seen |= {found["Name"]: _crawl_seen(found) for found in answer["Crawlers"]}
                missing = answer.get("CrawlersNotFound", [])
            except ClientError as error:
                if isinstance(no_answer(error), Busy):
                    continue
                missing = batch  # one crawler that we may not look at refuses them all: ask for each
            for name in missing:
                alone = self.look_at_crawler(name)
                if not isinstance(alone, Busy):
                    seen[name] = alone
        return seen


def _columns(found: "Sequence[ColumnOutputTypeDef]") -> tuple[tuple[str, str], ...]:
    return tuple((column["Name"], column.get("Type", "")) for column in found)


def _crawl_seen(found: "CrawlerTypeDef") -> CrawlSeen:
    last = found.get("LastCrawl") or {}
    started = last.get("StartTime")
    return CrawlSeen(
        crawler=found["Name"],
        state=found["State"],
        last_status=last.get("Status", ""),
        last_started_at=round(started.timestamp(), 3) if started else 0.0,
        last_error=short(last.get("ErrorMessage", "")),
    )


def no_answer(error: ClientError) -> Busy | Refused:
    """A look that AWS refuses for good is an answer; one that may succeed later is an error to be retried."""
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _THROTTLED:
        return Busy()
    if code in _UNKNOWN or status >= 500:
        raise error
    return refusal(error)


class Athena:
    """A pipeline's checks. Every query is led by a comment that says whose it is: Athena's event does not."""

    def __init__(self, clients: Clients, workgroup: str) -> None:
        self._clients, self._workgroup = clients, workgroup

    def start_checks(self, pipeline: Pipeline, step: ChecksStep, queries: list[QueryOf]) -> Attempted:
        """Start the query of every check. The same run, step, attempt and check is the same query, however often."""
        ids: dict[int, str] = {}
        for query, check in zip(queries, step.checks, strict=True):

            def call(query: QueryOf = query, check: Check = check) -> Attempted:
                return Started({query.check: self._start(pipeline, query, check)})

            result = attempt(call)
            if not isinstance(result, Started):
                return result
            ids |= result.queries
        return Started(ids)

    def _start(self, pipeline: Pipeline, query: QueryOf, check: Check) -> str:
        tag = tag_of(query)
        answer = self._clients.athena_as(pipeline.query_role or "").start_query_execution(
            QueryString=f"{tag}\n{check.sql}",
            # 32 to 128 characters. Without our own, boto3 fills in a fresh one and a repeat is a second query.
            ClientRequestToken=hashlib.sha256(tag.encode()).hexdigest(),
            WorkGroup=self._workgroup,
        )
        return answer["QueryExecutionId"]

    def whose(self, query_id: str) -> tuple[QueryOf, QuerySeen] | None:
        """Whose check this query is and how it ended; None for an analyst's, or one that has not ended."""
        found = self._clients.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        query, status = query_of(found["Query"]), found["Status"]
        if query is None or status["State"] not in _ENDED:
            return None
        return query, QuerySeen(query_id, status["State"], short(status.get("StateChangeReason", "")))

    def ended(self, query_ids: Iterable[str]) -> dict[str, QuerySeen]:
        """Of these queries, those that have ended, without their rows. What AWS does not tell now is left out."""
        ids, seen = list(query_ids), dict[str, QuerySeen]()
        for start in range(0, len(ids), _QUERIES):
            answer = self._clients.athena.batch_get_query_execution(QueryExecutionIds=ids[start : start + _QUERIES])
            for found in answer["QueryExecutions"]:
                status = found["Status"]
                if status["State"] in _ENDED:
                    reason = short(status.get("StateChangeReason", ""))
                    seen[found["QueryExecutionId"]] = QuerySeen(found["QueryExecutionId"], status["State"], reason)
        return seen

    def first_rows(self, pipeline: Pipeline, query_id: str) -> tuple[tuple[str, ...], ...]:
        """The first rows of a result, as text cut short, NULL as an empty one. A SELECT's first row is its header."""
        client = self._clients.athena_as(pipeline.query_role or "")
        answer = client.get_query_results(QueryExecutionId=query_id, MaxResults=_FIRST_ROWS + 1)
        rows = answer["ResultSet"]["Rows"][1:]
        return tuple(
            tuple(short(cell.get("VarCharValue", ""), _CELL) for cell in row["Data"][:_COLUMNS]) for row in rows
        )


def tag_of(query: QueryOf) -> str:
    """The comment that leads a check's query."""
    parts = (query.pipeline, query.run_id, query.step, query.attempt, query.check)
    return _QUERY_TAG + json.dumps(parts, separators=(",", ":"))


def query_of(text: str) -> QueryOf | None:
    """Whose query this is by its leading comment; None when it is not one of ours."""
    first = text.split("\n", 1)[0]
    if not first.startswith(_QUERY_TAG):
        return None
    try:
        pipeline, run_id, step, attempt_number, check = json.loads(first.removeprefix(_QUERY_TAG))
        return QueryOf(str(pipeline), str(run_id), int(step), int(attempt_number), int(check))
    except (ValueError, TypeError, OverflowError, RecursionError):  # an analyst who copied our comment and changed it
        return None


class Bus:
    """Landfall's own event bus."""

    def __init__(self, clients: Clients, name: str, source: str) -> None:
        self._clients, self._name, self._source = clients, name, source

    def announce(self, announcements: tuple[Announcement, ...]) -> frozenset[str]:
        """Put the announcements; returns the ids of those that the bus has taken, for the rest come back later."""
        taken: set[str] = set()
        for start in range(0, len(announcements), _BATCH_OF_EVENTS):
            batch = announcements[start : start + _BATCH_OF_EVENTS]
            entries: list[Any] = [
                {"EventBusName": self._name, "Source": self._source, "DetailType": item.type, "Detail": item.detail}
                for item in batch
            ]
            answers = self._clients.events.put_events(Entries=entries)["Entries"]
            taken.update(item.id for item, answer in zip(batch, answers, strict=True) if "EventId" in answer)
        return frozenset(taken)


class Hints:
    """Asks this application to look at a crawler again in some seconds, since no function waits."""

    def __init__(self, clients: Clients, queue_url: str, delay: int) -> None:
        self._clients, self._queue_url, self._delay = clients, queue_url, delay

    def look_again(self, change: CrawlerChange) -> None:
        """Queue a hint that arrives after the delay."""
        self._clients.sqs.send_message(QueueUrl=self._queue_url, MessageBody=change.hint(), DelaySeconds=self._delay)


def parameters(clients: Clients, path: str) -> Iterator[tuple[str, str, float]]:
    """Name, text and time of the last change (seconds) of each parameter under a path. SSM pages by ten."""
    pages = clients.ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=False)
    for page in pages:
        for found in page["Parameters"]:
            yield found["Name"], found["Value"], found["LastModifiedDate"].timestamp()
