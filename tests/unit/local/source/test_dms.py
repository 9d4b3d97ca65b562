"""Changes of the log as DMS's records; the log is the recorded one of test_pgoutput.py."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from local.source import dms, pgoutput
from local.source.dms import ChangeError, Record, Transcriber
from local.source.pgoutput import Begin, Column, Insert, Relation, Unchanged, Update
from tests.unit.local.source.test_pgoutput import LARGE, RECORDED

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=timezone.utc)
THING = Relation(1, "public", "thing", "d", (Column("id", 20, is_key=True), Column("value", 25, is_key=False)))
KEYS = {"public.thing": ("id",), "public.whole": ("a",)}


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Of the whole recorded log."""
    transcriber = Transcriber(KEYS)
    return [record for lsn, data in RECORDED for record in transcriber.take(pgoutput.decode(data), lsn, NOW)]


def documents(records: list[Record], operation: str) -> list[Any]:
    found = [json.loads(record.data) for record in records]
    return [document for document in found if document["metadata"]["operation"] == operation]


def test_an_insert_is_told_with_its_transaction(records: list[Record]) -> None:
    document = documents(records, "insert")[0]

    assert document["metadata"] == {
        "timestamp": "2026-11-21T19:30:00.000000Z",
        "record-type": "data",
        "operation": "insert",
        "partition-key-type": "primary-key",
        "schema-name": "public",
        "table-name": "thing",
        "transaction-id": 759,
        "transaction-record-id": 1,
        "commit-timestamp": "2026-11-21T19:25:53.502830Z",
        "stream-position": "00000000/017384A8.1.00000000/01738660",
    }
    assert "before-image" not in document
    assert records[0].partition_key == "public.thing.1"


def test_values_are_what_dms_makes_of_their_types(records: list[Record]) -> None:
    full, empty = (document["data"] for document in documents(records, "insert")[:2])

    assert full == {
        "id": 1, "name": 'Zoë "Nan"', "age": 30, "ok": "true", "price": 12.5, "ratio": "NaN",
        "at": "2026-11-21T19:10:11.500000Z", "day": "2026-11-21", "raw": "0x00ff", "tags": '{"a": 1}', "mood": "wild",
    }  # fmt: skip
    assert empty == dict.fromkeys(full) | {"id": 2}


def test_numbers_keep_every_digit() -> None:
    relation = Relation(1, "s", "t", "d", (Column("id", 20, is_key=True), Column("n", 1700, is_key=False)))

    record = dms.load(relation, ("9007199254740993", "0.10000000000000000000000001"), NOW)

    assert b'{"id": 9007199254740993, "n": 0.10000000000000000000000001}' in record.data


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("2026-11-21 19:10:11+00", "2026-11-21T19:10:11Z"),
        ("2026-11-21 19:10:11.000001+00", "2026-11-21T19:10:11.000001Z"),
        ("2026-11-21 19:10:11", "2026-11-21T19:10:11Z"),
        ("infinity", "infinity"),
        ("0044-03-15 00:00:00+00 BC", "0044-03-15 00:00:00+00 BC"),
    ],
)
def test_moments_are_iso_where_iso_has_a_word(printed: str, told: str) -> None:
    relation = Relation(1, "s", "t", "d", (Column("id", 20, is_key=True), Column("at", 1184, is_key=False)))

    assert json.loads(dms.load(relation, ("1", printed), NOW).data)["data"]["at"] == told


def test_an_update_says_which_key_the_row_had(records: list[Record]) -> None:
    plain, rekeyed = documents(records, "update")[:2]
    record = next(record for record in records if record.partition_key == "public.thing.3")

    assert (plain["before-image"], plain["data"]["id"]) == ({"id": 1}, 1)
    assert (rekeyed["before-image"], rekeyed["data"]["id"]) == ({"id": 2}, 3)
    assert record.concerns == {"public.thing.2", "public.thing.3"}


def test_a_delete_has_the_key_and_what_else_the_log_had(records: list[Record]) -> None:
    by_key, whole = (document["data"] for document in documents(records, "delete"))

    assert by_key["id"] == 3
    assert set(by_key.values()) == {3, None}
    assert whole == {"a": 2, "big": LARGE}


def test_the_changes_of_a_transaction_are_numbered_and_know_the_one_before(records: list[Record]) -> None:
    told = [json.loads(record.data)["metadata"] for record in records[2:5]]

    assert [(one["transaction-id"], one["transaction-record-id"]) for one in told] == [(760, 1), (760, 2), (760, 3)]
    assert [(one["prev-transaction-id"], one["prev-transaction-record-id"]) for one in told] == [
        (759, 2), (760, 1), (760, 2),
    ]  # fmt: skip


def test_a_log_read_twice_gives_the_same_identities(records: list[Record]) -> None:
    transcriber = Transcriber(KEYS)
    late = [pgoutput.decode(data) for _, data in RECORDED[:3]]
    late += [pgoutput.decode(data) for _, data in RECORDED[6:]]
    again = [record for message in late for record in transcriber.take(message, 0, NOW)]

    def identity(record: Record) -> Any:
        metadata = json.loads(record.data)["metadata"]
        return metadata.get("transaction-id"), metadata.get("transaction-record-id"), record.partition_key

    assert [identity(record) for record in again] == [identity(record) for record in records[2:]]


def test_a_large_value_comes_from_the_old_row_where_that_is_whole(records: list[Record]) -> None:
    assert documents(records, "update")[-1]["data"] == {"a": 2, "big": LARGE}


def test_a_large_value_that_the_log_does_not_have_is_asked_for() -> None:
    update = Update(1, ("7", Unchanged.TOAST))

    assert dms.unchanged(THING, update) == ("value",)
    assert dms.filled(THING, update, {"value": "looked up"}).new == ("7", "looked up")
    assert dms.filled(THING, update, {}).new == ("7", Unchanged.TOAST)


def test_a_value_that_nobody_has_is_left_out() -> None:
    transcriber = Transcriber(KEYS)
    transcriber.take(THING, 0, NOW)
    transcriber.take(Begin(1, NOW, 5), 0, NOW)

    (record,) = transcriber.take(Update(1, ("7", Unchanged.TOAST)), 0, NOW)

    assert json.loads(record.data)["data"] == {"id": 7}


def test_a_truncation_is_a_control_record_of_each_table(records: list[Record]) -> None:
    told = documents(records, "truncate-table")

    assert [one["metadata"]["table-name"] for one in told] == ["thing", "whole"]
    assert all(one["control"] == {} and one["metadata"]["record-type"] == "control" for one in told)


def test_a_load_has_no_transaction_and_its_table_is_told_first() -> None:
    record, table = dms.load(THING, ("1", None), NOW), dms.control("create-table", THING, NOW, frozenset({"value"}))

    metadata = json.loads(record.data)["metadata"]
    assert metadata["operation"] == "load"
    assert not any("transaction" in name or "position" in name for name in metadata)
    assert json.loads(table.data)["control"]["table-def"] == {
        "columns": {"id": {"type": "INT64", "nullable": False}, "value": {"type": "STRING", "nullable": True}},
        "primary-key": ["id"],
    }
    assert table.partition_key == "landfall-feeder.public.thing"


def test_what_no_record_can_be_made_of_is_refused() -> None:
    transcriber = Transcriber({})
    with pytest.raises(ChangeError, match="which the log has not told before"):
        transcriber.take(Insert(1, ("1", "x")), 0, NOW)
    transcriber.take(THING, 0, NOW)
    with pytest.raises(ChangeError, match="outside of any transaction"):
        transcriber.take(Insert(1, ("1", "x")), 0, NOW)
    transcriber.take(Begin(1, NOW, 5), 0, NOW)
    with pytest.raises(ChangeError, match="no primary key"):
        transcriber.take(Insert(1, ("1", "x")), 0, NOW)
    with pytest.raises(ChangeError, match="A row of 1 values"):
        dms.load(THING, ("1",), NOW)
