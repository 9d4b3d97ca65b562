"""The templates as data, with the names that the payloads of events/ use filled in."""

import re
from typing import Any

import pytest
from samcli.yamlhelper import parse_yaml_file

from local.stack.stack import ROOT

_NAMES = {"Stage": "dev", "WorkGroup": "landfall-dev", "Bucket": "landfall-lake"}


def resources(template: str, **given: str) -> dict[str, dict[str, Any]]:
    """The template's resources; Refs to the names above, the given ones, and parameters with a default are resolved."""
    loaded = parse_yaml_file(str(ROOT / template))
    names = {name: _default(parameter) for name, parameter in loaded["Parameters"].items() if "Default" in parameter}
    found: dict[str, dict[str, Any]] = _resolved(loaded["Resources"], names | _NAMES | given)
    return found


def _default(parameter: dict[str, Any]) -> Any:
    if parameter["Type"] == "CommaDelimitedList":
        return [item for item in str(parameter["Default"]).split(",") if item]
    return parameter["Default"]


def _resolved(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in names:
            return names[value["Ref"]]
        if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
            return {"Fn::Sub": value["Fn::Sub"]} if (text := _filled(value["Fn::Sub"], names)) is None else text
        return {name: _resolved(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, names) for inner in value]
    return value


def _filled(text: str, names: dict[str, Any]) -> str | None:
    """The text with its names filled in; None where one is not known."""
    for name in re.findall(r"\$\{([^}]+)\}", text):
        if not isinstance(names.get(name), str):
            return None
        text = text.replace(f"${{{name}}}", names[name])
    return text


@pytest.fixture(scope="session")
def application() -> dict[str, dict[str, Any]]:
    return resources("template.yaml")


@pytest.fixture(scope="session")
def pipelines(application: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The resources of all pipelines of the template, each with its prefix; the names begin with the pipeline's."""
    module = "pipelines/pipeline.yaml"
    instances = (
        found["Properties"] for found in application.values() if found["Type"] == "AWS::Serverless::Application"
    )
    given = [found["Parameters"] for found in instances if found["Location"] == module]
    return {
        f"{one['Name']}.{name}": found
        for one in given
        for name, found in resources(module, Prefix=one["Prefix"]).items()
    }
