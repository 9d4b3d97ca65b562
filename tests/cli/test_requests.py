"""`landfall run`, `ack`, `pause` and `resume`: the event on the bus, and what is said about its effect."""

import json
from collections.abc import Callable

import pytest

from landfall.model.state import Failure, State, Uploads
from tests.cli.conftest import NOW, World, incident, record
from verification.examples.builders import run

Script = Callable[..., None]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landfall_cli.requests._HANDLED_SECONDS", 0.0)


def asked(world: World) -> list[tuple[str, dict[str, str]]]:
    return [(event["detail-type"], event["detail"]) for event in world.heard()]


def test_a_run_is_asked_for_by_an_event(world: World) -> None:
    result = world.landfall("run", "person")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "A run of person is asked for.")
    assert asked(world) == [("Run Requested", {"pipeline": "person"})]
    assert world.json("run", "person") == {"pipeline": "person", "requested": True, "paused": False}


def test_a_run_of_a_paused_pipeline_says_that_it_waits(world: World) -> None:
    world.write(State("person", paused=True))

    assert "after `landfall resume person`" in world.landfall("run", "person").stdout
    assert world.landfall("run", "person", "--wait").exit_code == 1


def test_a_run_without_a_valid_definition_is_refused(world: World) -> None:
    world.define_as("broken", "{")

    result = world.landfall("run", "broken")

    assert result.exit_code == 1
    assert "landfall validate --deployed" in result.stderr
    assert asked(world) == []


def ends(world: World, **fields: object) -> list[Callable[[], None]]:
    """A run starts, then ends."""
    begun = record(2, NOW + 50, ended_at=None, outcome=None, log=())
    flying = run(id=begun.id, started_at=NOW + 50)
    return [
        lambda: world.write(State("person", run=flying, last_run_started_at=NOW + 50), begun),
        lambda: world.write(State("person", last_run_started_at=NOW + 50), record(2, NOW + 50, **fields)),
    ]


def test_a_run_is_followed_to_its_end(world: World, sleeps: Script) -> None:
    world.write(State("person", last_run_started_at=NOW), record(1, NOW))
    sleeps(*ends(world))

    result = world.landfall("run", "person", "--wait")

    assert result.exit_code == 0, result.stderr
    assert "run started" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("dataset ready after 4.0 s: person-db._dataprofile")


def test_a_run_that_fails_has_the_exit_code_of_a_failure(world: World, sleeps: Script) -> None:
    world.write(State("person"))
    failure = Failure("crawl failed", "Database person-db not found", "crawl person-crawler")
    sleeps(*ends(world, outcome="failed", failure=failure))

    result = world.landfall("run", "person", "--wait", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["failure"]["cause"] == "Database person-db not found"


def test_a_run_asked_for_during_another_is_the_next_one(world: World, sleeps: Script) -> None:
    first = record(1, NOW, ended_at=None, outcome=None, log=())
    world.write(State("person", run=run(id=first.id, started_at=NOW), last_run_started_at=NOW), first)
    sleeps(lambda: world.write(State("person", last_run_started_at=NOW), record(1, NOW)), *ends(world))

    assert world.json("run", "person", "--wait")["run"] == record(2, NOW + 50).id


def test_a_pause_is_shown_once_the_state_has_it(world: World, sleeps: Script) -> None:
    world.write(State("person"))
    sleeps(lambda: None, lambda: world.change(paused=True, paused_at=NOW))

    result = world.landfall("pause", "person", "--reason", "backfill")

    assert (result.exit_code, result.stdout) == (0, "Paused: person starts no more runs.\n")
    assert asked(world) == [("Pause Requested", {"pipeline": "person", "reason": "backfill"})]
    assert world.landfall("pause", "person").stdout == "person is paused already.\n"


def test_what_is_not_handled_in_time_is_said_to_be_asked_for(world: World, hurried: None) -> None:
    world.write(State("person"))

    result = world.landfall("pause", "person")

    assert result.exit_code == 0
    assert result.stdout.startswith("Asked for; it is not handled yet.\n")
    assert world.json("pause", "person") == {"pipeline": "person", "handled": False}


def test_a_resume_tells_what_waited(world: World, sleeps: Script) -> None:
    world.write(State("person", paused=True, pending=Uploads(3, NOW, NOW)))
    sleeps(lambda: world.change(paused=False))

    assert world.landfall("resume", "person").stdout == "Resumed: person. 3 uploads waited.\n"
    assert asked(world) == [("Resume Requested", {"pipeline": "person"})]
    assert world.landfall("resume", "person").stdout == "person is not paused.\n"


def test_an_acknowledgement_names_the_kind_and_who(world: World, sleeps: Script) -> None:
    world.write(State("person", incidents=(incident(),)))
    sleeps(lambda: world.change(incidents=(incident(acknowledged_at=NOW + 5, acknowledged_by="amara"),)))

    result = world.landfall("ack", "person", "crawl failed", "--by", "amara")

    assert result.stdout == 'Acknowledged: "crawl failed" of person.\n'
    wanted = {"pipeline": "person", "kind": "crawl failed", "by": "amara"}
    assert asked(world) == [("Acknowledgement Requested", wanted)]
    assert "has been acknowledged already" in world.landfall("ack", "person", "crawl-failed").stdout


def test_who_acknowledges_is_who_aws_says(world: World, hurried: None) -> None:
    world.write(State("person", incidents=(incident(),)))

    world.landfall("ack", "person", "crawl failed")

    assert asked(world)[0][1]["by"] == "moto"  # arn:aws:sts::123456789012:user/moto


def test_an_incident_that_its_acknowledgement_resolves_is_done_when_it_is_gone(world: World, sleeps: Script) -> None:
    world.write(State("person", incidents=(incident("schema changed"),)))
    sleeps(lambda: world.change(incidents=()))

    assert world.landfall("ack", "person", "schema changed").stdout == 'Acknowledged: "schema changed" of person.\n'


def test_there_is_nothing_to_acknowledge(world: World) -> None:
    world.write(State("person", incidents=(incident(),)))

    result = world.landfall("ack", "person", "stale")

    assert (result.exit_code, asked(world)) == (2, [])
    assert result.stderr == 'Error: person has no open incident "stale".\nOpen: "crawl failed".\n'


@pytest.mark.parametrize("command", [("run",), ("pause",), ("resume",), ("ack", "stale")])
def test_an_unknown_pipeline_is_refused_before_anything_is_asked(world: World, command: tuple[str, ...]) -> None:
    result = world.landfall(command[0], "persn", *command[1:])

    assert (result.exit_code, asked(world)) == (2, [])
    assert "Did you mean person?" in result.stderr


def test_a_bus_that_does_not_take_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from landfall.adapters.clients import Clients

    class Refusing:
        def put_events(self, **_: object) -> dict[str, object]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "later"}]}

    monkeypatch.setattr(Clients, "events", Refusing())

    assert world.landfall("run", "person").stderr == "Error: The bus did not take it: later\nTry again.\n"
