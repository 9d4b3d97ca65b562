"""Five hundred hostile inputs for each of the engine's parsers; `make fuzz` takes 100,000."""

import pytest

from verification.fuzz.campaign import feed
from verification.fuzz.engine import PARSERS

INPUTS = 500


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_input_is_refused_or_taken_whole(name: str) -> None:
    figures = feed(name, PARSERS[name], INPUTS)

    assert figures.taken > 0  # a generator whose inputs are all refused reaches the first check only
