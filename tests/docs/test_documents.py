"""What documents say of this repository is so: paths, make targets, decisions, pictures that a command draws."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.stack import ROOT
from verification import diagrams

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
# What a page may name although it is not in a checkout: it is made, or it is somebody's own.
MADE = (
    "tests/unit/test_athena.py",
    "tests/pyathena/",
    "layers/dependencies/.aws-sam",
    ".venv/",
    ".local/",
    ".aws-sam/",
    "jobs/…",
    "events/…",
    "my-",
    "s3://",
)
TOP = {path.name for path in ROOT.iterdir()} | {".ci"}


def named_paths(page: Path) -> Iterator[str]:
    """Each path of this repository that the page names in backticks or links to."""
    text = page.read_text()
    for found in re.findall(r"`([\w./<>*-]+/[\w./<>*{},-]*)`", text):
        if found.split("/")[0] in TOP and not found.startswith(MADE) and not re.search(r"[<>*{}]", found):
            yield found
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"https?:|mailto:", link):
            yield str((page.parent / link).resolve().relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    missing = [path for path in named_paths(page) if not (ROOT / path.rstrip("/")).exists()]

    assert page.name == "CHANGELOG.md" or missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`)(?:\w+=\S+ )*make ([a-z][a-z0-9-]+)", page.read_text(), re.M))

    assert page.name == "CHANGELOG.md" or named <= targets


def test_the_state_machines_are_drawn_from_their_tables() -> None:
    page = diagrams.PAGE.read_text()

    assert page == diagrams.drawn(page), "make diagrams"


def test_every_decision_has_a_status_and_is_in_the_index() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text()

    for file in sorted(ROOT.glob("docs/decisions/0*.md")):
        head = file.read_text()
        title = re.match(r"# (\d+)\. (.+)\n\n\d{4}-\d\d-\d\d · Status: (accepted|replaced by .+)", head)
        assert title, file.name
        assert f"| {title[1]} | [{title[2]}]({file.name}) |" in index, file.name
