"""The feeder is killed again and again, in the full load as well: Kinesis has every change, and each row's in order.

Needs PostgreSQL. What a reader makes of the records is worked out here in a few lines of Python.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.source import postgres
from local.source.session import Session, session
from local.source.stream_output import differences
from local.stack.polling import until
from tests.e2e.conftest import Landfall

pytestmark = [
    pytest.mark.fresh("the changes that it writes stay in Kinesis"),
    pytest.mark.engine,
    pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing()),
]

STREAM, ROWS, CHANGES, KILLS, SECONDS = "test-feeder", 8000, 3000, 3, 60
Document = dict[str, Any]


@pytest.fixture
def source(landfall: Landfall) -> Iterator[Session]:
    landfall.clients.kinesis.create_stream(StreamName=STREAM, ShardCount=4)
    try:
        with session(landfall.stack) as made:
            yield made
    finally:
        landfall.clients.kinesis.delete_stream(StreamName=STREAM)


def test_a_feeder_that_is_killed_loses_nothing_and_keeps_each_rows_order(landfall: Landfall, source: Session) -> None:
    source.fill(ROWS)
    source.start_feeder(STREAM)
    until(lambda: source.stored() > 500, SECONDS, "the load to be on its way", every=0.005)
    source.kill_feeder()
    was_loaded = source.loaded() is not None
    source.start_feeder(STREAM)
    until(lambda: source.loaded() is not None, SECONDS, "the load")
    source.kill_feeder()
    changing = source.change(CHANGES)
    until(changing.is_done, SECONDS, "the changes to be committed")
    for _ in range(KILLS):
        before = source.stored()
        source.start_feeder(STREAM)
        until(lambda before=before: source.stored() > before, SECONDS, "some of the records", every=0.005)  # type: ignore[misc]
        source.kill_feeder()
    source.start_feeder(STREAM)

    until(lambda: changes(records(landfall)) >= changing.counts["changes"], SECONDS, "every change to be in Kinesis")

    found = records(landfall)
    assert not was_loaded, "the first feeder was killed too late to show anything"
    assert len(found) > len({json.dumps(identity(one)) for one in found}), "nothing came twice: no kill did any harm"
    assert not differences(source.rows(), replayed(found))
    assert out_of_order(found) == []


def records(landfall: Landfall) -> list[Document]:
    """Of all shards, each shard's in its order."""
    client, found = landfall.clients.kinesis, list[Document]()
    for shard in client.list_shards(StreamName=STREAM)["Shards"]:
        at = client.get_shard_iterator(
            StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]  # fmt: skip
        while True:
            page = client.get_records(ShardIterator=at, Limit=10_000)
            found += [json.loads(record["Data"]) for record in page["Records"]]
            if not page["Records"]:
                break
            at = page["NextShardIterator"]
    return [document for document in found if "data" in document]


def identity(document: Document) -> tuple[Any, ...]:
    metadata = document["metadata"]
    if metadata["operation"] == "load":
        return ("load", document["data"]["id"])
    return (metadata["transaction-id"], metadata["transaction-record-id"])


def changes(found: list[Document]) -> int:
    return len({identity(document) for document in found if document["metadata"]["operation"] != "load"})


def stack(document: Document) -> tuple[bool, str, int]:
    """Loads first, then by the log's position."""
    metadata = document["metadata"]
    position = metadata.get("stream-position", "").partition(".")[0]
    return bool(position), position, metadata.get("transaction-record-id", 0)


def replayed(found: list[Document]) -> list[dict[str, Any]]:
    """The rows that these records leave."""
    rows: dict[int, dict[str, Any]] = {}
    for document in sorted(found, key=lambda one: (stack(one), one["metadata"]["timestamp"])):
        if "before-image" in document:
            rows.pop(document["before-image"]["id"], None)
        if document["metadata"]["operation"] == "delete":
            rows.pop(document["data"]["id"], None)
        else:
            rows[document["data"]["id"]] = document["data"]
    return list(rows.values())


def out_of_order(found: list[Document]) -> list[int]:
    """Keys of which a change came, for the first time, after a later one."""
    seen: set[tuple[Any, ...]] = set()
    newest: dict[int, tuple[bool, str, int]] = {}
    wrong = []
    for document in found:
        key = document["data"]["id"]
        if identity(document) in seen or document["metadata"]["operation"] == "load":
            continue
        seen.add(identity(document))
        if stack(document) < newest.get(key, stack(document)):
            wrong.append(key)
        newest[key] = stack(document)
    return wrong
