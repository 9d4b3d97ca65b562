"""The engine of `make up`, lent to tests for a while: `make test-e2e`."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.stack import Stack
from tests.pagerduty import PagerDutyStandIn

# whether tests use the engine that runs at LANDFALL_PORT; else they bring up one of their own
WANTED = bool(os.environ.get("LANDFALL_TEST_RUNNING"))


def running_stack() -> Stack:
    """The stack of `make up`; without one the tests end with one clear line."""
    stack = Stack.chosen()
    if not engine_process.is_running(stack):
        pytest.exit(
            f"No engine of this checkout runs at {stack.endpoint}. Run `make up`, or set LANDFALL_PORT to its port.",
            returncode=2,
        )
    try:
        Clients(stack).outputs["LakeBucketName"]
    except (ClientError, KeyError):
        pytest.exit(f"Landfall is not deployed at {stack.endpoint}. Run `make up` again.", returncode=2)
    return stack


def leave_out_fresh(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs a deployment of its own is deselected; if nothing else was asked for, that is an error."""
    fresh = [item for item in items if item.get_closest_marker("fresh")]
    if fresh and len(fresh) == len(items):
        reasons = sorted({str(item.get_closest_marker("fresh").args[0]) for item in fresh})  # type: ignore[union-attr]
        raise pytest.UsageError(
            f"{fresh[0].nodeid} needs a deployment of its own: {'; '.join(reasons)}. "
            "Run it by `.venv/dev/bin/python -m pytest`."
        )
    items[:] = [item for item in items if item not in fresh]
    config.hook.pytest_deselected(items=fresh)


def forget_pipelines(clients: Clients) -> None:
    """Empty the state table, so that each pipeline is seen for the first time, as on an engine of the tests' own."""
    table = clients.outputs["StateTableName"]
    for page in clients.dynamodb.get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk, sk"):
        for key in page["Items"]:
            clients.dynamodb.delete_item(TableName=table, Key=key)


@contextmanager
def pages_go_to(stand_in: PagerDutyStandIn, clients: Clients, routing_key: str) -> Iterator[None]:
    """Let the function `page` use this stand-in and this key; afterwards what it had."""
    name = clients.physical_id("Page")
    usual = dict(clients.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"])
    secret = clients.secrets.create_secret(Name="test-routing-key", SecretString=routing_key)["ARN"]
    changed = {"PAGERDUTY_ENDPOINT": stand_in.endpoint, "PAGERDUTY_ROUTING_KEY_SECRET": secret}
    try:
        _set_variables(clients, name, usual | changed)
        yield
    finally:
        _set_variables(clients, name, usual)
        clients.secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def _set_variables(clients: Clients, name: str, variables: dict[str, str]) -> None:
    clients.functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@contextmanager
def usual_settings(stack: Stack) -> Iterator[None]:
    """The engine's settings are afterwards what they were."""
    with urllib.request.urlopen(f"{stack.endpoint}/_landfall/settings", timeout=5) as response:  # noqa: S310  # ours
        usual: dict[str, Any] = json.loads(response.read())
    try:
        yield
    finally:
        engine_process.change_settings(stack, **usual)
