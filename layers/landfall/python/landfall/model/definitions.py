"""Parse and validate a pipeline definition: the JSON text of one SSM parameter.

All problems are collected, so that one error is enough to fix the definition. Each names the field and what is allowed
there.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from landfall.model.errors import InvalidDefinitionError
from landfall.model.pipelines import Check, ChecksStep, CrawlStep, JobStep, Pipeline, Step, Stream

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/landfall/\S+")

_FIELDS = (
    "name", "bucket", "prefix", "steps", "suffixes", "query_role", "severity", "owner", "runbook",
    "fresh_within_minutes", "max_attempts", "min_minutes_between_runs", "crawl_timeout_minutes", "on_schema_change",
    "deletions", "stream",
)  # fmt: skip
_SEVERITIES = ("critical", "error", "warning", "info")  # PagerDuty's own four
_SCHEMA_CHANGES = ("allow", "alert", "halt")
_EXPECTATIONS = ("rows", "no rows")
_ARGUMENT = re.compile(r"--[^\s=]+")
# Arguments that Landfall sets at every start of a job: the run, and the table of the crawl before it.
_OWN_ARGUMENTS = ("--RUN_ID", "--SOURCE_DB", "--SOURCE_TABLE")

Test = Callable[[Any], bool]


def parse(parameter: str, text: str) -> Pipeline:
    """The pipeline that `text` defines; raises InvalidDefinitionError with every problem found.

    `parameter` is the SSM parameter's full name; its last part must be the pipeline's name.
    """
    try:
        document = json.loads(text)
        pinned = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        pinned.encode()  # half a surrogate pair passes JSON but no write
    except (ValueError, RecursionError) as error:
        raise InvalidDefinitionError(parameter, (f"is not JSON that can be kept: {error}",)) from error
    if not isinstance(document, dict):
        raise InvalidDefinitionError(parameter, ("must be a JSON object",))
    fields = _Fields(document, _FIELDS)
    pipeline = Pipeline(
        name=fields.take("name", _is_name, "lower-case letters, digits and hyphens, 63 at most"),
        bucket=fields.take("bucket", _is_text, "a bucket's name"),
        prefix=fields.take(
            "prefix", _is_prefix, "a folder such as data/dataprofile/: no leading slash, one at the end"
        ),
        steps=_parse_steps(fields),
        document=pinned,
        suffixes=tuple(fields.take("suffixes", _is_texts, "a list of endings such as .csv", ())),
        query_role=fields.take("query_role", _is_role, "the ARN of a role under the path /landfall/", None),
        severity=fields.take("severity", _SEVERITIES.__contains__, _one_of(_SEVERITIES), "error"),
        owner=fields.take("owner", lambda value: isinstance(value, str), "a name or an address", ""),
        runbook=fields.take("runbook", _is_link, "a link that begins with https://", ""),
        fresh_within_minutes=fields.take("fresh_within_minutes", _is_whole(1), "a whole number from 1", None),
        max_attempts=fields.take("max_attempts", _is_whole(1, 10), "a whole number from 1 to 10", 1),
        min_minutes_between_runs=fields.take("min_minutes_between_runs", _is_whole(0), "a whole number from 0", 10),
        crawl_timeout_minutes=fields.take("crawl_timeout_minutes", _is_whole(1), "a whole number from 1", 60),
        on_schema_change=fields.take(
            "on_schema_change", _SCHEMA_CHANGES.__contains__, _one_of(_SCHEMA_CHANGES), "alert"
        ),
        deletions=fields.take("deletions", lambda value: isinstance(value, bool), "true or false", False),
        stream=_parse_stream(fields),
    )
    problems = fields.finish()
    if not problems:
        problems += _check_across_fields(parameter, pipeline)
    if problems:
        raise InvalidDefinitionError(parameter, tuple(problems))
    return pipeline


class _Fields:
    """Takes the known fields of one JSON object, and collects problems, each with its full path."""

    def __init__(self, document: Mapping[str, Any], known: tuple[str, ...], path: str = "") -> None:
        self.document, self.path = document, path
        unknown = [field for field in document if field not in known]
        self.problems = [f"{self._at(field)} is not a known field; allowed: {', '.join(known)}" for field in unknown]

    def _at(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field

    def take(self, field: str, test: Test, allowed: str, *default: Any) -> Any:
        """Take the field's value, or its default if absent; a wrong value is added to the problems."""
        if field not in self.document:
            if not default:
                self.problems.append(f"{self._at(field)} is missing; it must be {allowed}")
            return default[0] if default else ""
        value = self.document[field]
        try:
            good = test(value)
        except TypeError:  # a list or an object instead of a plain value
            good = False
        if not good:
            self.problems.append(
                f"{self._at(field)} is {json.dumps(value, ensure_ascii=False)[:80]}; allowed: {allowed}"
            )
            return default[0] if default else ""
        return value

    def inner(self, value: Any, path: str, known: tuple[str, ...]) -> "_Fields":
        """The fields of an object within this one; `finish` collects its problems too."""
        if isinstance(value, dict):
            return _Fields(value, known, path)
        empty = _Fields({}, known, path)
        empty.problems.append(f"{path} must be a JSON object with {', '.join(known)}")
        return empty

    def finish(self) -> list[str]:
        """All problems, in the order found."""
        return self.problems


def _parse_steps(fields: _Fields) -> tuple[Step, ...]:
    found = fields.take("steps", _is_filled_list, "a list of at least one step")
    steps = [_parse_step(fields, step, f"steps[{index}]") for index, step in enumerate(found or ())]
    return tuple(step for step in steps if step is not None)


def _parse_step(fields: _Fields, step: Any, path: str) -> Step | None:
    if isinstance(step, dict) and "crawl" in step:
        inner = fields.inner(step, path, ("crawl", "database", "table"))
        made: Step = CrawlStep(
            crawler=inner.take("crawl", _is_text, "a crawler's name"),
            database=inner.take("database", _is_text, "the Glue database that the crawler writes"),
            table=inner.take("table", _is_text, "the table that the crawler must leave there"),
        )
        fields.problems += inner.finish()
        return made
    if isinstance(step, dict) and "job" in step:
        inner = fields.inner(step, path, ("job", "arguments"))
        job = inner.take("job", _is_text, "a job's name")
        arguments = inner.take("arguments", _is_object, 'an object such as {"--TARGET_S3": "s3://…"}', {})
        inner.problems += _find_argument_problems(arguments, f"{path}.arguments")
        fields.problems += inner.finish()
        return JobStep(job, tuple(arguments.items()))
    if isinstance(step, dict) and "checks" in step:
        inner = fields.inner(step, path, ("checks",))
        listed = inner.take("checks", _is_filled_list, "a list of at least one check")
        checks = tuple(
            _parse_check(inner, check, f"{path}.checks[{index}]") for index, check in enumerate(listed or ())
        )
        if len({check.name for check in checks}) != len(checks):
            inner.problems.append(f"{path}.checks: two checks have the same name; each alert must name one")
        fields.problems += inner.finish()
        return ChecksStep(checks)
    fields.problems.append(f"{path} is no step; allowed: an object with crawl, one with job, or one with checks")
    return None


def _parse_stream(fields: _Fields) -> Stream | None:
    if "stream" not in fields.document:
        return None
    inner = fields.inner(
        fields.document["stream"],
        "stream",
        ("job", "replication", "max_restarts", "restart_minutes", "healthy_minutes"),
    )
    found = Stream(
        job=inner.take("job", _is_text, "a streaming job's name"),
        replication=inner.take(
            "replication", _is_word_or_nothing, "the last part of a DMS replication's ARN, or nothing", ""
        ),
        max_restarts=inner.take("max_restarts", _is_whole(0, 100), "a whole number from 0 to 100", 5),
        restart_minutes=inner.take("restart_minutes", _is_whole(0, 60), "a whole number from 0 to 60", 5),
        healthy_minutes=inner.take("healthy_minutes", _is_whole(0, 1440), "a whole number from 0 to 1440", 10),
    )
    fields.problems += inner.finish()
    return found


def _find_argument_problems(arguments: Mapping[str, Any], path: str) -> list[str]:
    problems = []
    for name, value in arguments.items():
        if _ARGUMENT.fullmatch(name) is None:
            problems.append(f"{path}.{name} is no argument's name; allowed: a word led by two hyphens, as --TARGET_S3")
        elif name in _OWN_ARGUMENTS:
            problems.append(f"{path}.{name} is set by Landfall at every start; leave it out")
        elif not isinstance(value, str):
            problems.append(f"{path}.{name} is {json.dumps(value, ensure_ascii=False)[:80]}; allowed: a text in quotes")
    return problems


def _parse_check(fields: _Fields, check: Any, path: str) -> Check:
    inner = fields.inner(check, path, ("name", "sql", "expect"))
    made = Check(
        name=inner.take("name", _is_text, "a short name for the alert"),
        sql=inner.take("sql", _is_text, "one query"),
        expect=inner.take("expect", _EXPECTATIONS.__contains__, _one_of(_EXPECTATIONS), "no rows"),
    )
    fields.problems += inner.finish()
    return made


def _check_across_fields(parameter: str, pipeline: Pipeline) -> list[str]:
    """Find the problems that no single field shows."""
    problems = []
    if pipeline.name != parameter.rsplit("/", 1)[-1]:
        problems.append(f"name is {pipeline.name!r}; it must be the last part of the parameter's name")
    if not isinstance(pipeline.steps[0], CrawlStep):
        problems.append("steps[0] must be a crawl: a run begins with what makes the uploads visible")
    if len(set(pipeline.crawlers)) != len(pipeline.crawlers):
        problems.append("steps: the same crawler is named twice; each crawl step needs its own")
    if len(set(pipeline.jobs)) != len(pipeline.jobs):
        problems.append("steps: the same job is named twice; each job step needs its own, and so does the stream")
    has_checks = any(isinstance(step, ChecksStep) for step in pipeline.steps)
    if has_checks and pipeline.query_role is None:
        problems.append("query_role is missing; a pipeline with checks names the role that may read its data")
    return problems


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_word_or_nothing(value: Any) -> bool:
    return isinstance(value, str) and not re.search(r"[\s:/]", value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_filled_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_prefix(value: Any) -> bool:
    return _is_text(value) and value.endswith("/") and not value.startswith("/")


def _is_role(value: Any) -> bool:
    return isinstance(value, str) and _ROLE.fullmatch(value) is not None


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and (value == "" or value.startswith("https://"))


def _is_whole(least: int, most: int | None = None) -> Test:
    def test(value: Any) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and value >= least and (most is None or value <= most)

    return test


def _one_of(values: tuple[str, ...]) -> str:
    return " or ".join(f'"{value}"' for value in values)
