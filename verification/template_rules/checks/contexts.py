"""A condition on what a service sends along is one on something that it sends: verification/iam/contexts.yaml."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.engine.iam.evaluator import as_list, statements
from local.stack.stack import ROOT
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

_DOCUMENTS = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument")
_GUIDE, _HEADING = ROOT / "docs" / "deploy.md", "## To be tried first"


@cache
def contexts() -> list[dict[str, Any]]:
    """The table: which key a service sends with which actions, and how sure that is."""
    found: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "iam" / "contexts.yaml").read_text())
    return found


def conditions_on_services_are_sent(application: Application) -> Iterator[Finding]:
    for resource in application:
        for name in _DOCUMENTS:
            for statement in statements(resource.properties.get(name) or {"Statement": []}):
                for service, action, key in _conditions(statement):
                    status = _status(service, action, key)
                    where = f"in its statement {statement.get('Sid') or name}"
                    if status is None:
                        yield of(
                            resource, f"asks {service} for {key} with {action} {where}: contexts.yaml has no such row"
                        )
                    elif status == "unsupported":
                        yield of(resource, f"asks {service} for {key} with {action} {where}, which AWS does not send")


def what_is_unproven_is_documented(_: Application) -> Iterator[Finding]:
    documented = _GUIDE.read_text().partition(_HEADING)[2].partition("\n## ")[0]
    for row in contexts():
        service = row["service"].replace("us-east-1", "<region>")
        if row["is"] == "unproven" and (service not in documented or row["key"] not in documented):
            yield Finding("docs/deploy.md", f"does not name {row['key']} of {service} among what is to be tried first")


def _conditions(statement: Any) -> Iterator[tuple[str, str, str]]:
    principal = statement.get("Principal")
    if statement["Effect"] != "Allow" or not isinstance(principal, dict):
        return
    keys = [key for block in (statement.get("Condition") or {}).values() for key in block]
    for service in as_list(principal.get("Service", [])):
        for action in as_list(statement["Action"]):
            yield from ((str(service), str(action), key) for key in keys)


def _status(service: str, action: str, key: str) -> str | None:
    for row in contexts():
        if (row["service"], row["key"].lower()) == (service, key.lower()) and action in row["actions"]:
            return str(row["is"])
    return None


CHECKS = (conditions_on_services_are_sent, what_is_unproven_is_documented)
