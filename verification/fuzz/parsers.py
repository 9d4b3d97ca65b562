"""Every parser of the functions' layer, and what each may do with a hostile input."""

import json
from typing import Any
from unittest.mock import patch

from benchmarks.fakes import Account, application_on, definition
from functions.on_upload import app as on_upload
from landfall.adapters import athena, definition_registry, dynamodb_values, state_codec
from landfall.model import definitions, event_parsers
from landfall.model.errors import InvalidDefinitionError, MalformedEventError, SettingsError
from landfall.model.observations import QueryOf
from landfall.model.pipelines import CrawlStep, Pipeline
from landfall.model.state import Announcement, State, Uploads
from landfall.service.settings import Settings
from landfall.service.sqs_batch import Batch
from verification.examples.payloads import names, payload
from verification.fuzz import on_call, source
from verification.fuzz.campaign import Parser
from verification.fuzz.generate import Hostile


def _payloads(*folders: str) -> list[dict[str, Any]]:
    return [payload(name) for folder in folders for name in names(folder) if "/batch" not in name]


_UPLOADS, _CRAWLS, _QUERIES = _payloads("on_upload"), _payloads("on_crawler_state"), _payloads("on_query_state")
_JOBS, _STREAMS = _payloads("on_job_state"), _payloads("on_stream_state")
_DEFINITION: dict[str, Any] = {
    "name": "person", "bucket": "landfall-lake", "prefix": "data/dataprofile/", "suffixes": [".csv"],
    "query_role": "arn:aws:iam::123456789012:role/landfall/dev/person-query",
    "steps": [
        {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"},
        {"checks": [{"name": "has rows", "sql": "SELECT 1", "expect": "rows"}]},
        {"job": "person-curate", "arguments": {"--TARGET_S3": "s3://curated/person/"}},
        {"crawl": "person-curated-crawler", "database": "person-db", "table": "person"},
    ],
    "severity": "critical", "owner": "o", "runbook": "https://x", "max_attempts": 2, "min_minutes_between_runs": 0,
    "fresh_within_minutes": 60, "crawl_timeout_minutes": 60, "on_schema_change": "alert", "deletions": True,
    "stream": {"job": "s", "replication": "source", "max_restarts": 5, "restart_minutes": 5, "healthy_minutes": 10},
}  # fmt: skip
_PARAMETER = "/landfall/dev/pipelines/person"


class _Silent:
    def __getattr__(self, _: str) -> Any:
        return lambda *_, **__: None


_LOG: Any = _Silent()


def _records(hostile: Hostile, parse: Any, payloads: list[dict[str, Any]]) -> bool:
    """A hostile record among good ones fails alone, or is a value that every later write can take."""
    good = json.dumps(payloads[0])
    bad = hostile.json(hostile.pick(payloads))
    records = [
        {"messageId": "a", "body": good}, {"messageId": "hostile", "body": bad}, {"messageId": "b", "body": good}
    ]  # fmt: skip
    batch = Batch.read({"Records": records}, parse, _LOG)
    assert [name for name, _ in batch.items if name != "hostile"] == ["a", "b"]
    assert set(batch.failed) <= {"hostile"}
    taken = dict(batch.items).get("hostile")
    if taken is not None:
        for field in taken.__dataclass_fields__:
            value = getattr(taken, field)
            if isinstance(value, str):
                value.encode()
    return taken is not None


def uploads(hostile: Hostile) -> bool:
    """The upload queue's records: S3's events and requests."""
    return _records(hostile, event_parsers.parse_arrival, _UPLOADS)


def crawler_changes(hostile: Hostile) -> bool:
    """Glue's crawler events and our own hints."""
    return _records(hostile, event_parsers.parse_crawler_change, [*_CRAWLS[-1:], *_CRAWLS])


def job_changes(hostile: Hostile) -> bool:
    """Glue's job events."""
    return _records(hostile, event_parsers.parse_job_change, _JOBS)


def stream_changes(hostile: Hostile) -> bool:
    """Requests for streams, CloudWatch's alarms and DMS's events."""
    return _records(hostile, event_parsers.parse_stream_change, _STREAMS)


def query_changes(hostile: Hostile) -> bool:
    """Athena's query events."""
    return _records(hostile, event_parsers.parse_query_change, _QUERIES)


def bare_events(hostile: Hostile) -> bool:
    """An event that is given by hand raises what says what is wrong with it."""
    parse = hostile.pick(
        (
            event_parsers.parse_arrival,
            event_parsers.parse_crawler_change,
            event_parsers.parse_job_change,
            event_parsers.parse_query_change,
            event_parsers.parse_stream_change,
        )
    )
    event: Any = hostile.bent(hostile.pick((*_UPLOADS, *_CRAWLS, *_JOBS, *_QUERIES, *_STREAMS)))
    try:
        parse(event)
    except MalformedEventError:
        return False
    return True


def handler_on_upload(hostile: Hostile) -> bool:
    """The whole function: the state after a batch with a hostile record is that without it, or counts it whole."""
    account = Account([definition("person")])
    event = payload("on_upload/put_versioned") | {"time": "2026-11-20T12:00:00Z"}
    event["detail"]["object"]["key"] = "data/person/a.csv"
    bad = hostile.json(event | {"time": "2026-11-20T12:00:01Z"})
    records = [{"messageId": "good", "body": json.dumps(event)}, {"messageId": "hostile", "body": bad}]
    application = application_on(account)
    with patch.object(on_upload, "application", lambda: application):
        answer = on_upload.handler({"Records": records}, None)
    failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
    assert failed <= {"hostile"}, failed
    state = application.transitions.state_table.load("person")
    assert state.run is not None  # what the good record started
    return not failed


def one_definition(hostile: Hostile) -> bool:
    """A definition is refused with every problem named, or can be pinned, kept and parsed again."""
    try:
        pipeline = definitions.parse(_PARAMETER, hostile.json(_DEFINITION))
    except InvalidDefinitionError:
        return False
    assert definitions.parse(_PARAMETER, pipeline.document) == pipeline
    assert pipeline.document.encode()
    return True


def definitions_together(hostile: Hostile) -> bool:
    """A hostile definition leaves out its own pipeline, and the one that it conflicts with at most."""
    other = definition("orders")
    found, problems = definition_registry.compile_all(
        [
            ("/landfall/dev/pipelines/orders", json.dumps(other), 1.0),
            (_PARAMETER, hostile.json(_DEFINITION), 2.0),
        ]
    )
    assert "orders" in found.by_name
    assert len(found.by_name) + len(problems) == 2
    return "person" in found.by_name


def states(hostile: Hostile) -> bool:
    """A state with hostile texts and times is the same after it was written and read."""
    pipeline = Pipeline("person", "b", "p/", (CrawlStep("c", "d", "t"),), json.dumps(definition("person")))
    texts = tuple(hostile.text() for _ in range(3))
    number = abs(hostile.random.random() * 2e9)
    state = State(
        pipeline.name, 3, Uploads(2, number, number + 1, texts), requested=hostile.chance(0.5), covered_until=number,
        outbox=tuple(Announcement(text, hostile.text(), hostile.text()) for text in texts),
    )  # fmt: skip
    item = dynamodb_values.from_attributes(dynamodb_values.to_attributes(state_codec.state_to_plain(state)))
    assert state_codec.state_from_plain("person", 3, item) == state
    return True


def query_comments(hostile: Hostile) -> bool:
    """The comment that leads a query: ours, an analyst's, or somebody's who wants to be taken for us."""
    tag = athena.format_comment(QueryOf("person", "2026-11-21T12:00:00.000Z-1", 1, 1, 0))
    text = hostile.bytes(tag.encode()).decode("utf-8", "replace") if hostile.chance(0.7) else hostile.text()
    found = athena.parse_comment(text + "\nSELECT 1")
    assert found is None or athena.parse_comment(athena.format_comment(found)) == found
    return found is not None


def query_results(hostile: Hostile) -> bool:
    """A result's rows are cut to what an item and an alert can hold."""
    header = {"Data": [{"VarCharValue": hostile.text()} for _ in range(3)]}
    widths = [hostile.pick((0, 1, 3, 40)) for _ in range(hostile.pick((0, 1, 11)))]
    rows = [{"Data": [_cell(hostile) for _ in range(width)]} for width in widths]

    class Client:
        def get_query_results(self, **_: Any) -> Any:
            return {"ResultSet": {"Rows": [header, *rows]}}

    class Clients:
        def athena_as(self, _: str) -> Client:
            return Client()

    clients: Any = Clients()
    pipeline = Pipeline("person", "b", "p/", (CrawlStep("c", "d", "t"),), "{}")
    found = athena.Athena(clients, "w").first_rows(pipeline, "q", "DML")
    assert all(len(cell) <= 200 for row in found for cell in row)
    assert all(len(row) <= 20 for row in found)
    return True


def _cell(hostile: Hostile) -> dict[str, str]:
    return {} if hostile.chance(0.2) else {"VarCharValue": hostile.text()}


def settings(hostile: Hostile) -> bool:
    """The environment of a function."""
    good = {
        "STAGE": "dev", "STATE_TABLE": "t", "BUS": "b", "WORKGROUP": "w", "CRAWLER_STATE_QUEUE_URL": "https://q",
        "LEASE_SECONDS": "70", "CLOCK_SKEW_SECONDS": "3", "RECHECK_DELAY_SECONDS": "15", "RECHECK_LIMIT": "12",
        "RUN_HISTORY_DAYS": "90", "INCIDENT_REMINDER_HOURS": "24",
    }  # fmt: skip
    environment = {name: hostile.text() if hostile.chance(0.1) else value for name, value in good.items()}
    try:
        found = Settings.read(environment)
    except SettingsError:
        return False
    assert found.lease_seconds < float("inf")
    return True


PARSERS: dict[str, Parser] = {
    "job changes": job_changes,
    "incidents as messages": on_call.messages,
    "routing keys": on_call.routing_keys,
    "columns of tables": on_call.columns,
    "dead letters": on_call.dead_letters,
    "the command line": on_call.command_line,
    "uploads": uploads,
    "crawler changes": crawler_changes,
    "query changes": query_changes,
    "stream changes": stream_changes,
    "bare events": bare_events,
    "on_upload, whole": handler_on_upload,
    "a definition": one_definition,
    "definitions together": definitions_together,
    "states": states,
    "comments of queries": query_comments,
    "results of queries": query_results,
    "settings": settings,
    "messages of PostgreSQL's log": source.log_messages,
}
