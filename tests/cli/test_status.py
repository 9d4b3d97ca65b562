"""`landfall status`."""

from typing import Any

import pytest

from landfall.model.state import State, Uploads
from tests.cli.conftest import NOW, PREFIX, World, incident
from verification.examples.builders import run


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.commands.status.time.time", lambda: NOW)


def line(world: World, name: str = "person") -> str:
    result = world.landfall("status")
    assert result.exit_code == 0, result.stderr
    return next(line for line in result.stdout.splitlines() if line.startswith(name))


def test_every_pipeline_has_a_line_also_one_without_a_definition_or_with_a_bad_one(world: World) -> None:
    world.write(State("gone", first_seen_at=NOW))
    world.define_as("broken", "{")

    lines = world.landfall("status").stdout.splitlines()

    assert [text.split()[0] for text in lines[2:5]] == ["broken", "gone", "person"]
    assert "definition invalid" in lines[2]
    assert "no definition any more" in lines[3]
    assert "never seen" in lines[4]


def test_a_line_tells_what_matters(world: World) -> None:
    world.define(fresh_within_minutes=60)
    world.write(
        State(
            "person", pending=Uploads(3, NOW, NOW, ("a.csv",)), unprocessed=Uploads(2), last_upload_at=NOW - 5,
            last_ready_at=NOW - 7200, run=run(attempt_started_at=NOW - 12, started_at=NOW - 12),
            incidents=(incident(count=2), incident("late", acknowledged_at=NOW)),
        )
    )  # fmt: skip

    text = line(world)

    for part in (
        "crawl person-crawler (1/2), 12 s",
        " 3 ",
        "5.0 s ago",
        "2 h ago",
        "for 59 min",
        "crawl failed, 2 times",
    ):
        assert part in text
    assert "late (acknowledged)" in world.landfall("status").stdout


def test_what_came_too_long_ago_is_stale(world: World) -> None:
    world.define(fresh_within_minutes=60)
    world.write(State("person", last_upload_at=NOW - 3 * 3600, first_seen_at=NOW - 86_400))

    assert "stale for 2 h" in line(world)
    [told] = world.json("status")["pipelines"]
    assert (told["fresh"], told["freshUntil"]) == (False, "2026-11-18T09:06:40.000Z")


def test_json_has_everything(world: World) -> None:
    world.write(State("person", paused=True, paused_at=NOW - 60, paused_reason="backfill", incidents=(incident(),)))

    told = world.json("status")

    assert (told["stage"], told["stack"]) == ("dev", "landfall")
    [row] = told["pipelines"]
    wanted: dict[str, Any] = {
        "pipeline": "person", "phase": "paused", "since": "2026-11-18T11:05:40.000Z", "paused": True, "run": None,
        "pausedReason": "backfill", "lastUploadAt": None, "fresh": None,
        "pending": {"count": 0, "oldest": None, "newest": None, "keys": []},
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert row["incidents"][0]["kind"] == "crawl failed"


def test_only_those_asked_for(world: World) -> None:
    world.define("orders", prefix="data/orders/", steps=[{"crawl": "orders-crawler", "database": "d", "table": "t"}])

    assert [row["pipeline"] for row in world.json("status", "orders")["pipelines"]] == ["orders"]
    refused = world.landfall("status", "order")
    assert (refused.exit_code, refused.stderr) == (2, "Error: There is no pipeline order.\nDid you mean orders?\n")


def test_eighty_columns_are_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.output._WIDTH_OF_A_PIPE", 80)
    world.write(
        State(
            "person", pending=Uploads(1234, NOW, NOW, (f"{PREFIX}a.csv",)), last_upload_at=NOW - 86_400 * 3.2,
            last_ready_at=NOW - 86_400 * 3.2, run=run(attempt_started_at=NOW - 4000), incidents=(incident(count=12),),
        )
    )  # fmt: skip

    lines = world.landfall("status").stdout.splitlines()

    assert max(map(len, lines)) <= 80
    assert "1,234" in "".join(lines)  # no number is broken in two


def test_no_pipeline_yet(world: World) -> None:
    import boto3

    boto3.client("ssm").delete_parameter(Name="/landfall/dev/pipelines/person")

    assert "docs/add-a-dataset.md" in world.landfall("status").stdout
