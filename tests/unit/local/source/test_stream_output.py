"""The verdict of `make demo-stream`: what counts as the same row, and that every difference is told."""

from typing import Any

import pytest

from local.source.stream_output import differences


def row(key: int, **changed: Any) -> dict[str, Any]:
    return {"id": key, "name": "Zoë", "age": 30, "city": None, "updated_at": "2026-11-21T19:24:19.1+00:00"} | changed


def test_equal_tables_have_no_difference_however_their_moments_are_written() -> None:
    view = [row(2), row(1, updated_at="2026-11-21T19:24:19.100000Z")]

    assert differences([row(1), row(2, updated_at="2026-11-21T20:24:19.100+01:00")], view) == []


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ([row(1)], "row 2 is missing in the view"),
        ([row(1), row(2), row(3)], "row 3 is in the view only"),
        ([row(1), row(2), row(2)], "1 rows more than keys in the view"),
        ([row(1), row(2, age=None)], "row 2: PostgreSQL has"),
        ([row(1), row(2, city="")], "row 2: PostgreSQL has"),
        ([row(1), row(2, name="Zoe\u0308")], "row 2: PostgreSQL has"),
        ([row(1), row(2, updated_at="2026-11-21T19:24:19.100001Z")], "row 2: PostgreSQL has"),
    ],
)
def test_every_difference_is_told(view: list[dict[str, Any]], told: str) -> None:
    (found,) = differences([row(1), row(2)], view)

    assert found.startswith(told)


def test_of_many_differences_the_first_few_are_told() -> None:
    assert differences([row(key) for key in range(9)], [])[-1] == "and 4 more"
