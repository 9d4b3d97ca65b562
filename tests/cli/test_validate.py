"""`landfall validate`: the parser's own words, for files and for what is deployed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from landfall_cli.main import cli
from tests.cli.conftest import World
from verification.examples.builders import document


def file(folder: Path, file_name: str, text: str | None = None, **changes: object) -> str:
    path = folder / file_name
    path.write_text(json.dumps(document(**changes)) if text is None else text)
    return str(path)


def test_a_valid_file_needs_no_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.deployment.find", None)

    result = CliRunner(mix_stderr=False).invoke(cli, ["validate", file(tmp_path, "person.json")])

    assert (result.exit_code, result.stdout) == (0, f"{tmp_path}/person.json: valid (person)\n")


def test_every_problem_is_told_with_its_field(world: World, tmp_path: Path) -> None:
    bad = file(tmp_path, "bad.json", prefix="/data", severity="loud", colour="red")

    result = world.landfall("validate", bad, file(tmp_path, "good.json"))

    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"{bad}: 3 problems"
    for part in ("colour is not a known field", 'prefix is "/data"; allowed:', 'severity is "loud"; allowed:'):
        assert part in result.stdout
    assert "good.json: valid" in result.stdout


def test_what_is_no_json_says_so(world: World, tmp_path: Path) -> None:
    assert "is not JSON" in world.landfall("validate", file(tmp_path, "a.json", "{")).stdout


def test_two_files_that_share_a_crawler_or_a_prefix(world: World, tmp_path: Path) -> None:
    file(tmp_path, "a.json", name="a")
    file(tmp_path, "b.json", name="b")

    result = world.landfall("validate", str(tmp_path))

    assert result.exit_code == 1
    assert "the crawler person-crawler belongs to" in result.stdout


def test_a_file_against_what_is_deployed(world: World, tmp_path: Path) -> None:
    other, same = file(tmp_path, "other.json", name="other"), file(tmp_path, "person.json")

    assert world.landfall("validate", other).exit_code == 0
    assert world.landfall("validate", same, "--deployed").exit_code == 0  # it would replace the deployed one
    refused = world.landfall("validate", other, "--deployed")
    assert refused.exit_code == 1
    assert "belongs to /landfall/dev/pipelines/person already" in refused.stdout


def test_what_is_deployed(world: World) -> None:
    world.define_as("broken", '{"name": "broken"}')

    result = world.landfall("validate", "--deployed", "--json")

    assert result.exit_code == 1
    told = json.loads(result.stdout)["definitions"]
    assert [(item["pipeline"], item["valid"]) for item in told] == [("broken", False), ("person", True)]
    assert any("bucket is missing" in problem for problem in told[0]["problems"])


def test_what_a_parameter_cannot_hold(world: World, tmp_path: Path) -> None:
    def sized(length: int) -> str:
        check = {"name": "long", "sql": "SELECT 1 -- " + "x" * length}
        steps = [{"crawl": "person-crawler", "database": "d", "table": "t"}, {"checks": [check]}]
        return file(tmp_path, f"{length}.json", steps=steps)

    too_long, long = world.landfall("validate", sized(9000)), world.landfall("validate", sized(5000))

    assert too_long.exit_code == 1
    assert "a parameter takes 8,192: shorten" in too_long.stdout
    assert long.exit_code == 0
    assert "must be of the tier Advanced" in long.stdout


def test_from_stdin(world: World) -> None:
    text = json.dumps(document())

    result = CliRunner(mix_stderr=False).invoke(cli, ["validate", "-"], input=text)

    assert (result.exit_code, result.stdout) == (0, "stdin: valid (person)\n")


@pytest.mark.parametrize("what", ["nothing", "missing.json", "empty"])
def test_wrong_usage(world: World, tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    arguments = [] if what == "nothing" else [str(tmp_path / what)]

    result = world.landfall("validate", *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
