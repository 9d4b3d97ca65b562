"""`landfall stream start`, `stop` and `status`: the event on the bus, and what is said of its effect."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from landfall.model.pipelines import Stream
from landfall.model.state import State, StreamState
from tests.cli.conftest import NOW, World, incident

Script = Callable[..., None]
JOB = {"job": "stream-job", "replication": "person-source"}


@pytest.fixture(autouse=True)
def streaming(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two pipelines has a stream; it is the time of the tests."""
    monkeypatch.setattr("landfall_cli.commands.stream.time.time", lambda: NOW)
    monkeypatch.setattr("landfall_cli.commands.status.time.time", lambda: NOW)
    world.define("tides", stream=JOB, prefix="tides/", steps=[{"crawl": "c", "database": "d", "table": "t"}])


def of(status: str, **fields: Any) -> StreamState:
    base: dict[str, Any] = {
        "definition": Stream("stream-job", "person-source"), "status": status, "since": NOW - 120, "number": 2,
        "asked_at": NOW - 120, "started_at": NOW - 120, "running_since": NOW - 60, "job_run_id": "jr_1",
    }  # fmt: skip
    return StreamState(**(base | fields))


def write(world: World, stream: StreamState | None, *opened: Any) -> None:
    world.write(State("tides", stream=stream, first_seen_at=NOW, incidents=opened))


def asked(world: World) -> list[tuple[str, dict[str, str]]]:
    return [(event["detail-type"], event["detail"]) for event in world.heard()]


def test_a_start_is_asked_for_by_an_event_and_shown_once_the_state_has_it(world: World, sleeps: Script) -> None:
    sleeps(
        lambda: write(world, of("starting", number=1, job_run_id="", running_since=0.0)),
        lambda: write(world, of("running", number=1, running_since=0.0)),
    )

    result = world.landfall("stream", "start")

    assert (result.exit_code, result.stdout) == (0, "Started: tides. Glue takes a minute or two to run it.\n")
    assert asked(world) == [("Stream Start Requested", {"pipeline": "tides"})]
    assert world.landfall("stream", "start", "tides").stdout == "tides: the stream runs already.\n"


def test_a_start_that_aws_refuses_fails_with_its_words(world: World, sleeps: Script) -> None:
    write(world, of("stopped", wanted=False))
    cause = "StartJobRun: EntityNotFoundException. It stays down until `landfall stream start tides`."
    sleeps(lambda: write(world, of("given up", number=3), incident("stream down", cause=cause)))

    result = world.landfall("stream", "start", "tides")

    assert (result.exit_code, result.stdout) == (1, f"tides cannot be started: {cause}\n")


def test_one_that_waits_is_asked_to_try_at_once(world: World, sleeps: Script) -> None:
    write(world, of("waiting", restarts=3, next_try_at=NOW + 600))
    sleeps(lambda: write(world, of("running", number=3)))

    assert world.landfall("stream", "start", "tides").stdout.startswith("Started: tides.")


def test_one_that_still_stops_starts_afterwards(world: World, sleeps: Script) -> None:
    write(world, of("stopping", wanted=False))
    sleeps(lambda: write(world, of("stopping", wanted=True, asked_at=NOW)))

    assert world.landfall("stream", "start").stdout == "Asked for: tides starts when its run has stopped.\n"


def test_a_stop_is_shown_once_the_state_has_it(world: World, sleeps: Script) -> None:
    write(world, of("running"))
    sleeps(lambda: write(world, of("stopping", wanted=False)))

    result = world.landfall("stream", "stop", "tides")

    assert (result.exit_code, result.stdout) == (0, "Stopping: tides. Its job ends within some minutes.\n")
    assert asked(world) == [("Stream Stop Requested", {"pipeline": "tides"})]


def test_what_is_stopped_is_not_asked_to_stop(world: World) -> None:
    assert world.landfall("stream", "stop").stdout == "tides: the stream is stopped already.\n"
    assert asked(world) == []


def test_what_is_not_handled_in_time_is_said_to_be_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.requests._HANDLED_SECONDS", 0.0)

    assert world.landfall("stream", "start").stdout.startswith("Asked for; it is not handled yet.\n")
    assert world.json("stream", "start", "--no-wait") == {"pipeline": "tides", "handled": False}


def test_a_pipeline_without_a_stream_is_told_those_that_have_one(world: World) -> None:
    result = world.landfall("stream", "start", "person")

    assert (result.exit_code, result.stderr) == (2, "Error: person has no stream.\nThere are: tides.\n")
    assert "Did you mean tides?" in world.landfall("stream", "stop", "tide").stderr
    assert asked(world) == []


def test_where_several_have_one_it_must_be_named(world: World) -> None:
    world.define(
        "waves", stream=JOB | {"job": "another"}, prefix="w/", steps=[{"crawl": "w", "database": "d", "table": "t"}]
    )

    result = world.landfall("stream", "stop")

    assert (result.exit_code, result.stderr) == (2, "Error: Which pipeline?\nThere are: tides, waves.\n")


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (None, "stopped"),
        (of("stopped", wanted=False), "stopped"),
        (of("running"), "running, 2 min"),
        (of("running", running_since=0.0), "started, not seen running yet, 2 min"),
        (of("stopping", wanted=False), "stopping, 2 min"),
        (of("stopping"), "stopping, 2 min, then starting"),
        (of("waiting", restarts=2, next_try_at=NOW + 300), "down, next try at 11:11:40Z"),
        (of("waiting", next_try_at=NOW - 1), "down, next try with the next sweep"),
        (of("given up"), "down, given up, 2 min"),
    ],
)
def test_each_status_has_its_words_here_and_in_the_status_of_all(
    stream: StreamState | None, text: str, world: World
) -> None:
    write(world, stream)

    assert text in " ".join(world.landfall("stream", "status").stdout.split())
    assert f"stream {text}" in " ".join(world.landfall("status").stdout.split())


def test_the_status_tells_why_it_is_down(world: World) -> None:
    down = incident("stream down", cause="OutOfMemoryError. Restart 2 in a row: the next try is due at …", count=2)
    write(world, of("waiting", restarts=2, next_try_at=NOW + 300, job_run_id=""), down, incident("stale"))

    shown = world.landfall("stream", "status", "tides").stdout

    assert "stream down, 2 times" in shown
    assert "tides, stream down since 11:06:40Z: OutOfMemoryError. Restart 2 in a row" in shown
    assert "stale" not in shown


def test_a_pipeline_without_a_stream_has_no_line_and_no_mark(world: World) -> None:
    assert "person" not in world.landfall("stream", "status").stdout.split()
    text = world.landfall("status", "person").stdout
    assert "stream" not in text


def test_json_has_all_of_it(world: World) -> None:
    write(world, of("waiting", restarts=2, next_try_at=NOW + 300), incident("source failed"))

    (found,) = world.json("stream", "status")["streams"]

    assert found | {"incidents": []} == {
        "pipeline": "tides", "job": "stream-job", "replication": "person-source", "wanted": True, "status": "waiting",
        "since": "2026-11-18T11:04:40.000Z", "jobRunId": "jr_1", "runningSince": "2026-11-18T11:05:40.000Z",
        "restarts": 2, "nextTryAt": "2026-11-18T11:11:40.000Z", "incidents": [],
    }  # fmt: skip
    assert [one["kind"] for one in found["incidents"]] == ["source failed"]
    assert world.json("status", "tides")["pipelines"][0]["stream"] == found
    assert world.json("status", "person")["pipelines"][0]["stream"] is None


def test_one_whose_definition_is_gone_is_still_shown_and_can_be_stopped(world: World, sleeps: Script) -> None:
    world.write(State("gone", stream=of("running")))
    sleeps(lambda: world.change("gone", stream=replace(of("stopped"), wanted=False)))

    assert "gone" in world.landfall("stream", "status").stdout
    assert world.landfall("stream", "stop", "gone").stdout == "Stopped: gone.\n"
