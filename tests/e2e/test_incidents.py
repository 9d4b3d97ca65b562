"""Incidents, pauses and the catalog's truth, on the local engine with real crawls."""

import json

import pytest

from local.stack.polling import until
from tests.e2e.conftest import PREFIX, Landfall

pytestmark = pytest.mark.engine


def ask(landfall: Landfall, asked: str, **detail: str) -> None:
    """An event on Landfall's bus, as anybody may put it."""
    entry = {
        "EventBusName": landfall.clients.outputs["BusName"],
        "Source": "somebody",
        "DetailType": asked,
        "Detail": json.dumps({"pipeline": "person"} | detail),
    }
    landfall.clients.events.put_events(Entries=[entry])  # type: ignore[list-item]


def kinds(landfall: Landfall) -> list[str]:
    return [incident["kind"] for incident in landfall.state()["incidents"]]


def test_a_failure_is_open_until_the_next_success(landfall: Landfall) -> None:
    landfall.clients.glue.delete_database(Name="person-db")
    try:
        landfall.upload("people.csv", "Amara,31,Lagos")
        landfall.covered(1)
        assert "crawl failed" in kinds(landfall)
    finally:
        landfall.clients.glue.create_database(DatabaseInput={"Name": "person-db"})

    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1 + 2)

    assert "crawl failed" not in kinds(landfall)


def test_a_changed_schema_is_told_and_acknowledged(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    landfall.clients.s3.delete_object(Bucket=landfall.lake, Key=f"{PREFIX}people.csv")
    landfall.clients.s3.put_object(
        Bucket=landfall.lake, Key=f"{PREFIX}wide.csv", Body=b"name,age,city,height\nAmara,31,Lagos,170\n"
    )
    landfall.covered(2)

    (changed,) = [one for one in landfall.state()["incidents"] if one["kind"] == "schema changed"]
    assert any(line.startswith("added: height") for line in changed["changes"])
    ask(landfall, "Acknowledgement Requested", kind="schema changed", by="amara")
    until(lambda: "schema changed" not in kinds(landfall), 30, "the acknowledgement to resolve it")


def test_a_paused_pipeline_starts_again_when_it_is_resumed(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before = len(landfall.runs())

    ask(landfall, "Pause Requested", reason="maintenance")
    until(lambda: landfall.state()["paused"], 30, "the pause")
    landfall.upload("more.csv", "Hugo,47,Lyon")
    until(lambda: landfall.state()["pending"]["count"] == 1, 30, "the upload to be pending")
    landfall.sweep()
    assert len(landfall.runs()) == before
    assert landfall.state()["paused_reason"] == "maintenance"

    ask(landfall, "Resume Requested")
    landfall.covered(2)

    assert not landfall.state()["paused"]


def test_a_name_with_a_comma_is_a_warning_and_the_run_is_ready(landfall: Landfall) -> None:
    landfall.upload("people.csv", '"Núñez, Ana",31,Lima')
    landfall.covered(1)

    severities = {one["kind"]: one["severity"] for one in landfall.state()["incidents"]}
    assert severities["quoted csv"] == "warning"
    landfall.clients.s3.delete_object(Bucket=landfall.lake, Key=f"{PREFIX}people.csv")
    landfall.upload("plain.csv", "Ana,31,Lima")
    landfall.covered(2)

    assert "quoted csv" not in kinds(landfall)
