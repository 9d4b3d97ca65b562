"""The longest text that a pattern admits, worked out by hand."""

import re

import pytest
from samcli.yamlhelper import parse_yaml_file

from local.stack.stack import ROOT
from verification.template_rules.longest import longest, shortest


@pytest.mark.parametrize(
    ("pattern", "most", "length"),
    [
        ("[a-z][a-z0-9]{0,15}", None, 16),
        ("(-[a-z0-9-]{1,20})?", None, 21),
        ("[a-z](-?[a-z0-9])*", 31, 31),
        ("ab|cde", None, 3),
        (r"\d{2,3}x?", None, 4),
        ("[^/].*/", 40, 40),
        ("[A-Za-z]+", None, None),
    ],
)
def test_the_longest_text_of_a_pattern(pattern: str, most: int | None, length: int | None) -> None:
    found = longest(pattern, most)

    assert (found and len(found)) == length
    assert found is None or re.fullmatch(pattern, found)


def test_a_pattern_that_no_text_of_that_length_fits_is_an_error() -> None:
    with pytest.raises(ValueError, match="no text"):
        longest("(ab)*c{2}(?=d)", 9)


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "pipelines").glob("*.yaml")))
def test_a_short_text_fits_every_pattern_of_a_template(file: str) -> None:
    for declaration in parse_yaml_file(str(ROOT / "pipelines" / file))["Parameters"].values():
        pattern = declaration.get("AllowedPattern", "x?")
        assert re.fullmatch(pattern, shortest(pattern))
