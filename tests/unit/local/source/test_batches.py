"""Which records share a call of PutRecords: never two about one row, whatever Kinesis refuses in between."""

import random

import pytest

from local.source import batches
from local.source.batches import Waiting
from local.source.dms import ChangeError, Record


def record(*keys: str, size: int = 10) -> Record:
    return Record(keys[0], b"x" * size, frozenset(keys))


def waiting(*records: Record) -> Waiting:
    made = Waiting()
    for one in records:
        made.add(one)
    return made


def test_a_call_holds_one_record_of_each_row() -> None:
    made = waiting(record("a"), record("b"), record("a"), record("c"))

    assert list(made.call()) == [0, 1, 3]


def test_a_record_that_waits_lets_no_later_one_pass() -> None:
    """The key change from a to b waits for a, so what b does next waits as well."""
    made = waiting(record("a"), record("b", "a"), record("b"))

    assert list(made.call()) == [0]


def test_what_was_refused_goes_first() -> None:
    made = waiting(record("a"), record("b"), record("a"))

    made.stored([1])

    assert list(made.call()) == [0]


def test_a_call_keeps_the_limits_of_kinesis() -> None:
    many = waiting(*(record(str(number)) for number in range(600)))
    large = waiting(*(record(str(number), size=1_000_000) for number in range(6)))

    assert len(many.call()) == batches.MOST_RECORDS
    assert len(large.call()) == 5


def test_a_record_that_kinesis_never_takes_is_refused_with_its_row() -> None:
    with pytest.raises(ChangeError, match=r"public\.person\.7 .* Kinesis takes 1,048,576"):
        waiting(record("public.person.7", size=batches.LARGEST_RECORD))


@pytest.mark.parametrize("seed", range(50))
def test_no_record_overtakes_an_earlier_one_of_its_row(seed: int) -> None:
    """Kinesis here stores a call's records in any order and refuses some."""
    chances = random.Random(seed)  # noqa: S311  # chances, not secrets
    records = [record(*(chances.choice("abcdefgh") for _ in range(chances.choice((1, 1, 2))))) for _ in range(200)]
    made, arrived = waiting(*records), list[int]()

    while len(made):
        stored = [number for number in made.call() if chances.random() < 0.7]
        chances.shuffle(stored)
        made.stored(stored)
        arrived += stored

    assert sorted(arrived) == list(range(200))
    for key in "abcdefgh":
        concerned = [number for number in arrived if key in records[number].concerns]
        assert concerned == sorted(concerned)
