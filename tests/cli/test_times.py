"""Times and sizes read as a person writes them."""

import pytest

from landfall_cli.times import ago, clock, duration, plural, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0.0 s"), (0.84, "0.8 s"), (9.96, "10 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"),
        (3600, "1 h"), (3600 + 20 * 60, "1 h 20 min"), (11 * 3600 + 1900, "11 h"), (86_400 * 3 + 7200, "3 d 2 h"),
        (86_400 * 40, "40 d"),
    ],
)  # fmt: skip
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_time_of_today_has_no_date() -> None:
    assert clock(1_795_000_000) == "2026-11-18 11:06:40Z"
    assert clock(1_795_000_000, now=1_795_000_100) == "11:06:40Z"
    assert clock(1_795_000_000, now=1_795_090_000) == "2026-11-18 11:06:40Z"


def test_a_clock_that_is_ahead_does_not_speak_of_the_future() -> None:
    assert ago(100, 99) == "0.0 s ago"


def test_sizes_and_numbers() -> None:
    assert [size(812), size(1_400_000), size(3_000_000_000_000)] == ["812 B", "1.4 MB", "3.0 TB"]
    assert [plural(1, "upload"), plural(1500, "upload")] == ["1 upload", "1,500 uploads"]
