"""A definition's error names the parameter, the field and what is allowed."""

import json
from typing import Any

import pytest

from landfall.model import definitions
from landfall.model.errors import InvalidDefinitionError
from landfall.model.pipelines import JobStep, Stream
from verification.examples.builders import HAS_ROWS, PARAMETER, document, pipeline

CRAWL = {"crawl": "c", "database": "d", "table": "t"}


JOB = {"job": "j"}


def with_argument(name: str, value: object = "v") -> dict[str, Any]:
    return {"job": "j", "arguments": {name: value}}


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InvalidDefinitionError) as error:
        definitions.parse(PARAMETER, text)
    assert str(error.value).startswith(f"{PARAMETER}: ")
    return error.value.problems


def test_a_definition_with_defaults() -> None:
    parsed = pipeline(suffixes=None, min_minutes_between_runs=None)

    assert parsed.crawlers == ("person-crawler",)
    assert (parsed.max_attempts, parsed.min_minutes_between_runs, parsed.suffixes) == (1, 10, ())


def test_a_job_keeps_its_arguments() -> None:
    parsed = pipeline(steps=[CRAWL, JOB | {"arguments": {"--TARGET_S3": "s3://b/c/", "--TempDir": "s3://b/t/"}}])

    assert parsed.jobs == ("j",)
    assert parsed.steps[1] == JobStep("j", (("--TARGET_S3", "s3://b/c/"), ("--TempDir", "s3://b/t/")))
    assert pipeline(steps=[CRAWL, JOB]).steps[1] == JobStep("j")


def test_what_a_run_pins_is_the_definition_again() -> None:
    parsed = pipeline(steps=[CRAWL, with_argument("--TARGET_S3"), {"checks": [HAS_ROWS]}])

    assert definitions.parse("person", parsed.document) == parsed


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"prefix": "data"}, 'prefix is "data"; allowed: a folder such as data/dataprofile/'),
        ({"prefix": "/data/"}, 'prefix is "/data/"; allowed: a folder'),
        ({"bucket": ""}, 'bucket is ""; allowed: a bucket\'s name'),
        ({"bucket": None}, "bucket is missing; it must be a bucket's name"),
        ({"colour": "red"}, "colour is not a known field; allowed: name, bucket"),
        ({"max_attempts": 0}, "max_attempts is 0; allowed: a whole number from 1 to 10"),
        ({"max_attempts": True}, "max_attempts is true; allowed: a whole number"),
        ({"severity": ["critical"]}, 'severity is ["critical"]; allowed: "critical" or "error"'),
        ({"runbook": "http://x"}, 'runbook is "http://x"; allowed: a link that begins with https://'),
        ({"query_role": "person-query"}, 'query_role is "person-query"; allowed: the ARN of a role under the path'),
        ({"query_role": None}, "query_role is missing; a pipeline with checks names the role"),
        ({"name": "other"}, "name is 'other'; it must be the last part of the parameter's name"),
        ({"steps": []}, "steps is []; allowed: a list of at least one step"),
        (
            {"steps": [{"sleep": 5}]},
            "steps[0] is no step; allowed: an object with crawl, one with job, or one with checks",
        ),
        ({"steps": [{"checks": [HAS_ROWS]}]}, "steps[0] must be a crawl"),
        ({"steps": [CRAWL | {"speed": 1}]}, "steps[0].speed is not a known field; allowed: crawl, database, table"),
        ({"steps": [JOB]}, "steps[0] must be a crawl"),
        ({"steps": [CRAWL, JOB, JOB]}, "steps: the same job is named twice"),
        ({"steps": [CRAWL, {"job": ""}]}, 'steps[1].job is ""; allowed: a job\'s name'),
        ({"steps": [CRAWL, JOB | {"workers": 2}]}, "steps[1].workers is not a known field; allowed: job, arguments"),
        ({"steps": [CRAWL, JOB | {"arguments": []}]}, "steps[1].arguments is []; allowed: an object such as"),
        ({"steps": [CRAWL, with_argument("TARGET_S3")]}, "steps[1].arguments.TARGET_S3 is no argument's name; allowed"),
        ({"steps": [CRAWL, with_argument("--TARGET S3")]}, "steps[1].arguments.--TARGET S3 is no argument's name"),
        ({"steps": [CRAWL, with_argument("--RUN_ID")]}, "steps[1].arguments.--RUN_ID is set by Landfall"),
        ({"steps": [CRAWL, with_argument("--SOURCE_DB")]}, "steps[1].arguments.--SOURCE_DB is set by Landfall"),
        ({"steps": [CRAWL, with_argument("--SOURCE_TABLE")]}, "steps[1].arguments.--SOURCE_TABLE is set by Landfall"),
        ({"steps": [CRAWL, with_argument("--LIMIT", 5)]}, "steps[1].arguments.--LIMIT is 5; allowed: a text in quotes"),
        ({"steps": [CRAWL, CRAWL]}, "steps: the same crawler is named twice"),
        ({"steps": [CRAWL, {"checks": [HAS_ROWS | {"expect": "none"}]}]}, 'steps[1].checks[0].expect is "none"'),
        ({"steps": [CRAWL, {"checks": [HAS_ROWS, HAS_ROWS]}]}, "steps[1].checks: two checks have the same name"),
        ({"steps": [CRAWL, {"checks": ["SELECT 1"]}]}, "steps[1].checks[0] must be a JSON object"),
    ],
)
def test_a_problem_is_named_with_its_field_and_what_is_allowed(changes: dict[str, Any], problem: str) -> None:
    assert any(found.startswith(problem) for found in problems(json.dumps(document(**changes))))


STREAM = {"job": "s"}


def test_a_stream_with_defaults() -> None:
    parsed = pipeline(steps=[CRAWL, JOB], stream=STREAM)

    assert parsed.stream == Stream("s", "", max_restarts=5, restart_minutes=5, healthy_minutes=10)
    assert parsed.jobs == ("j", "s")
    assert definitions.parse("person", parsed.document) == parsed
    assert pipeline().stream is None


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        ("s", "stream must be a JSON object with job, replication"),
        (None, "stream must be a JSON object"),
        ({}, "stream.job is missing; it must be a streaming job's name"),
        ({"job": " "}, 'stream.job is " "; allowed'),
        (STREAM | {"replication": "arn:aws:dms:r"}, 'stream.replication is "arn:aws:dms:r"; allowed: the last part of'),
        (STREAM | {"max_restarts": -1}, "stream.max_restarts is -1; allowed: a whole number from 0 to 100"),
        (STREAM | {"restart_minutes": 0.5}, "stream.restart_minutes is 0.5; allowed: a whole number from 0 to 60"),
        (STREAM | {"healthy_minutes": True}, "stream.healthy_minutes is true; allowed: a whole number"),
        (STREAM | {"speed": 1}, "stream.speed is not a known field; allowed: job, replication"),
        ({"job": "j"}, "steps: the same job is named twice"),
    ],
)
def test_a_problem_of_the_stream_is_named(stream: Any, problem: str) -> None:
    text = json.dumps(document(steps=[CRAWL, JOB]) | {"stream": stream})

    assert any(found.startswith(problem) for found in problems(text))


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(json.dumps(document(prefix="x", severity="loud", deletions="no")))) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"text"', "[" * 8_000, '{"bucket": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    assert problems(text)
