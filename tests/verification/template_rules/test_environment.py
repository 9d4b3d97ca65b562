"""The variables that the template declares for `sam local` alone change nothing on AWS."""

from typing import Any

import pytest
from botocore.session import Session
from samcli.yamlhelper import parse_yaml_file

from landfall.adapters.clients import Clients
from local.stack.stack import ROOT

SERVICES = ("glue", "athena", "dynamodb", "events", "sqs", "ssm", "sts")


@pytest.fixture
def declared() -> str:
    """What a function on AWS finds in AWS_ENDPOINT_URL."""
    variables: dict[str, Any] = parse_yaml_file(str(ROOT / "template.yaml"))["Globals"]["Function"]["Environment"]
    value: str = variables["Variables"]["AWS_ENDPOINT_URL"]
    return value


@pytest.mark.parametrize("service", SERVICES)
def test_the_declared_endpoint_is_no_endpoint(declared: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    without = Session().create_client(service).meta.endpoint_url
    monkeypatch.setenv("AWS_ENDPOINT_URL", declared)

    assert getattr(Clients(), service).meta.endpoint_url == without == f"https://{_host(service)}"


@pytest.mark.parametrize("service", SERVICES)
def test_an_endpoint_given_to_sam_local_is_used(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://host.docker.internal:4566")

    assert getattr(Clients(), service).meta.endpoint_url == "http://host.docker.internal:4566"


def _host(service: str) -> str:
    return f"{service}.us-east-1.amazonaws.com"
