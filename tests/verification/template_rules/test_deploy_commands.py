"""The commands of the documents deploy what they say: a stage's parameters are in samconfig.toml, and stay there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.stack.stack import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
STAGES = {name: table for name, table in _CONFIG.items() if isinstance(table, dict)}


def replaced_parameters(text: str) -> Iterator[str]:
    """Commands that deploy a stack of samconfig.toml and replace its list of parameters, which has Stage in it."""
    for block in _BLOCK.findall(text):
        for command in block.replace("\\\n", " ").splitlines():
            is_of_config = re.search(r"\bsam (build|deploy|package)\b", command) and "--stack-name" not in command
            if is_of_config and "--parameter-overrides" in command and "Stage=" not in command:
                yield command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_command_replaces_a_stage_s_parameters(document: Path) -> None:
    assert list(replaced_parameters(document.read_text())) == []


def test_a_command_that_would_is_found() -> None:
    wrong = "sam deploy --config-env prod \\\n  --parameter-overrides PythonRuntime=python3.11\n"
    own = "sam deploy --stack-name trips --parameter-overrides QueryingRoles=x\n"

    assert len(list(replaced_parameters(f"```sh\n{wrong}{own}```\n"))) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_of_the_settings_says_which_it_is(stage: str) -> None:
    given = dict(item.split("=", 1) for item in STAGES[stage]["deploy"]["parameters"]["parameter_overrides"])

    assert given["Stage"] == ("dev" if stage == "default" else stage)
    assert stage == "default" or given["NameSuffix"] == f"-{stage}"
    assert STAGES[stage]["global"]["parameters"]["stack_name"] == f"landfall{given.get('NameSuffix', '')}"


def test_the_first_commands_of_the_guide_are_the_plain_ones() -> None:
    """They name no Python and no parameter: the settings and the Makefiles have all that they need."""
    first = _BLOCK.search((ROOT / "docs" / "deploy.md").read_text())

    assert first is not None
    assert [command.split("#")[0].strip() for command in first[1].splitlines()] == [
        "sam build",
        "sam deploy --guided",
        "sam build --config-env prod",
        "sam deploy --config-env prod",
    ]
