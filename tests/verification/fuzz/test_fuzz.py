"""A few hundred hostile inputs for each parser; `make fuzz` takes 100,000."""

import pytest

from verification.fuzz.campaign import feed
from verification.fuzz.parsers import PARSERS

INPUTS = 500


@pytest.mark.parametrize("name", PARSERS)
def test_hostile_input_is_refused_or_taken_whole(name: str) -> None:
    figures = feed(name, PARSERS[name], INPUTS)

    assert figures.taken  # a generator whose inputs are all refused tests the first line only
