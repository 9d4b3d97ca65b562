"""jobs/curate_person.py from beginning to end, on a lake in a directory."""

from __future__ import annotations

import bz2
import gzip
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.data import expected
from local.stack.stack import ROOT
from tests.jobs.lake import Lake

_COLUMNS = ("name", "age", "city", "age_group")
_SEED = (ROOT / "local" / "data" / "profile_data.csv").read_text()


@pytest.fixture
def lake(tmp_path: Path, curate_person: ModuleType, capsys: pytest.CaptureFixture[str]) -> Lake:
    return Lake(tmp_path, curate_person, capsys)


def test_the_table_shows_what_the_file_says(lake: Lake, spark: Any) -> None:
    file = lake.upload("profile_data.csv", _SEED)

    counts = lake.run("20261121T160000#job#1")

    table, wanted = lake.table(spark, _COLUMNS), expected.persons([file])
    assert counts == {
        "job": "curate_person",
        "run_id": "20261121T160000#job#1",
        "read": 400,
        "kept": 400,
        "duplicates": 0,
        "rejected": 0,
        "rejected_because": {},
        "written": 400,
    }
    assert (len(table), sum(row[1] for row in table)) == (wanted.rows, wanted.total)
    assert all(age_group == age - age % 10 for _, age, _, age_group in table)
    assert lake.objects() == [f"age_group={tens}0/part-00000.snappy.parquet" for tens in range(1, 9)]
    assert lake.rejected_rows() == []
    assert not list(lake.temporary.rglob("*.parquet"))


def test_a_repeat_gives_the_same_rows_in_the_same_objects(lake: Lake, spark: Any) -> None:
    lake.upload("profile_data.csv", _SEED + "Ann,x,Rome\n")
    lake.run("run 1")
    before = lake.table(spark, _COLUMNS), lake.objects(), lake.rejected_rows()

    lake.run("run 2")

    assert (lake.table(spark, _COLUMNS), lake.objects(), lake.rejected_rows()) == before


def test_files_are_read_by_the_names_in_their_headers(lake: Lake, spark: Any) -> None:
    lake.upload("plain.csv", "name,age,city\nAnn,1,Rome\n")
    lake.upload("other order.csv", "city,name,age\nRome,Bea,2\n")
    lake.upload("deeper/with more + odd %41[name].csv", "id,Name , AGE,city,line\n7,Cid,3,Rome,x\n")
    lake.upload("with a mark.csv", "\ufeffname,age,city\nDan,4,Rome\n")
    lake.upload("windows.csv", "name,age,city\r\nEva,5,Rome\r\n")
    lake.upload("quoted.csv", '"name","age","city"\n"Fay ""F""","6","Rome,\nItaly"\n')
    lake.upload("small.csv.gz", gzip.compress(b"name,age,city\nGil,7,Rome\n"))
    lake.upload("small.csv.bz2", bz2.compress(b"age,name,city\n8,Hal,Rome\n"))
    lake.upload("without its end.csv", "name,age,city\nIda,9,Rome")
    lake.upload("empty.csv", "")
    lake.upload("header only.csv", "name,age,city\n\n")
    lake.upload("_hidden.csv", "name,age,city\nJim,10,Rome\n")
    lake.upload("lacks a city.csv", "name,age\nKim,11\n")
    lake.upload("names one twice.csv", "name,age,age,city\nLea,12,13,Rome\n")
    lake.upload("without a header.csv", "Max,14,Rome\nNed,15,Rome\n")

    counts = lake.run()

    assert [row[:3] for row in lake.table(spark, _COLUMNS)] == [
        ("Ann", 1, "Rome"), ("Bea", 2, "Rome"), ("Cid", 3, "Rome"), ("Dan", 4, "Rome"), ("Eva", 5, "Rome"),
        ('Fay "F"', 6, "Rome, Italy"), ("Gil", 7, "Rome"), ("Hal", 8, "Rome"), ("Ida", 9, "Rome"),
    ]  # fmt: skip
    assert counts["rejected_because"] == {"age is missing": 1, "city is missing": 1, "name is missing": 2}
    assert {row["source_file"].rpartition("/")[2] for row in lake.rejected_rows()} == {
        "lacks a city.csv", "names one twice.csv", "without a header.csv",
    }  # fmt: skip


def test_rows_with_too_few_or_too_many_fields_are_kept_aside_whole(lake: Lake, spark: Any) -> None:
    lake.upload("ragged.csv", 'name,age,city\nAnn,1,Rome\nBea,2\nCid,3,Rome,Italy\n"Dan,4,Rome\nEva,5,Rome\n')

    counts = lake.run()

    assert [row[0] for row in lake.table(spark, _COLUMNS)] == ["Ann"]
    assert counts["read"] == counts["kept"] + counts["rejected"] == 4
    # a quote without an end takes the rest of its file with it
    assert sorted(row["line"] for row in lake.rejected_rows()) == [
        '"Dan,4,Rome\nEva,5,Rome',
        "Bea,2",
        "Cid,3,Rome,Italy",
    ]


def test_the_table_equals_plain_python_s_for_messy_files(lake: Lake, spark: Any) -> None:
    chances = random.Random(5)
    files = [lake.upload(f"{number}.csv", _mess(chances)) for number in range(5)]

    counts = lake.run()

    table, wanted = lake.table(spark, _COLUMNS), expected.persons(files)
    assert (len(table), sum(row[1] for row in table)) == (wanted.rows, wanted.total)
    assert counts["read"] == 5 * 300 == counts["kept"] + counts["duplicates"] + counts["rejected"]
    assert counts["written"] == counts["kept"] == len(table)
    assert counts["rejected"] == len(lake.rejected_rows()) > 50
    assert counts["duplicates"] > 50


def _mess(chances: random.Random) -> str:
    names = chances.sample(["name", "age", "city", "note"], 4)
    row = {
        "name": lambda: chances.choice(["Ann", " Ann", "Bea  B", '"O""B"', "", "Zoë"]) + str(chances.randrange(20)),
        "age": lambda: chances.choice(["x", "", "-1", "131", "12.5", "30.0", *map(str, range(1, 60))]),
        "city": lambda: chances.choice(["Rome", "São Paulo", '"New\nYork"', " ", "Oslo"]),
        "note": lambda: chances.choice(["", "a", '"a,b"', "a,b"]),
    }
    return "\n".join([",".join(names), *(",".join(row[name]() for name in names) for _ in range(300))]) + "\n"


def test_what_is_no_longer_in_the_files_leaves_the_table(lake: Lake, spark: Any) -> None:
    first = lake.upload("first.csv", "name,age,city\nAnn,1,Rome\nBea,x,Rome\nCid,33,Rome\n")
    lake.upload("second.csv", "name,age,city\nDan,40,Rome\n")
    lake.run()
    (lake.target / "age_group=30" / "part-00000-left-by-another-job.parquet").write_bytes(b"PAR1")
    first.write_text("name,age,city\nCid,34,Rome\n")

    lake.run()

    assert lake.table(spark, _COLUMNS) == [("Cid", 34, "Rome", 30), ("Dan", 40, "Rome", 40)]
    assert lake.objects() == ["age_group=30/part-00000.snappy.parquet", "age_group=40/part-00000.snappy.parquet"]
    assert lake.rejected_rows() == []
    assert not (lake.target / "age_group=0").exists()


def test_no_file_is_an_error_and_changes_nothing(lake: Lake, spark: Any) -> None:
    file = lake.upload("first.csv", "name,age,city\nAnn,1,Rome\n")
    lake.run()
    file.unlink()

    with pytest.raises(lake.job.JobError, match=r"source holds no file\. Upload one, or mend SOURCE_S3"):
        lake.run()

    assert len(lake.table(spark, _COLUMNS)) == 1


def test_no_good_row_is_an_error_and_leaves_the_table_as_it_was(lake: Lake, spark: Any) -> None:
    file = lake.upload("first.csv", "name,age,city\nAnn,1,Rome\n")
    lake.run()
    file.write_text("name;age;city\nAnn;1;Rome\n")

    with pytest.raises(lake.job.JobError, match=r"No row of .*source is good \(2 read\); the curated data was left"):
        lake.run()

    assert len(lake.table(spark, _COLUMNS)) == 1
    assert lake.counts()["rejected_because"] == {"name is missing": 2}
    assert len(lake.rejected_rows()) == 2


class CrashError(Exception):
    pass


def _crash_after(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    left = [calls]

    def crashing(*arguments: Any) -> Any:
        if not left[0]:
            raise CrashError
        left[0] -= 1
        return function(*arguments)

    return crashing


@pytest.mark.parametrize(("function", "calls"), [("_put", 1), ("_put", 3), ("_remove", 0), ("replace", 1)])
def test_after_a_crash_each_partition_is_old_or_new_and_the_next_run_heals_all(
    lake: Lake, spark: Any, monkeypatch: pytest.MonkeyPatch, function: str, calls: int
) -> None:
    old = {("Ann", 1, "Rome", 0), ("Bea", 12, "Rome", 10), ("Cid", 23, "Rome", 20)}
    new = {("Ann", 2, "Rome", 0), ("Bea", 13, "Rome", 10), ("Dan", 34, "Rome", 30)}
    lake.upload("a.csv", "name,age,city\nAnn,1,Rome\nBea,12,Rome\nCid,23,Rome\n")
    lake.run()
    lake.upload("a.csv", "name,age,city\nAnn,2,Rome\nBea,13,Rome\nDan,34,Rome\nEva,x,Rome\n")

    with monkeypatch.context() as patch:
        patch.setattr(lake.job, function, _crash_after(calls, getattr(lake.job, function)))
        with pytest.raises(CrashError):
            lake.run()

    for group in (0, 10, 20, 30):
        there = {row for row in lake.table(spark, _COLUMNS) if row[3] == group}
        assert there in ({row for row in old if row[3] == group}, {row for row in new if row[3] == group})
    lake.run("run#1/attempt 2")
    assert set(lake.table(spark, _COLUMNS)) == new
    assert [row["name"] for row in lake.rejected_rows()] == ["Eva"]


@pytest.mark.parametrize("cut", [100, 100_000], ids=["at its start", "far into it"])
def test_a_broken_file_is_named_and_changes_nothing(lake: Lake, spark: Any, cut: int) -> None:
    lake.upload("a.csv", "name,age,city\nAnn,1,Rome\nBea,x,Rome\n")
    lake.run()
    content = "name,age,city\n" + "".join(f"{random.Random(n).random()},3,Rome\n" for n in range(20_000))
    lake.upload("broken b.csv.gz", gzip.compress(content.encode())[:cut])

    with pytest.raises(Exception, match=r"broken(%20| )b\.csv\.gz"):
        lake.run()

    assert [row[0] for row in lake.table(spark, _COLUMNS)] == ["Ann"]
    assert [row["name"] for row in lake.rejected_rows()] == ["Bea"]
