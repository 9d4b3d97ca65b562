"""No role may do more than verification/iam/ceilings.yaml grants: its own data, and what has its stage's tag."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.engine.iam.evaluator import as_list, matches_action
from verification.template_rules import policies
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_TAG = "aws:resourcetag/landfall:stage"
_FIELD = re.compile(r"\{([^}|]+)(\|folder)?\}")


@cache
def ceilings() -> list[dict[str, Any]]:
    """The list as it is written."""
    found: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "iam" / "ceilings.yaml").read_text())
    return found


def grants_stay_below_their_ceiling(application: Application) -> Iterator[Finding]:
    for role in application.of(policies.ROLE):
        rows = _rows(role)
        for statement, action in policies.grants(application, role):
            for resource in map(str, as_list(statement.get("Resource", []))):
                if not any(_contains(row, role, action, resource, statement) for row in rows):
                    yield of(
                        role,
                        f"may do {action} on {resource} by its statement {statement.get('Sid')}: above its ceiling",
                    )


def _rows(role: Resource) -> list[Mapping[str, Any]]:
    return [
        row
        for entry in ceilings()
        if entry["file"] == role.stack.file and fnmatch.fnmatchcase(role.id, entry["role"])
        for row in entry["at_most"]
    ]


def _contains(row: Mapping[str, Any], role: Resource, action: str, resource: str, statement: Mapping[str, Any]) -> bool:
    asked = {
        key.lower(): as_list(value)
        for block in (statement.get("Condition") or {}).values()
        for key, value in block.items()
    }
    prefixes = [found for pattern in row.get("prefixes", []) for found in _filled(role, pattern)]
    return (
        matches_action(row["actions"], action)
        and any(is_within(resource, pattern) for wide in row["resources"] for pattern in _filled(role, wide))
        and (not row.get("tag") or asked.get(_TAG) == [role.stack.scope.parameters["Stage"]])
        and all(key.lower() in asked for key in row.get("keys", []))
        and (not prefixes or _all_within(asked.get("s3:prefix", []), prefixes))
    )


def _all_within(asked: list[Any], prefixes: list[str]) -> bool:
    return bool(asked) and all(any(is_within(str(value), prefix) for prefix in prefixes) for value in asked)


def is_within(narrow: str, wide: str) -> bool:
    """Whether all that one pattern matches is matched by the other: an asterisk of the one needs one of the other."""
    pattern = ".*".join(map(re.escape, wide.split("*")))
    return re.fullmatch(pattern, narrow, re.DOTALL) is not None


def _filled(role: Resource, text: str) -> list[str]:
    """The pattern with the names of the role's stack filled in; a list of several values gives several."""
    scope = role.stack.scope
    whole = _FIELD.fullmatch(text)
    if whole and isinstance(scope.parameters.get(whole[1]), list):
        return [str(value) for value in scope.parameters[whole[1]]]

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name.endswith(".Arn"):
            found = role.stack.resources.get(name.removesuffix(".Arn"))
            return found.arn if found else "none"
        value = str(scope.parameters[name])
        return value.rstrip("/") if match[2] else value

    account = f"{scope.account.region}:{scope.account.id}"
    placed = text.replace("us-east-1:123456789012", account).replace("::123456789012:", f"::{scope.account.id}:")
    return [_FIELD.sub(fill, placed)]


CHECKS = (grants_stay_below_their_ceiling,)
