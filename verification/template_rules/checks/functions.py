"""Each function loads, finds the variables that its settings need and no others, and keeps its logs for a while."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from local.stack.stack import ROOT
from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource, local_path
from verification.template_rules.checks.finding import Finding, of

_LIBRARIES = ("POWERTOOLS_", "AWS_")  # read by Powertools and boto3 when they want to


def handlers_import(application: Application) -> Iterator[Finding]:
    for function in application.of(wiring.FUNCTION):
        answer = _probed(application, function)
        if not answer["imported"]:
            yield of(function, f"cannot be loaded: {answer['error']}")


def variables_are_set(application: Application) -> Iterator[Finding]:
    """Settings are read before anything else, and say which variable is missing."""
    for function in application.of(wiring.FUNCTION):
        error = _probed(application, function)["error"]
        if error.startswith("SettingsError"):
            yield of(function, f"does not find its settings: {error}")


def variables_are_read(application: Application) -> Iterator[Finding]:
    for function in application.of(wiring.FUNCTION):
        answer = _probed(application, function)
        if not answer["imported"]:
            continue  # handlers_import says so
        unread = sorted(
            name for name in _variables(function) if name not in answer["read"] and not name.startswith(_LIBRARIES)
        )
        if unread:
            yield of(function, f"sets {', '.join(unread)}, which it does not read")


def functions_have_logs_with_retention(application: Application) -> Iterator[Finding]:
    groups = {group.name: group for group in application.of("AWS::Logs::LogGroup")}
    for function in application.of(wiring.FUNCTION):
        group = groups.get((function.properties.get("LoggingConfig") or {}).get("LogGroup", ""))
        if group is None:
            yield of(function, "has no log group of this application: Lambda makes one that is kept for ever")
    for group in groups.values():
        if not group.properties.get("RetentionInDays"):
            yield of(group, "is kept for ever")


def layers_are_there(application: Application) -> Iterator[Finding]:
    for function in application.of(wiring.FUNCTION):
        for arn in function.properties.get("Layers") or []:
            layer = application.at(arn)
            if layer is None or not (ROOT / local_path(layer.properties["Content"])).is_dir():
                yield of(function, f"has the layer {arn}, which is not in this repository")


def _variables(function: Resource) -> dict[str, str]:
    variables = (function.properties.get("Environment") or {}).get("Variables") or {}
    return {name: str(value) for name, value in variables.items()}


def _probed(application: Application, function: Resource) -> dict[str, Any]:
    folders = [local_path(function.properties["Code"])]
    for arn in function.properties.get("Layers") or []:
        layer = application.at(arn)
        if layer is not None:
            folders.append(local_path(layer.properties["Content"]) + "/python")
    # a number's size does not matter here, so parameters at their limits need no probe of their own
    variables = {name: "1" if value.isdecimal() else value for name, value in _variables(function).items()}
    return _run(function.properties["Handler"], tuple(folders), tuple(sorted(variables.items())))


@cache
def _run(handler: str, folders: tuple[str, ...], variables: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The probe's answer. The dependencies' layer is built by SAM; here this environment stands in for it."""
    environment = dict(variables) | {
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in folders),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PATH": os.environ.get("PATH", ""),
    }
    probe = ROOT / "verification" / "template_rules" / "probe.py"
    ended = subprocess.run(
        [sys.executable, str(probe), handler], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        return {"imported": False, "error": ended.stderr.strip()[-500:], "read": []}
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


CHECKS = (
    handlers_import,
    variables_are_set,
    variables_are_read,
    functions_have_logs_with_retention,
    layers_are_there,
)
