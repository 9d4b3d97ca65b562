"""Glue jobs are whole, get what their scripts take, and are Landfall's to start; views show what they say."""

import argparse
import ast
import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local.stack.stack import ROOT
from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_SIZE = ("GlueVersion", "WorkerType", "NumberOfWorkers")
_OF_GLUE = {"--job-language", "--enable-metrics", "--enable-continuous-cloudwatch-log", "--TempDir"}
_GIVEN_AT_START = {"--RUN_ID"}  # whatever else Landfall gives has a default, so that a job can be started by hand
_TYPES = {"bigint": "bigint", "varchar": "string", "integer": "int", "double": "double", "boolean": "boolean"}
"""Presto's types of a view's columns, and Glue's for the same."""


def jobs_are_complete(application: Application) -> Iterator[Finding]:
    for job in application.of("AWS::Glue::Job"):
        command = job.properties.get("Command") or {}
        missing = [name for name in _SIZE if not job.properties.get(name)]
        if command.get("Name") not in ("glueetl", "gluestreaming") or command.get("PythonVersion") != "3":
            missing.append("a command of Spark with Python 3")
        if not _script(job).is_file():
            missing.append("a script in this repository")
        if missing:
            yield of(job, f"lacks {', '.join(missing)}")


def jobs_and_crawlers_carry_their_stage(application: Application) -> Iterator[Finding]:
    """By this tag the functions may start them."""
    for resource in application.of("AWS::Glue::Job", "AWS::Glue::Crawler"):
        stage = resource.stack.scope.parameters["Stage"]
        if (resource.properties.get("Tags") or {}).get("landfall:stage") != stage:
            yield of(resource, f"does not carry the tag landfall:stage of {stage}")


def jobs_leave_retries_to_landfall(application: Application) -> Iterator[Finding]:
    """Attempts are counted by Landfall, and one run is there at a time."""
    for job in application.of("AWS::Glue::Job"):
        if int(job.properties.get("MaxRetries", -1)) != 0:
            yield of(job, "is tried again by Glue: MaxRetries is not 0")
        if int((job.properties.get("ExecutionProperty") or {}).get("MaxConcurrentRuns", 0)) != 1:
            yield of(job, "may run twice at once: MaxConcurrentRuns is not 1")


def jobs_get_what_their_scripts_take(application: Application) -> Iterator[Finding]:
    for job in application.of("AWS::Glue::Job"):
        given, taken = set(job.properties.get("DefaultArguments") or {}), arguments_of(_script(job))
        if missing := sorted(taken - given - _GIVEN_AT_START):
            yield of(job, f"does not get {', '.join(missing)}, which its script takes")
        if unknown := sorted(given - taken - _OF_GLUE):
            yield of(job, f"gets {', '.join(unknown)}, which its script does not take")


def views_are_whole(application: Application) -> Iterator[Finding]:
    """Athena reads a view's text, and other clients its columns: both say the same."""
    for table in application.of("AWS::Glue::Table"):
        given = table.properties["TableInput"]
        encoded = re.fullmatch(r"/\* Presto View: (\S+) \*/", given.get("ViewOriginalText") or "")
        if given.get("TableType") != "VIRTUAL_VIEW":
            continue
        if (
            not encoded
            or (given.get("Parameters") or {}).get("presto_view") != "true"
            or not given.get("ViewExpandedText")
        ):
            yield of(table, "is no view that Athena reads: its text, its mark or presto_view is missing")
            continue
        said = json.loads(base64.b64decode(encoded[1]))["columns"]
        columns = (given.get("StorageDescriptor") or {}).get("Columns") or []
        if [(item["name"], _TYPES.get(item["type"])) for item in said] != [(c["Name"], c.get("Type")) for c in columns]:
            yield of(table, "has other columns than its text")


def uploads_wait_for_their_pipeline(application: Application) -> Iterator[Finding]:
    """A rule that delivers before there is a definition makes dead letters of the first uploads."""
    for rule in application.of(wiring.RULE):
        definitions = [found.id for found in rule.stack.resources.values() if found.type == "AWS::SSM::Parameter"]
        waits = rule.raw.get("DependsOn") or []
        if "aws.s3" in rule.properties["EventPattern"].get("source", []) and not set(definitions) & {*_as_list(waits)}:
            yield of(rule, "delivers uploads before there is a definition for them: DependsOn")


def streams_and_secrets_have_their_content(application: Application) -> Iterator[Finding]:
    for stream in application.of("AWS::Kinesis::Stream"):
        mode = (stream.properties.get("StreamModeDetails") or {}).get("StreamMode")
        if mode != "ON_DEMAND" and not stream.properties.get("ShardCount"):
            yield of(stream, "has neither shards nor the mode that makes them")
    for secret in application.of("AWS::SecretsManager::Secret"):
        if not {"SecretString", "GenerateSecretString"} & set(secret.properties):
            yield of(secret, "is empty")


@cache
def arguments_of(script: Path) -> set[str]:
    """What the script's `parse` takes: it alone is run, since Spark is not here."""
    if not script.is_file():
        return set()
    tree = ast.parse(script.read_text())
    parse = next(item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == "parse")
    parse.returns, parse.args.args[0].annotation = None, None
    names: dict[str, Any] = {"re": re, "argparse": SimpleNamespace(ArgumentParser=_Parser)}
    exec(compile(ast.Module([parse], []), str(script), "exec"), names)  # noqa: S102 # a function of this repository
    try:
        names["parse"]([])
    except _AskedError as asked:
        return {action.option_strings[0] for action in asked.parser._actions if action.dest != "help"}
    return set()


class _AskedError(Exception):
    """The script has said what it takes."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, *_: Any, **__: Any) -> Any:
        raise _AskedError(self)


def _script(job: Resource) -> Path:
    location = str((job.properties.get("Command") or {}).get("ScriptLocation", "none"))
    return (ROOT / job.stack.file).parent / location


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


CHECKS = (
    jobs_are_complete, jobs_and_crawlers_carry_their_stage, jobs_leave_retries_to_landfall,
    jobs_get_what_their_scripts_take, views_are_whole,
    uploads_wait_for_their_pipeline, streams_and_secrets_have_their_content,
)  # fmt: skip
