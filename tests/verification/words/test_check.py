"""The word list's check: it finds whole words, phrases over lines and names, and says where and what to write."""

from pathlib import Path

import pytest

from verification.words.__main__ import COVERED
from verification.words.check import check_files, files_below, table
from verification.words.word_list import WORDS, Exemption, Word

ROOT = Path(__file__).parents[3]


def found(folder: Path, text: str, name: str = "module.py", exemptions: tuple[Exemption, ...] = ()) -> list[str]:
    (folder / name).write_text(text)
    return [str(finding) for finding in check_files([folder / name], folder, exemptions)]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.forms[0])
def test_every_form_of_every_word_is_found_in_any_case(word: Word, tmp_path: Path) -> None:
    for form in word.forms:
        for text in (form, form.upper(), form.capitalize()):
            assert found(tmp_path, f'"""This {text} is one."""\n')[0].startswith(f'module.py:1: "{text}": write ')


def test_a_finding_has_its_own_line_within_a_docstring_and_within_comments(tmp_path: Path) -> None:
    source = '"""Nothing here.\n\nNor here, but it was told.\n"""\n\n# good\n# more of it, anew\nvalue = 1\n'

    assert found(tmp_path, source) == [
        'module.py:3: "told": write report, notify, show, say',
        'module.py:7: "anew": write again',
    ]


def test_a_phrase_is_found_over_the_end_of_a_line(tmp_path: Path) -> None:
    assert found(tmp_path, "# It has a look, and so\n# many of them look\n# at it.\nvalue = 1\n") == [
        'module.py:1: "so many": write N, that many',
        'module.py:2: "look at": write query, check, read',
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It understands, mentions and outlies: parts of words",
        "The field `told` and `stranger's`: code",
        "It stands for a moment, and stands in for another",
        "a beside-the-point-like compound, hop-hops",
    ],
)
def test_parts_of_words_code_and_right_uses_are_not_found(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, f'"""{text}."""\n') == []


def test_strings_that_are_neither_docstring_nor_comment_are_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, 'text = "nobody told whoever # anew"\nprint(f"mend {text}")\n') == []


def test_a_defined_name_with_a_word_as_a_part_is_found_and_its_use_is_not(tmp_path: Path) -> None:
    source = "def _told_once(hops: int) -> int:\n    return hops\n\n\n_told_once(1)\nfrom other import strangers\n"

    assert found(tmp_path, source) == [
        'module.py:1: "_told_once": write report, notify, show, say',
        'module.py:1: "hops": write recheck_count',
    ]


def test_yaml_is_checked_in_comments_and_descriptions(tmp_path: Path) -> None:
    source = "Description: Nobody\nValue: nobody  # mended\n"

    assert found(tmp_path, source, "template.yaml") == [
        'template.yaml:1: "Nobody": write the caller, a user, no user',
        'template.yaml:2: "mended": write fix',
    ]


def test_an_exemption_allows_its_text_in_its_file_and_nothing_else(tmp_path: Path) -> None:
    exemption = Exemption("module.py", 'as "anew" says', "a quotation")

    assert found(tmp_path, '# It is as "anew" says.\n# But it is anew.\n', exemptions=(exemption,)) == [
        'module.py:2: "anew": write again'
    ]
    assert found(tmp_path, '# It is as "anew" says.\n', "other.py", (exemption,)) == ['other.py:1: "anew": write again']


def test_an_exemption_that_applies_to_nothing_is_a_finding(tmp_path: Path) -> None:
    (one,) = found(tmp_path, "# good\n", exemptions=(Exemption("module.py", "told again", "a quotation"),))

    assert one.startswith('module.py:1: "told again": ')


def test_a_path_that_does_not_exist_is_an_error_and_folders_are_searched_through(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("inner/one.py", "inner/two.yaml", "inner/three.md"):
        (tmp_path / name).write_text("")

    assert sorted(file.name for file in files_below(["inner"], tmp_path)) == ["one.py", "two.yaml"]
    with pytest.raises(FileNotFoundError, match="missing"):
        files_below(["missing"], tmp_path)


def test_the_covered_paths_have_no_findings() -> None:
    files = files_below(COVERED, ROOT)

    assert len(files) > 100
    assert check_files(files, ROOT) == []


def test_the_guide_has_the_list_as_its_table() -> None:
    assert table() in (ROOT / "CONTRIBUTING.md").read_text()
