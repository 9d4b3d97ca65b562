"""A pipeline's definition names crawlers, jobs and a role that are there, and that work on what it says."""

import json
import re
from collections.abc import Iterator
from typing import Any

from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of
from verification.template_rules.checks.graph import needs


def definitions_are_found_and_come_last(application: Application) -> Iterator[Finding]:
    """Functions read the ones below their stage's path; and once one is there, what it names is started."""
    for parameter, definition in _definitions(application):
        stage = parameter.stack.scope.parameters["Stage"]
        if parameter.properties.get("Name") != f"/landfall/{stage}/pipelines/{definition['name']}":
            yield of(parameter, f"is called {parameter.properties.get('Name')}, where no function looks for it")
        crawlers = [found.id for found in parameter.stack.resources.values() if found.type == "AWS::Glue::Crawler"]
        first = [name for name in crawlers if name not in set(needs(parameter.raw))]
        if first:
            yield of(parameter, f"may be there before {', '.join(first)} is: DependsOn")


def definitions_name_what_is_there(application: Application) -> Iterator[Finding]:
    jobs = {job.name for job in application.of("AWS::Glue::Job")}
    for parameter, definition in _definitions(application):
        role = application.at(definition.get("query_role"))
        if role is None or role.type != "AWS::IAM::Role":
            yield of(parameter, f"names the query role {definition.get('query_role')}, which is not there")
        named = [step["job"] for step in definition["steps"] if "job" in step]
        named += [definition["stream"]["job"]] if "stream" in definition else []
        for name in named:
            if name and name not in jobs:  # a job without a name is one of a variant with every condition true
                yield of(parameter, f"names the job {name}, which is not there")


def crawlers_do_what_their_definition_says(application: Application) -> Iterator[Finding]:
    """Name, database, place and table: else a run waits for a table that the crawl does not make."""
    crawlers = {crawler.properties.get("Name"): crawler for crawler in application.of("AWS::Glue::Crawler")}
    for parameter, definition in _definitions(application):
        place = f"s3://{definition['bucket']}/{definition['prefix']}"
        for step in definition["steps"]:
            place = (step.get("arguments") or {}).get("--TARGET_S3", place)
            if step.get("job") == "":
                break
            if "crawl" in step:
                for problem in _problems(crawlers.get(step["crawl"]), step, place):
                    yield of(parameter, f"has the crawl {step['crawl']}: {problem}")


def databases_are_named_once(application: Application) -> Iterator[Finding]:
    for database in application.of("AWS::Glue::Database"):
        inner, outer = database.properties["DatabaseInput"].get("Name"), database.properties.get("DatabaseName")
        if inner != outer:
            yield of(database, f"is called {outer} by CloudFormation and {inner} by Glue")


def _definitions(application: Application) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for parameter in application.of("AWS::SSM::Parameter"):
        definition = json.loads(parameter.properties["Value"])
        if "steps" in definition:
            yield parameter, definition


def _problems(crawler: Resource | None, step: dict[str, Any], place: str) -> Iterator[str]:
    if crawler is None:
        yield "there is no crawler of this name"
        return
    given = crawler.properties
    paths = [target.get("Path") for target in given["Targets"].get("S3Targets") or []]
    if paths != [place]:
        yield f"its crawler reads {paths}, not {place}"
    if given.get("DatabaseName") != step["database"]:
        yield f"its crawler writes to {given.get('DatabaseName')}, not to {step['database']}"
    folder = place.rstrip("/").rsplit("/", 1)[-1].lower()
    made = given.get("TablePrefix", "") + re.sub(r"[^a-z0-9_]", "_", folder)
    if made != step["table"]:
        yield f"its crawler makes the table {made}, not {step['table']}"


CHECKS = (
    definitions_are_found_and_come_last,
    definitions_name_what_is_there,
    crawlers_do_what_their_definition_says,
    databases_are_named_once,
)
