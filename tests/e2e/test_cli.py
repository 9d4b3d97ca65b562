"""The command line against the deployed application, as on-call types it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.place import ROOT
from local.wait import until
from tests.e2e.conftest import PREFIX, Landfall

pytestmark = pytest.mark.engine

COMMAND = [sys.executable, "-m", "landfall_cli"]


@dataclass
class Shell:
    """Runs `landfall`, by the usual AWS settings."""

    landfall: Landfall

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join((str(ROOT / "cli"), str(ROOT / "layers/landfall/python")))
        return self.landfall.place.environment() | {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=90, check=False
        )

    def json(self, *arguments: str) -> Any:
        ended = self(*arguments, "--json")
        assert ended.returncode in (0, 3), ended.stderr
        return json.loads(ended.stdout)

    def status(self) -> Any:
        return self.json("status", "person")["pipelines"][0]

    def where(self, key: str) -> Any:
        return self.json("where", f"s3://{self.landfall.lake}/{PREFIX}{key}")


@pytest.fixture
def shell(landfall: Landfall) -> Shell:
    return Shell(landfall)


@pytest.fixture
def without_database(landfall: Landfall) -> Iterator[None]:
    """Every crawl fails, as Glue does when somebody has deleted the database."""
    landfall.clients.glue.delete_database(Name="person-db")
    yield
    restore(landfall)


def restore(landfall: Landfall) -> None:
    if all(found["Name"] != "person-db" for found in landfall.clients.glue.get_databases()["DatabaseList"]):
        landfall.clients.glue.create_database(DatabaseInput={"Name": "person-db"})


def test_an_upload_is_followed_from_its_landing_to_its_table(shell: Shell, landfall: Landfall) -> None:
    landfall.settings(crawl_seconds=5)
    landfall.upload("people.csv", "Amara,31,Lagos")

    until(lambda: shell.where("people.csv")["place"] == "in a run", 20, "the upload to be in a run")
    running = shell.status()
    landfall.settings(crawl_seconds=0.5)
    landfall.covered(1)
    answer, last = shell.where("people.csv"), shell.json("runs", "person", "last")

    assert running["step"]["step"] == "crawl person-crawler"
    assert (answer["place"], answer["certain"], answer["run"]["run"]) == ("in the table", True, last["run"])
    assert (last["outcome"], last["uploads"]["keys"]) == ("succeeded", [f"{PREFIX}people.csv"])
    assert [step["outcome"] for step in last["steps"]] == ["succeeded"] * 5
    idle = shell.status()
    assert (idle["phase"], idle["pending"]["count"], idle["incidents"]) == ("idle", 0, [])
    assert idle["lastReadyAt"] == last["endedAt"]


def test_a_pause_holds_uploads_back_and_a_resume_takes_them_over(shell: Shell, landfall: Landfall) -> None:
    assert shell("pause", "person", "--reason", "backfill").stdout == "Paused: person starts no more runs.\n"
    try:
        landfall.upload("people.csv", "Amara,31,Lagos")
        until(lambda: shell.status()["pending"]["count"] == 1, 20, "the upload to be pending")
        assert shell.status()["pausedReason"] == "backfill"
        assert "landfall resume person" in shell("where", f"s3://{landfall.lake}/{PREFIX}people.csv").stdout
    finally:
        resumed = shell("resume", "person")

    assert resumed.stdout == "Resumed: person. 1 upload waited.\n"
    landfall.covered(1)
    assert shell.where("people.csv")["inTable"]


@pytest.mark.usefixtures("without_database")
def test_an_incident_is_seen_acknowledged_mended_and_resolved(shell: Shell, landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)

    [found] = shell.json("incidents", "person")["incidents"]
    assert (found["kind"], found["command"]) == ("crawl failed", "landfall run person")
    assert shell.where("people.csv")["place"] == "unprocessed"
    assert shell("ack", "person", "crawl failed", "--by", "amara").stdout == 'Acknowledged: "crawl failed" of person.\n'
    assert shell.json("incidents")["incidents"][0]["acknowledgedBy"] == "amara"

    restore(landfall)
    ended = shell("run", "person", "--wait")

    assert ended.returncode == 0, ended.stderr
    assert "dataset ready" in ended.stdout
    assert shell.json("incidents", "person")["incidents"] == []
    past = shell.json("incidents", "person", "--all")["incidents"]
    assert past[0]["incident"] == found["incident"]
    assert past[0]["resolvedAt"] is not None
    assert shell.where("people.csv")["inTable"]


@pytest.mark.usefixtures("without_database")
def test_a_run_that_fails_says_why(shell: Shell, landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)

    ended = shell("run", "person", "--wait")

    assert ended.returncode == 1
    assert "Database person-db not found" in ended.stdout
    restore(landfall)
    assert shell("run", "person", "--wait").returncode == 0


def test_dead_letters_are_shown_and_sent_back(shell: Shell, landfall: Landfall) -> None:
    sqs = landfall.clients.sqs
    dead_url = landfall.clients.physical_id("UploadDeadLetterQueue")
    body = {"source": "me", "detail-type": "Run Requested", "detail": {"pipeline": "person"}}
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before = len(landfall.runs())
    sqs.send_message(QueueUrl=dead_url, MessageBody=json.dumps(body))

    dry = shell("redrive", "upload", "--dry-run")
    assert "Run Requested: person" in dry.stdout
    assert "1 message would be moved, nothing was" in dry.stdout
    moved = shell("redrive", "upload")

    assert "upload: 1 message moved back to" in moved.stdout
    until(lambda: len(landfall.runs()) == before + 1 and landfall.is_at_rest(), 30, "the run that was asked for")
    assert {queue["queue"]: queue["count"] for queue in shell.json("redrive")["queues"]}["upload"] == 0


def test_the_live_story_of_an_upload(shell: Shell, landfall: Landfall) -> None:
    with subprocess.Popen(
        [*COMMAND, "tail", "--json", "--seconds", "60"], env=shell.environment, stdout=subprocess.PIPE, text=True
    ) as tail:
        events: list[str] = []
        for line in tail.stdout or ():
            events.append(json.loads(line)["event"])
            if events[-1] == "watching":
                landfall.upload("people.csv", "Amara,31,Lagos")
            if events[-1] == "dataset ready":
                tail.terminate()

    assert [event for event in events if event not in ("uploads", "step running")] == [
        "watching", "run started", *["step succeeded"] * 5, "dataset ready",
    ]  # fmt: skip


def test_what_is_deployed_is_valid(shell: Shell) -> None:
    assert all(found["valid"] for found in shell.json("validate", "--deployed")["definitions"])
