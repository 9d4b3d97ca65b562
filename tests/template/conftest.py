"""The templates as data, with the names that the payloads of events/ use filled in."""

from typing import Any

import pytest
from samcli.yamlhelper import parse_yaml_file

from local.place import ROOT

_NAMES = {
    "Stage": "dev", "WorkGroup": "landfall-dev", "Bucket": "landfall-lake", "Prefix": "data/dataprofile/",
}  # fmt: skip


def resources(template: str) -> dict[str, dict[str, Any]]:
    """The template's resources; Refs to the names above, and to parameters with a default, are resolved."""
    loaded = parse_yaml_file(str(ROOT / template))
    names = {name: _default(parameter) for name, parameter in loaded["Parameters"].items() if "Default" in parameter}
    found: dict[str, dict[str, Any]] = _resolved(loaded["Resources"], names | _NAMES)
    return found


def _default(parameter: dict[str, Any]) -> Any:
    if parameter["Type"] == "CommaDelimitedList":
        return [item for item in str(parameter["Default"]).split(",") if item]
    return parameter["Default"]


def _resolved(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in names:
            return names[value["Ref"]]
        return {name: _resolved(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, names) for inner in value]
    return value


@pytest.fixture(scope="session")
def application() -> dict[str, dict[str, Any]]:
    return resources("template.yaml")


@pytest.fixture(scope="session")
def pipeline() -> dict[str, dict[str, Any]]:
    return resources("pipelines/pipeline.yaml")
