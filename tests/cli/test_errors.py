"""Whatever goes wrong is one line that says what, one that says what to do, and no traceback."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from landfall.adapters.clients import Clients
from landfall_cli.clients import OperatorClients
from tests.cli.conftest import World

ROOT = Path(__file__).parents[2]


def refusing(code: str, message: str = "no") -> Any:
    class Refusing:
        def __getattr__(self, name: str) -> Any:
            def call(**_: Any) -> None:
                raise ClientError({"Error": {"Code": code, "Message": message}}, "BatchGetItem")

            return call

    return Refusing()


@pytest.mark.parametrize(
    ("code", "said", "step"),
    [
        ("AccessDeniedException", "Not allowed to call BatchGetItem: no.", "docs/operate.md"),
        ("ExpiredTokenException", "AWS does not accept the credentials: no.", "aws sso login"),
        ("ThrottlingException", "AWS throttles BatchGetItem.", "Try again in a moment."),
        ("ResourceNotFoundException", "BatchGetItem: ResourceNotFoundException: no.", ""),
    ],
)
def test_what_aws_refuses(world: World, monkeypatch: pytest.MonkeyPatch, code: str, said: str, step: str) -> None:
    monkeypatch.setattr(Clients, "dynamodb", refusing(code))

    result = world.landfall("run", "person")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {said}\n")
    assert step in result.stderr
    assert "Traceback" not in result.stderr


def test_there_is_no_such_stack(world: World) -> None:
    result = world.landfall("status", "--stage", "prod")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "Error: There is no stack landfall-prod in us-east-1."
    assert "--stack or --stage" in result.stderr


def test_the_stage_is_the_stack_s_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = world.cloudformation.stacks
    stacks["mine"] = stacks["landfall"] | {"Parameters": [{"ParameterKey": "Stage", "ParameterValue": "test"}]}
    monkeypatch.setenv("LANDFALL_STACK", "mine")

    assert world.json("status")["stage"] == "test"
    assert world.landfall("status", "--stage", "dev").exit_code == 2


def test_a_stack_that_is_not_landfall(world: World) -> None:
    world.cloudformation.stacks["landfall"] = {"Outputs": [], "Parameters": []}

    result = world.landfall("status")

    assert result.exit_code == 1
    assert "has no output StateTableName" in result.stderr


def test_a_stack_that_may_not_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OperatorClients, "cloudformation", refusing("AccessDenied"))

    assert "Not allowed to call" in world.landfall("status").stderr


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = f"{ROOT}/cli:{ROOT}/layers/landfall/python"
    nowhere = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "PATH": "/usr/bin:/bin"}
    nowhere |= {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": paths, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-m", "landfall_cli", *arguments],
        env=nowhere | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_REGION": "eu-west-1"}, "There are no AWS credentials."),
        (CREDENTIALS, "No AWS region is set."),
        (CREDENTIALS | {"AWS_REGION": "eu-west-1"}, "Nothing answers at http://127.0.0.1:9"),
        ({"AWS_PROFILE": "nope"}, "The config profile (nope) could not be found."),
    ],
)
def test_in_a_shell_without_what_it_needs(environment: dict[str, str], said: str) -> None:
    ended = shell("status", **environment)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Error: {said}")
    assert len(ended.stderr.splitlines()) == 2
    assert ended.stdout == ""


def test_usage_errors_have_a_code_of_their_own() -> None:
    assert shell("status", "--colour").returncode == 2
    assert shell("nothing").returncode == 2


def test_output_that_is_not_for_a_terminal_has_no_colours_and_json_is_json(world: World) -> None:
    world.define_as("broken", "{")

    assert "\x1b" not in world.landfall("status").stdout
    assert json.loads(world.landfall("status", "--json").stdout)


def test_a_defect_of_ours_is_not_dressed_up_as_advice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.commands.status.row_of", lambda *_: 1 / 0)

    assert isinstance(world.landfall("status").exception, ZeroDivisionError)


@pytest.mark.usefixtures("new_session")
def test_aws_region_comes_before_aws_default_region(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert OperatorClients(None, None).dynamodb.meta.region_name == "eu-west-1"
    assert OperatorClients(None, "ap-south-1").dynamodb.meta.region_name == "ap-south-1"
