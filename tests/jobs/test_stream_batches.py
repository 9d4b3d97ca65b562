"""Batches of jobs/stream_person.py, on folders: what they leave, also when they are killed and come again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from verification.examples.dms_records import control, record

HOUR = "day=2026-11-21/hour=19"


class Killed(BaseException):
    """Nothing of the job runs after it."""


class Stream:
    """A job's folders, and what lies in them."""

    def __init__(self, spark: Any, job: ModuleType, root: Path, capsys: Any) -> None:
        self.spark, self.job, self.root, self._capsys = spark, job, root, capsys
        self.source = job.Source("public.person", ("id",))

    def batches(self) -> Any:
        """As a job that has just started."""
        places = (f"{(self.root / name).as_uri()}/" for name in ("output", "rejected", "checkpoint"))
        return self.job.Batches(self.spark, self.job.Places(*places), self.source)

    def handle(self, batch: int, *records: str) -> list[dict[str, Any]]:
        """Handle a batch; what it prints."""
        self._capsys.readouterr()
        raw = self.spark.createDataFrame([(text,) for text in records], "text string")
        self.batches().handle(raw, batch)
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    def replace(self, batch: int, records: list[str]) -> None:
        """The part of handling that may be killed anywhere, without Spark."""
        judged = [self.job.judge(text, self.source) for text in records]
        self.batches().replace(batch, sorted(judged, key=lambda row: [getattr(row, name) for name in self.job.ORDER]))

    def files(self, folder: str = "output") -> dict[str, list[dict[str, Any]]]:
        """Rows by file."""
        found = sorted((self.root / folder).rglob("*.json"))
        return {
            str(file.relative_to(self.root / folder)): [json.loads(line) for line in file.read_text().splitlines()]
            for file in found
        }

    def ids(self, folder: str = "output") -> list[int]:
        """The ids of all rows, in order."""
        return sorted(row["id"] for rows in self.files(folder).values() for row in rows)


@pytest.fixture
def stream(spark: Any, stream_person: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Stream:
    return Stream(spark, stream_person, tmp_path, capsys)


def test_a_batch_leaves_a_file_for_each_hour_and_tells_its_counts(stream: Stream) -> None:
    late = record("insert", 3, at="2026-11-21T20:00:00Z")
    again = record("insert", 1)

    told = stream.handle(
        4, record("insert", 2), again, late, again, record("load", 9), "{bad", control("create-table"), "{bad"
    )

    (summary,) = told
    assert summary.pop("seconds") > 0
    assert summary == {
        "batch": 4, "read": 8, "changes": 4, "repeated": 1, "rejected": 2, "rejected_because": {"not JSON": 2},
        "control": {"create-table public.person": 1}, "files": 3,
    }  # fmt: skip
    files = stream.files()
    assert [name.rpartition("/")[0] for name in files] == [HOUR, "day=2026-11-21/hour=20"]
    assert all(name.split("/")[-1].startswith("part-000000004-") for name in files)
    first, second = files.values()
    assert ([row["id"] for row in first], [row["id"] for row in second]) == ([9, 1, 2], [3])
    (rejected,) = stream.files("rejected").values()
    assert rejected == [{"reason": "not JSON", "record": "{bad"}] * 2


def test_many_rows_are_several_files_in_order(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.job, "ROWS_PER_FILE", 2)

    stream.handle(0, *(record("insert", number) for number in (5, 3, 1, 4, 2)))

    assert [[row["id"] for row in rows] for rows in stream.files().values()] == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize("records", [(), (control("create-table"),)], ids=["nothing", "control records"])
def test_a_batch_without_rows_writes_none(stream: Stream, records: tuple[str, ...]) -> None:
    told = stream.handle(0, *records)

    assert len(told) == len(records)
    assert (stream.files(), stream.files("rejected")) == ({}, {})


LATE = {"at": "2026-11-21T20:00:00Z"}
FIRST = [*(record("insert", number) for number in (1, 2, 3)), record("insert", 4, **LATE), "{bad"]
SECOND = {
    "the same": FIRST,
    "more": [*FIRST, record("insert", 5, at="2026-11-21T21:00:00Z"), record("insert", 6)],
    "less": FIRST[:1],
    "others": [record("insert", 7, **LATE)],
    "nothing": [],
}


@pytest.mark.parametrize("again", SECOND)
def test_wherever_a_batch_is_killed_the_next_try_leaves_what_it_read_and_no_more(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    """Before each write, and after it, in turn; Glue's own source may read less or more the second time."""
    monkeypatch.setattr(stream.job, "ROWS_PER_FILE", 2)
    points = 0
    for point in range(99):
        stream.root /= str(point)
        done = Counter[str]()
        with monkeypatch.context() as patch:
            for name in ("write", "delete"):
                patch.setattr(stream.job.Files, name, _killing(getattr(stream.job.Files, name), point, done))
            try:
                stream.replace(1, FIRST)
            except Killed:
                points += 1

        stream.replace(1, SECOND[again])

        wanted = [json.loads(text)["data"]["id"] for text in SECOND[again] if text != "{bad"]
        assert stream.ids() == wanted, point
        assert sum(map(len, stream.files("rejected").values())) == SECOND[again].count("{bad"), point
        if done["steps"] <= point:
            break
    assert points == 16  # before and after: the name of the checkpoint, three folders in the plan, four files


def _killing(operation: Any, point: int, done: Counter[str]) -> Any:
    def step() -> None:
        if done["steps"] == point:
            done["steps"] += 1
            raise Killed
        done["steps"] += 1

    def act(*arguments: Any) -> Any:
        step()
        result = operation(*arguments)
        step()
        return result

    return act


def test_the_files_that_stay_are_replaced_and_never_away(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    stream.handle(1, *FIRST)
    removed: list[str] = []
    monkeypatch.setattr(stream.job.Files, "delete", lambda _, stack: removed.append(stack))

    stream.handle(1, *FIRST)

    assert removed == []
    assert stream.ids() == [1, 2, 3, 4]


def test_a_new_checkpoint_begins_at_zero_and_harms_nothing(stream: Stream) -> None:
    stream.handle(0, record("insert", 1))
    for file in (stream.root / "checkpoint").iterdir():
        file.unlink()

    stream.handle(0, record("insert", 2))

    assert stream.ids() == [1, 2]
