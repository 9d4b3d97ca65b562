"""The decoder of PostgreSQL's log: messages that PostgreSQL 18.6 sent, whole, cut and bent.

`verification/examples/recorded_pgoutput.json` has position and bytes of each, of transactions on a table with many
types and on one with replica identity full.
"""

import json
from datetime import datetime, timezone

import pytest

from local.source import pgoutput
from local.source.pgoutput import (
    Begin,
    Commit,
    Delete,
    Insert,
    LogicalMessage,
    MalformedMessageError,
    Message,
    Origin,
    Relation,
    Truncate,
    Type,
    Unchanged,
    Update,
)
from local.stack.stack import ROOT

RECORDED = [
    (lsn, bytes.fromhex(data))
    for lsn, data in json.loads((ROOT / "verification/examples/recorded_pgoutput.json").read_text())
]
LARGE = "x" * 2100


def recorded(kind: type[Message]) -> list[Message]:
    return [message for _, data in RECORDED if isinstance(message := pgoutput.decode(data), kind)]


def test_a_transaction_begins_where_it_will_commit_and_ends_behind_it() -> None:
    begin, commit = recorded(Begin)[0], recorded(Commit)[0]

    assert isinstance(begin, Begin)
    assert isinstance(commit, Commit)
    assert begin.transaction == 759
    assert begin.final_lsn == commit.lsn == 24348256
    assert commit.end_lsn == 24348304
    assert begin.committed_at == commit.committed_at
    assert begin.committed_at == datetime(2026, 11, 21, 19, 25, 53, 502830, timezone.utc)


def test_a_relation_is_told_with_its_columns_and_key() -> None:
    thing, whole = recorded(Relation)[:2]

    assert isinstance(thing, Relation)
    assert isinstance(whole, Relation)
    assert (thing.schema, thing.table, thing.identity) == ("public", "thing", "d")
    assert [column.name for column in thing.columns if column.is_key] == ["id"]
    assert [column.type_id for column in thing.columns][:5] == [20, 25, 23, 16, 1700]
    assert whole.identity == "f"
    assert all(column.is_key for column in whole.columns)


def test_rows_have_their_values_as_they_are_printed() -> None:
    first, second = recorded(Insert)[:2]

    assert isinstance(first, Insert)
    assert isinstance(second, Insert)
    assert first.new == (
        "1", 'Zoë "Nan"', "30", "t", "12.50", "NaN", "2026-11-21 19:10:11.5+00", "2026-11-21", "\\x00ff", '{"a": 1}',
        "wild",
    )  # fmt: skip
    assert second.new == ("2", *[None] * 10)


def test_an_update_has_the_old_key_only_where_it_changed() -> None:
    plain, rekeyed = recorded(Update)[:2]

    assert isinstance(plain, Update)
    assert isinstance(rekeyed, Update)
    assert plain.old is None
    assert plain.new[:3] == ("1", 'Zoë "Nan"', "31")
    assert rekeyed.old == ("2", *[None] * 10)
    assert rekeyed.new[0] == "3"
    assert not rekeyed.old_is_whole


def test_a_large_value_that_was_not_touched_is_not_sent_again() -> None:
    touched, untouched, whole = recorded(Update)[2:]

    assert isinstance(touched, Update)
    assert isinstance(untouched, Update)
    assert isinstance(whole, Update)
    assert touched.new[1] == LARGE
    assert untouched.new[1] is Unchanged.TOAST
    assert whole.new == ("2", Unchanged.TOAST)
    assert whole.old == ("1", LARGE)
    assert whole.old_is_whole


def test_a_delete_has_the_key_or_the_whole_row() -> None:
    by_key, whole = recorded(Delete)

    assert by_key == Delete(16389, ("3", *[None] * 10))
    assert whole == Delete(16397, ("2", LARGE), old_is_whole=True)


def test_what_else_the_log_has() -> None:
    assert recorded(Truncate) == [Truncate((16389, 16397), cascades=True, restarts_identity=True)]
    assert recorded(Type)[0] == Type(16385, "public", "mood")
    assert recorded(Origin) == [Origin(0, "elsewhere")]
    assert recorded(LogicalMessage) == [LogicalMessage(True, 24359296, "landfall", b"hello")]


@pytest.mark.parametrize("data", {data[:1]: data for _, data in RECORDED if len(data) < 500}.values())
def test_a_message_that_was_cut_or_goes_on_is_refused_with_the_place(data: bytes) -> None:
    for size in range(len(data)):
        with pytest.raises(MalformedMessageError, match=r"byte \d+"):
            pgoutput.decode(data[:size])
    with pytest.raises(MalformedMessageError, match="1 bytes too many"):
        pgoutput.decode(data + b"\0")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not fit"),
        (b"S\0\0\0\1", "no kind of message"),
        (b"I\0\0\0\1X\0\1n", "where the new row should begin"),
        (b"I\0\0\0\1N\0\1b\0\0\0\1x", "no kind of value"),
        (b"I\0\0\0\1N\0\1t\xff\xff\xff\xff", "a value of -1 bytes"),
        (b"I\0\0\0\1N\0\1t\x7f\xff\xff\xffx", "does not fit"),
        (b"I\0\0\0\1N\0\1t\0\0\0\1\xff", "not UTF-8"),
        (b"T\xff\xff\xff\xff\0", "does not fit"),
        (b"B" + b"\0" * 8 + b"\x7f" + b"\xff" * 7 + b"\0" * 4, "out of range"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedMessageError, match=reason):
        pgoutput.decode(data)
