"""Glue runs single files: what the jobs between two crawls share stands in each, and must be one and the same text."""

from __future__ import annotations

import pytest

from local.stack.stack import ROOT

_MARK = "# The same in every job"
_JOBS = sorted((ROOT / "jobs").glob("curate_*.py"))


@pytest.mark.parametrize("job", _JOBS, ids=lambda job: job.stem)
def test_what_the_jobs_share_is_the_same_text(job: object) -> None:
    first = _JOBS[0].read_text().partition(_MARK)
    mine = ROOT.joinpath(str(job)).read_text().partition(_MARK)

    assert first[1] == mine[1] == _MARK
    assert mine[2] == first[2]
    assert len(_JOBS) > 1
