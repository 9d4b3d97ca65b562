"""The command line against the deployed application, as on-call types it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest

from local.stack.polling import until
from local.stack.stack import ROOT
from tests.e2e.conftest import PREFIX, Landfall
from verification.examples.payloads import payload

pytestmark = pytest.mark.engine

COMMAND = [sys.executable, "-m", "landfall_cli"]


@dataclass
class Shell:
    """Runs `landfall`, by the usual AWS settings."""

    landfall: Landfall

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join((str(ROOT / "cli"), str(ROOT / "layers/landfall/python")))
        return self.landfall.stack.environment() | {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=180, check=False
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
    with subprocess.Popen(
        [*COMMAND, "tail", "--json", "--seconds", "180"], env=shell.environment, stdout=subprocess.PIPE, text=True
    ) as tail:
        assert tail.stdout is not None
        story = [json.loads(tail.stdout.readline())["event"]]
        landfall.upload("people.csv", "Amara,31,Lagos")
        until(lambda: shell.where("people.csv")["place"] == "in a run", 20, "the upload to be in a run")
        running = shell.status()
        landfall.settings(crawl_seconds=0.5)
        for line in tail.stdout:
            story.append(json.loads(line)["event"])
            if story[-1] in ("dataset ready", "run failed"):
                tail.terminate()
    landfall.covered(1)
    answer, last, idle = shell.where("people.csv"), shell.json("runs", "person", "last"), shell.status()

    assert running["step"]["step"] == "crawl person-crawler"
    steps = ["step succeeded"] * len(last["steps"])
    assert [event for event in story if event not in ("uploads", "step running", "step waiting")] == [
        "watching", "run started", *steps, "dataset ready",
    ]  # fmt: skip
    assert (answer["place"], answer["certain"], answer["run"]["run"]) == ("in the table", True, last["run"])
    assert (last["outcome"], last["uploads"]["keys"]) == ("succeeded", [f"{PREFIX}people.csv"])
    assert {step["outcome"] for step in last["steps"]} == {"succeeded"}
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
    landfall.covered(1, 120)
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

    failed = shell("run", "person", "--wait")
    assert failed.returncode == 1
    assert "Database person-db not found" in failed.stdout
    assert shell.json("incidents")["incidents"][0]["count"] == 2

    restore(landfall)
    ended = shell("run", "person", "--wait")

    assert ended.returncode == 0, ended.stderr
    assert "dataset ready" in ended.stdout
    assert shell.json("incidents", "person")["incidents"] == []
    past = shell.json("incidents", "person", "--all")["incidents"]
    assert past[0]["incident"] == found["incident"]
    assert past[0]["resolvedAt"] is not None
    assert shell.where("people.csv")["inTable"]


def test_dead_letters_are_shown_and_sent_back(shell: Shell, landfall: Landfall) -> None:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = payload("on_upload/pause_requested") | {"time": now}
    dead_url = landfall.clients.physical_id("UploadDeadLetterQueue")
    landfall.clients.sqs.send_message(QueueUrl=dead_url, MessageBody=json.dumps(body))

    dry = shell("redrive", "upload", "--dry-run")
    assert "Pause Requested: person" in dry.stdout
    assert "1 message would be moved, nothing was" in dry.stdout
    assert not shell.status()["paused"]
    moved = shell("redrive", "upload")

    assert "upload: 1 message moved back to" in moved.stdout
    until(lambda: shell.status()["paused"], 30, "the message to be handled")
    assert shell("resume", "person").stdout == "Resumed: person.\n"
    assert {queue["queue"]: queue["count"] for queue in shell.json("redrive")["queues"]}["upload"] == 0


def test_what_is_deployed_is_valid(shell: Shell) -> None:
    assert shell.json("validate", "--deployed")["definitions"][0]["valid"]
