"""What a job is given: both take the same arguments, and refuse folders whose replacing would destroy something."""

from __future__ import annotations

from types import ModuleType

import pytest

_GIVEN = {
    "RUN_ID": "r",
    "SOURCE_S3": "s3://lake/data/person/",
    "TARGET_S3": "s3://curated/person/",
    "REJECTED_S3": "s3://curated/person-rejected",
    "TempDir": "s3://curated/temp/",
}


def _arguments(**changes: str | None) -> list[str]:
    given = {**_GIVEN, **changes}
    return [part for name, value in given.items() if value is not None for part in (f"--{name}", value)]


def test_glue_s_own_arguments_are_passed_over(curate_person: ModuleType) -> None:
    glue = ["--job-bookmark-option", "job-bookmark-disable", "--JOB_NAME", "x", "--enable-metrics", "--SOURCE", "y"]

    options = curate_person.parse([*glue, *_arguments()])

    assert options.SOURCE_S3 == "s3://lake/data/person"
    assert options.SOURCE_TABLE is None


def test_who_starts_it_by_hand_gives_no_run_id(curate_person: ModuleType) -> None:
    assert curate_person.parse(_arguments(RUN_ID=None)).RUN_ID == "by-hand"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TARGET_S3": "s3://curated"}, "TARGET_S3 is 's3://curated': give a folder of a bucket"),
        ({"TARGET_S3": "s3://curated//"}, "TARGET_S3 is 's3://curated': give a folder of a bucket"),
        ({"TARGET_S3": "person/"}, "TARGET_S3 is 'person': give a folder of a bucket"),
        ({"TARGET_S3": "s3://lake/data/"}, "SOURCE_S3 lies in TARGET_S3, s3://lake/data"),
        ({"TARGET_S3": "s3://lake/data/person"}, "TARGET_S3 lies in SOURCE_S3, s3://lake/data/person"),
        ({"REJECTED_S3": "s3://curated/person/bad"}, "REJECTED_S3 lies in TARGET_S3, s3://curated/person"),
        ({"TempDir": "s3://lake/data/person/temp/"}, "TempDir lies in SOURCE_S3"),
    ],
)
def test_folders_that_hold_one_another_are_refused(
    curate_person: ModuleType, changes: dict[str, str | None], message: str
) -> None:
    with pytest.raises(curate_person.JobError) as refused:
        curate_person.parse(_arguments(**changes))

    assert message in str(refused.value)


@pytest.mark.parametrize("name", ["SOURCE_S3", "TARGET_S3", "REJECTED_S3", "TempDir"])
def test_a_missing_argument_is_named(curate_person: ModuleType, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        curate_person.parse(_arguments(**{name: None}))

    assert f"--{name}" in capsys.readouterr().err
