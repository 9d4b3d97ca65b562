"""`landfall tail`."""

import json
from collections.abc import Callable

from landfall.model.state import State, Uploads
from tests.cli.conftest import NOW, World, incident, record
from verification.examples.builders import run

Script = Callable[..., None]


def story(world: World) -> list[Callable[[], None]]:
    begun = record(1, NOW + 5, ended_at=None, outcome=None, log=())
    flying = run(id=begun.id, started_at=NOW + 5, try_started_at=NOW + 5)
    return [
        lambda: world.write(State("person", pending=Uploads(1, NOW, NOW, ("data/a.csv",)))),
        lambda: world.write(State("person", run=flying, last_run_started_at=NOW + 5), begun),
        lambda: None,
        lambda: world.write(State("person", last_run_started_at=NOW + 5), record(1, NOW + 5)),
        lambda: world.change(incidents=(incident("stale", cause="Nothing has arrived for 1 day."),)),
    ]  # fmt: skip


def test_it_reads_like_a_story(world: World, sleeps: Script) -> None:
    sleeps(*story(world))

    result = world.landfall("tail")

    assert result.exit_code == 130
    assert result.stderr == ""
    lines = [line.split("  ", 2)[-1] for line in result.stdout.splitlines()]
    assert lines == [
        "Watching 1 pipeline of the stage dev. Ctrl-C ends it.",
        "never seen: its first run starts with an upload or the next sweep",
        "1 upload landed: data/a.csv",
        "run started: 1 upload, data/dataprofile/a.csv",
        "crawl person-crawler (1/2) running",
        "crawl person-crawler succeeded after 3.0 s",
        "dataset ready after 4.0 s: person-db._dataprofile",
        "incident opened: stale (error): Nothing has arrived for 1 day.",
    ]


def test_json_has_a_document_on_each_line(world: World, sleeps: Script) -> None:
    sleeps(*story(world))

    lines = [json.loads(line) for line in world.landfall("tail", "person", "--json").stdout.splitlines()]

    assert [line["event"] for line in lines] == [
        "watching", "uploads", "run started", "step running", "step succeeded", "dataset ready", "incident opened",
    ]  # fmt: skip
    assert lines[5]["detail"]["outcome"] == "succeeded"
    assert lines[4]["at"] == "2026-11-18T11:06:48.000Z"


def test_it_ends_by_itself_when_told_so(world: World) -> None:
    assert world.landfall("tail", "--seconds", "1").exit_code == 0


def test_a_pipeline_that_is_not_watched_is_not_told_of(world: World, sleeps: Script) -> None:
    world.define("orders", prefix="data/orders/", steps=[{"crawl": "orders-crawler", "database": "d", "table": "t"}])
    sleeps(*story(world))

    assert "landed" not in world.landfall("tail", "orders").stdout


def test_an_unknown_one_is_refused(world: World) -> None:
    assert world.landfall("tail", "persn").exit_code == 2
