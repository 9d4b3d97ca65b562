"""`landfall validate`: what is wrong with a definition, before it is deployed."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from landfall.model import definitions
from landfall.model.errors import InvalidDefinitionError
from landfall.model.pipelines import Registration, find_conflicts
from landfall_cli.errors import FAILED, USAGE, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, WARN
from landfall_cli.times import plural

_STANDARD_BYTES, _MOST_BYTES = 4096, 8192  # SSM's standard and advanced parameters


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one definition, which is valid if there is no problem."""

    source: str
    pipeline: str
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """The text of a definition and its source; `changed_at` is its last change, infinite for a file as the newest."""

    source: str
    name: str
    text: str
    changed_at: float = float("inf")


@click.command(short_help="what is wrong with a definition")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--deployed", is_flag=True, help="Also against the deployed definitions; without FILES, only those.")
@command
def validate(session: Session, files: tuple[Path, ...], deployed: bool) -> None:
    """Say everything that is wrong with the definitions in FILES: JSON files, directories of them, or - for stdin."""
    if not files and not deployed:
        raise CommandError("Nothing to validate.", "Name files, or use --deployed for what is deployed.", USAGE)
    given = [candidate for file in files for candidate in _read(file)]
    there = _read_deployed(session, {candidate.name for candidate in given}) if deployed else []
    found = examine(given, there) if given else examine(there, [])
    if session.output.as_json:
        session.output.json({"definitions": [_to_json(finding) for finding in found]})
    else:
        _show(session, found)
    if any(finding.problems for finding in found):
        raise click.exceptions.Exit(FAILED)


def examine(given: list[Candidate], others: list[Candidate]) -> list[Finding]:
    """A finding for each given definition; the others matter where one shares a crawler, a job or a prefix with it."""
    claims: list[Registration] = []
    problems: dict[str, tuple[str, ...]] = {}
    for candidate in [*others, *given]:
        try:
            pipeline = definitions.parse(candidate.name, candidate.text)
            claims.append(Registration(candidate.source, pipeline, candidate.changed_at))
        except InvalidDefinitionError as error:
            problems[candidate.source] = error.problems
    shared = find_conflicts(claims)
    return [
        Finding(
            candidate.source,
            candidate.name,
            _find_excess(candidate) + problems.get(candidate.source, ()) + shared.get(candidate.source, ()),
            _find_warnings(candidate),
        )
        for candidate in given
    ]


def _read(file: Path) -> Iterable[Candidate]:
    if str(file) == "-":
        yield _to_candidate("stdin", _read_text(file), "stdin")
    elif _is_directory(file):
        inside = sorted(file.glob("*.json"))
        if not inside:
            raise CommandError(f"{file} has no file that ends in .json.", "Name the definition's file.", USAGE)
        for found in inside:
            yield from _read(found)
    else:
        yield _to_candidate(str(file), _read_text(file), file.stem)


def _is_directory(file: Path) -> bool:
    try:
        return file.is_dir()
    except OSError:  # such as a name that is too long; reading it says so
        return False


def _read_text(file: Path) -> str:
    is_stdin = str(file) == "-"
    try:
        return (sys.stdin.buffer.read() if is_stdin else file.read_bytes()).decode()
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.", "Look at its path.", USAGE) from error
    except UnicodeDecodeError:
        what = "What comes from stdin" if is_stdin else str(file)
        raise CommandError(f"{what} is not text in UTF-8.", "Save it as UTF-8.", USAGE) from None


def _to_candidate(source: str, text: str, otherwise: str) -> Candidate:
    """Name the candidate by the pipeline that it defines, as its parameter will be."""
    try:
        document = json.loads(text)
        name = document.get("name") if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        name = None
    return Candidate(source, name if isinstance(name, str) and name and "/" not in name else otherwise, text)


def _read_deployed(session: Session, replaced: set[str]) -> list[Candidate]:
    """The deployed definitions, except those that the files would replace."""
    found = [
        Candidate(parameter, parameter.rsplit("/", 1)[-1], text, changed_at)
        for parameter, text, changed_at in sorted(session.deployment.parameters)
    ]
    return [candidate for candidate in found if candidate.name not in replaced]


def _find_excess(candidate: Candidate) -> tuple[str, ...]:
    length = len(candidate.text.encode())
    if length <= _MOST_BYTES:
        return ()
    return (
        f"is {length:,} bytes; a parameter takes {_MOST_BYTES:,}: shorten the checks' sql, such as by views in Athena",
    )


def _find_warnings(candidate: Candidate) -> tuple[str, ...]:
    length = len(candidate.text.encode())
    if not _STANDARD_BYTES < length <= _MOST_BYTES:
        return ()
    return (f"is {length:,} bytes; above {_STANDARD_BYTES:,} its parameter must be of the tier Advanced, which costs",)


def _show(session: Session, found: list[Finding]) -> None:
    out = session.output
    for finding in found:
        name = "" if finding.source.rsplit("/", 1)[-1] == finding.pipeline else f" ({finding.pipeline})"
        if finding.problems:
            out.say((f"{finding.source}: {plural(len(finding.problems), 'problem')}", BAD))
        else:
            out.say((f"{finding.source}: valid", GOOD), name)
        for problem in finding.problems:
            out.say("  ", problem)
        for warning in finding.warnings:
            out.say(("  warning: ", WARN), warning)
    if not found:
        out.say(f"No pipeline is defined in the stage {session.deployment.stage}.")


def _to_json(finding: Finding) -> dict[str, object]:
    return {
        "source": finding.source,
        "pipeline": finding.pipeline,
        "valid": not finding.problems,
        "problems": list(finding.problems),
        "warnings": list(finding.warnings),
    }
