"""What counts as prose: docstrings, comments and descriptions, with their lines; code and other strings do not."""

from verification.words.prose import Passage, python_names, python_passages, yaml_passages

MODULE = '''"""The module
goes on."""

import os as system  # an alias

TEXT = "a string # without a comment"


class Box(dict):
    """A class."""

    size: int = 0
    """An attribute."""

    def fill(self, amount: int) -> None:
        """Fill it."""
        # The first line
        # and the second.
        self.level = amount

        # Another block.
        print("told")
'''

DOCUMENT = """# Above
Description: One line
Parameters:
  Stage:
    Description: >-
      More
      lines  # with a mark that is text
    Default: 'x # y'  # real
Other:
  - |
    # part of the text
  - a#b
  # Below,
  # in two lines
"""


def test_docstrings_of_modules_classes_functions_and_attributes_are_found_with_their_lines() -> None:
    found = {passage.line: passage.text for passage in python_passages(MODULE)}

    assert found[1] == '"""The module\ngoes on."""'
    assert (found[10], found[13], found[16]) == ('"""A class."""', '"""An attribute."""', '"""Fill it."""')


def test_comments_are_found_and_those_on_consecutive_lines_are_one_passage() -> None:
    found = list(python_passages(MODULE))

    assert Passage(4, "an alias") in found
    assert Passage(17, "The first line\nand the second.") in found
    assert Passage(21, "Another block.") in found
    assert len(found) == 7


def test_defined_names_are_found_in_their_parts_and_used_ones_are_not() -> None:
    names = {
        name: parts for _, name, parts in python_names(MODULE + "lastHTTPAnswer, _told_once = 1, 2\nprint(TEXT)\n")
    }

    assert set(names) == {"system", "TEXT", "Box", "size", "fill", "self", "amount", "lastHTTPAnswer", "_told_once"}
    assert names["lastHTTPAnswer"] == ("last", "http", "answer")
    assert names["_told_once"] == ("told", "once")


def test_yaml_comments_and_descriptions_are_found_and_marks_within_texts_are_not() -> None:
    assert sorted(yaml_passages(DOCUMENT), key=lambda passage: passage.line) == [
        Passage(1, "Above"),
        Passage(2, "One line"),
        Passage(5, ">-\n      More\n      lines  # with a mark that is text"),
        Passage(8, "real"),
        Passage(13, "Below,\nin two lines"),
    ]
