"""`transform` of jobs/curate_person.py: every rule by one small frame."""

from __future__ import annotations

import random
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

_SCHEMA = "name string, age string, city string, line string, source_file string, source_time timestamp"
_OLD, _NEW = datetime(2026, 1, 1), datetime(2026, 1, 2)  # noqa: DTZ001 # Spark's session runs in UTC

# What a row holds, and the row that the table shows, or the reason why it shows none.
_ROWS: dict[str, tuple[tuple[str | None, str | None, str | None], tuple[str, int, str, int] | str]] = {
    "is kept": (("Ann", "34", "Rome"), ("Ann", 34, "Rome", 30)),
    "is trimmed": (("  Bea\t", " 34 ", "\u00a0Rome "), ("Bea", 34, "Rome", 30)),
    "has its white space made single": (("Cid  del\nRío", "9", "New   York"), ("Cid del Río", 9, "New York", 0)),
    "has an age that a tool wrote with a fraction": (("Dan", "40.0", "Oslo"), ("Dan", 40, "Oslo", 40)),
    "has an age with zeros before it": (("Eva", "007", "Oslo"), ("Eva", 7, "Oslo", 0)),
    "has the lowest age": (("Fay", "0", "Oslo"), ("Fay", 0, "Oslo", 0)),
    "has the highest age": (("Gil", "130", "Oslo"), ("Gil", 130, "Oslo", 130)),
    "has a quote in it": (("Bilal O'Brien", "37", "São Paulo"), ("Bilal O'Brien", 37, "São Paulo", 30)),
    "has no name": ((None, "34", "Rome"), "name is missing"),
    "has an empty name": (("", "34", "Rome"), "name is missing"),
    "has a blank name": ((" \t", "34", "Rome"), "name is missing"),
    "has no age": (("Ann", None, "Bari"), "age is missing"),
    "has a blank age": (("Ann", " ", "Bari"), "age is missing"),
    "has an age in words": (("Ann", "forty", "Bari"), "age is not a whole number"),
    "has an age with a fraction": (("Ann", "34.5", "Bari"), "age is not a whole number"),
    "has an age in another notation": (("Ann", "3e1", "Bari"), "age is not a whole number"),
    "has an age with more digits than a number": (("Ann", "99999999999", "Bari"), "age is not a whole number"),
    "has an age in other digits": (("Ann", "\u0663\u0664", "Bari"), "age is not a whole number"),
    "has a negative age": (("Ann", "-1", "Bari"), "age is not between 0 and 130"),
    "has too high an age": (("Ann", "131", "Bari"), "age is not between 0 and 130"),
    "has no city": (("Ann", "34", None), "city is missing"),
    "has bytes that are not UTF-8": (("Zo\ufffd", "34", "Bari"), "not UTF-8"),
    "is empty": ((None, None, None), "name is missing"),
}


@pytest.fixture(scope="module")
def judged(spark: Any, curate_person: ModuleType) -> tuple[dict[str, tuple[Any, ...]], dict[str, str]]:
    """Curated rows and reasons, by the file that each row comes from."""
    raw = [(*fields, None, case, _NEW) for case, (fields, _) in _ROWS.items()]
    rows = curate_person.transform(spark.createDataFrame(raw, _SCHEMA)).persist()
    kept = [case for case, (_, expected) in _ROWS.items() if not isinstance(expected, str)]
    names = {_ROWS[case][1][0]: case for case in kept}
    table = {names[row["name"]]: tuple(row) for row in curate_person.curated(rows).collect()}
    return table, {row.source_file: row.reason for row in curate_person.rejected(rows).collect()}


@pytest.mark.parametrize("case", _ROWS)
def test_a_row_that(case: str, judged: tuple[dict[str, tuple[Any, ...]], dict[str, str]]) -> None:
    table, reasons = judged
    expected = _ROWS[case][1]

    if isinstance(expected, str):
        assert (reasons.get(case), table.get(case)) == (expected, None)
    else:
        assert (table.get(case), reasons.get(case)) == (expected, None)


def test_a_rejected_row_is_kept_as_it_came(spark: Any, curate_person: ModuleType) -> None:
    raw = spark.createDataFrame([(" Ann ", "x", "Bari", "Ann ,x,Bari,7", "a.csv", _OLD)], _SCHEMA)

    (row,) = curate_person.rejected(curate_person.transform(raw)).collect()

    assert row.asDict() == {
        "reason": "not as many fields as the header",
        "name": " Ann ",
        "age": "x",
        "city": "Bari",
        "line": "Ann ,x,Bari,7",
        "source_file": "a.csv",
    }


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("30", "b.csv", _OLD), ("31", "a.csv", _NEW)], 31),
        ([("31", "a.csv", _OLD), ("30", "b.csv", _OLD)], 30),
        ([("30", "a.csv", _OLD), ("31", "a.csv", _OLD)], 31),
        ([("30", "a.csv", _OLD), ("x", "a.csv", _NEW)], 30),
        ([("30", "a.csv", _OLD), ("30", "a.csv", _OLD)], 30),
    ],
    ids=["the newest file", "the last file by name", "the highest age", "the good row", "one of two alike"],
)
def test_of_two_rows_for_one_person_is_kept(
    spark: Any, curate_person: ModuleType, rows: list[tuple[str, str, datetime]], kept: int
) -> None:
    for order in (rows, rows[::-1]):
        raw = spark.createDataFrame([("Ann", age, "Rome", None, file, time) for age, file, time in order], _SCHEMA)

        (row,) = curate_person.curated(curate_person.transform(raw)).collect()

        assert row.age == kept


def test_namesakes_in_two_cities_are_two_persons(spark: Any, curate_person: ModuleType) -> None:
    raw = spark.createDataFrame([("Ann", "30", city, None, "a.csv", _OLD) for city in ("Rome", "Bari")], _SCHEMA)

    assert curate_person.curated(curate_person.transform(raw)).count() == 2


def test_every_row_comes_out_once_and_the_order_of_rows_does_not_matter(spark: Any, curate_person: ModuleType) -> None:
    chances = random.Random(11)
    raw = [
        (
            chances.choice(["Ann", "Bea", " Bea", "", None]),
            chances.choice(["1", "2", "3", "x", "200", None]),
            chances.choice(["Rome", "Bari", "Oslo", " "]),
            chances.choice([None, None, None, "a,b,c,d"]),
            chances.choice(["a.csv", "b.csv"]),
            chances.choice([_OLD, _NEW]),
        )
        for _ in range(400)
    ]
    shuffled = chances.sample(raw, len(raw))

    first, second = (
        sorted(map(str, curate_person.transform(spark.createDataFrame(rows, _SCHEMA).repartition(3)).collect()))
        for rows in (raw, shuffled)
    )

    assert first == second
    assert len(first) == len(raw)
    assert len({row.split("raw=")[0] for row in first if "outcome='kept'" in row}) == 6  # two names, three cities
