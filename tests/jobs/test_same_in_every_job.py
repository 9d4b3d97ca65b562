"""Glue runs single files: what the jobs between two crawls share is in each, made from one source."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.assemble import FOLDER, MARK, assemble
from local.stack.stack import ROOT

_JOBS = sorted((ROOT / "jobs").glob("curate_*.py"))
_COMMON = (FOLDER / "common.py").read_text()


@pytest.mark.parametrize("job", _JOBS, ids=lambda job: job.stem)
def test_a_job_has_the_common_part_as_its_source_has_it(job: Path) -> None:
    assert assemble(job.read_text(), _COMMON) == job.read_text(), "make it again: make jobs"


def test_a_common_part_that_was_changed_in_a_job_is_made_again() -> None:
    text = _JOBS[0].read_text()
    changed = text.replace("ROWS_PER_FILE = 5_000_000", "ROWS_PER_FILE = 1")

    assert changed != text
    assert assemble(changed, _COMMON) == text


def test_a_job_s_own_part_is_left_as_it_is() -> None:
    own, common = "JOB = 'trips'\n\n", f"ANYTHING = 1\n\n{MARK}, since it is so.\n\nSHARED = 2\n"

    assert assemble(f"{own}{MARK}, of old.\nSHARED = 1\n", common) == f"{own}{MARK}, since it is so.\n\nSHARED = 2\n"


@pytest.mark.parametrize("text", ["JOB = 'trips'\n", f"{MARK}\n{MARK}\n"], ids=["no mark", "two marks"])
def test_a_job_without_its_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        assemble(text, _COMMON)


def test_there_are_jobs() -> None:
    assert {job.stem for job in _JOBS} >= {"curate_person", "curate_orders"}
