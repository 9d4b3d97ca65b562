"""The templates as data, with the names that the payloads of events/ use filled in."""

from typing import Any

import pytest
from samcli.yamlhelper import parse_yaml_file

from local.place import ROOT

_NAMES: dict[str, Any] = {
    "Stage": "dev", "WorkGroup": "landfall-dev", "Bucket": "landfall-lake", "Prefix": "data/dataprofile/",
    "PagerDutySeverities": ["critical", "error"],
}  # fmt: skip


def resources(template: str) -> dict[str, dict[str, Any]]:
    """The template's resources, their Refs to the names above resolved."""
    loaded = parse_yaml_file(str(ROOT / template))
    found: dict[str, dict[str, Any]] = _resolved(loaded["Resources"])
    return found


def _resolved(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in _NAMES:
            return _NAMES[value["Ref"]]
        return {name: _resolved(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner) for inner in value]
    return value


@pytest.fixture(scope="session")
def application() -> dict[str, dict[str, Any]]:
    return resources("template.yaml")


@pytest.fixture(scope="session")
def pipeline() -> dict[str, dict[str, Any]]:
    return resources("pipelines/pipeline.yaml")
