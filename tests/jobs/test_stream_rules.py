"""`judge` of jobs/stream_person.py: every rule by one record."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from verification.examples.dms_records import AT, control, metadata, person, record
from verification.fuzz.campaign import feed
from verification.fuzz.jobs import records

_SORTED = "0000000000000002/0000000000000007.0000000000000003.0000000000000002/0000000000000007"
_DETAILS = "no transaction details: DMS's IncludeTransactionDetails must be true"


def changed(**of_metadata: Any) -> str:
    return json.dumps({"data": person(7), "metadata": metadata("insert", 7, **of_metadata)})


def of(data: Any, **further: Any) -> str:
    return json.dumps({"data": data, "metadata": metadata("insert", 7), **further})


# What comes, and why it cannot be used.
_BAD = {
    "is no JSON": ("{bad", "not JSON"),
    "is empty": ("", "not JSON"),
    "is a list": ("[]", "no metadata: not a record of DMS"),
    "is somebody else's": ('{"hello": 1}', "no metadata: not a record of DMS"),
    "has an unknown operation": (changed(operation="merge"), "operation is none of load, insert, update, delete"),
    "is of another table": (
        changed(**{"table-name": "orders"}), "a change of public.orders, and not of public.person"
    ),
    "has no data": (of(None), "data is missing"),
    "has no key": (of({"name": "n"}), "the key is missing: id"),
    "has a column that we add": (of(person(7, Operation="x", day=1)), "a column has a name that the job gives itself: "
                                                                       "Operation, day"),
    "has no time": (changed(timestamp=None, **{"commit-timestamp": None}),
                    "no timestamp by which it could be put into a folder"),
    "has another's time": (changed(**{"commit-timestamp": "yesterday"}),
                           "no timestamp by which it could be put into a folder"),
    "has no transaction": (changed(**{"transaction-id": None}), _DETAILS),
    "has no place in its transaction": (changed(**{"transaction-record-id": None}), _DETAILS),
    "has no place in the log": (changed(**{"stream-position": None}), _DETAILS),
    "has a number that no table takes": (changed(**{"transaction-record-id": 2**63}), _DETAILS),
    "empties the table": (control("truncate-table"),
                          "truncate-table: changes from before it stay, and a new load needs them away"),
    "removes the table": (control("drop-table"),
                          "drop-table: changes from before it stay, and a new load needs them away"),
    "says NaN": ('{"data": NaN}', "not understood: ValueError NaN is no JSON"),
    "has a number without end": (of(person(7)).replace("7", "1e999", 1),
                                 "not understood: ValueError Out of range float values are not JSON compliant"),
    "is a deep well": ("[" * 100_000, "not understood: RecursionError"),
    "has a before-image of another kind": (of(person(7), **{"before-image": [1]}),
                                           "not understood: AttributeError 'list' object has no attribute 'get'"),
}  # fmt: skip


@pytest.fixture
def judge(stream_person: ModuleType) -> Any:
    source = stream_person.Source("public.person", ("id",))
    return lambda text: stream_person.judge(text, source)


@pytest.mark.parametrize("case", _BAD)
def test_a_record_is_kept_aside_as_it_came_that(case: str, judge: Any) -> None:
    text, reason = _BAD[case]

    found = judge(text)

    assert (found.outcome, found.folder) == ("rejected", "")
    assert found.reason.startswith(reason)
    assert json.loads(found.line) == {"reason": found.reason, "record": text}


def test_a_change_is_a_row_with_all_that_orders_it(judge: Any) -> None:
    found = judge(record("insert", 7, city="臺北"))

    assert (found.outcome, found.folder) == ("change", "day=2026-11-21/hour=19")
    assert (found.position, found.sequence, found.identity) == (_SORTED, 1, "1007/1")
    assert json.loads(found.line) == {
        "id": 7, "name": "n7", "age": 7, "city": "臺北", "updated_at": AT, "previous_id": 7, "operation": "insert",
        "transaction_id": 1007, "sequence": 1, "position": _SORTED, "committed_at": AT,
        "schema_name": "public", "table_name": "person",
    }  # fmt: skip
    assert "臺北" in found.line


def test_an_update_says_which_key_the_row_had(judge: Any) -> None:
    keys = [json.loads(judge(record("update", 7, before=before)).line) for before in ({"id": 3}, {"id": 7}, {}, None)]

    assert [(row["previous_id"], row["id"]) for row in keys] == [(3, 7), (7, 7), (7, 7), (7, 7)]


def test_a_loaded_row_comes_before_every_change_and_has_all_columns(judge: Any) -> None:
    loaded, inserted = judge(record("load", 7)), judge(record("insert", 7))

    assert loaded.position < inserted.position
    row = json.loads(loaded.line)
    assert row.keys() == json.loads(inserted.line).keys()
    assert None not in row.values()
    assert (row["transaction_id"], row["sequence"], row["committed_at"]) == (0, 0, AT)


@pytest.mark.parametrize(
    ("at", "folder"),
    [
        ("2026-11-21T23:59:59.999999Z", "day=2026-11-21/hour=23"),
        ("2026-11-22T00:30:00+02:00", "day=2026-11-21/hour=22"),
        ("2026-11-22T00:00:00", "day=2026-11-22/hour=00"),
    ],
)
def test_the_folder_is_the_hour_of_the_commit_in_utc(judge: Any, at: str, folder: str) -> None:
    assert judge(record("insert", 7, at=at)).folder == folder


def test_positions_sort_as_the_log_runs(stream_person: ModuleType) -> None:
    log = ["0/9", "0/1F", "0/FFFFFFFF", "1/0", "00000001/0000000a", "A/0", "10/0"]

    sortable = [stream_person.sortable(position) for position in log]

    assert sorted(sortable) == sortable
    two = [stream_person.sortable(f"00000002/7C007178.{number}.00000002/7C007178") for number in (2, 3, 10, 100)]
    assert sorted(two) == two


def test_control_records_are_told_and_are_no_rows(judge: Any) -> None:
    assert judge(control("create-table"))[:2] == ("control", "create-table public.person")
    assert judge(control("drop-table", "other"))[:2] == ("control", "drop-table public.other")


def test_half_a_surrogate_becomes_text_that_can_be_written(judge: Any) -> None:
    for text in (record("insert", 7, name="\ud800"), changed(**{"stream-position": "\ud800"}), '{"metadata": "\\ud800'):
        for part in judge(text):
            str(part).encode()


def test_large_numbers_stay_exact(judge: Any) -> None:
    assert json.loads(judge(record("insert", 7, age=2**63 + 1)).line)["age"] == 2**63 + 1


def test_hostile_records_become_changes_or_go_aside_whole(stream_person: ModuleType) -> None:
    figures = feed("records of DMS", records(stream_person), 500)

    assert figures.taken
    assert figures.refused
