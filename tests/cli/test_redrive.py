"""`landfall redrive`: nothing is lost, nothing moves in a dry run."""

import json
from typing import Any

import pytest

from landfall.adapters.clients import Clients
from landfall_cli import dead_letters
from tests.cli.conftest import World
from verification.examples.payloads import payload

UPLOAD = json.dumps(payload("on_upload/put_versioned"))


def test_it_lists_what_is_in_the_queues_and_leaves_it_there(world: World) -> None:
    world.send("UploadDeadLetterQueue", UPLOAD, '{"cut": "off')
    world.send(
        "UploadDeadLetterQueue", '{"detail-type": "Run Requested", "detail": {"pipeline": "gone"}}',
        ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not allowed", RULE_ARN="arn:aws:events:::rule/landfall-dev/x",
    )  # fmt: skip

    text = world.landfall("redrive").stdout

    for part in (
        "upload", "landfall-UploadQueue", "Object Created: s3://", "not JSON", '{"cut": "off', "Run Requested: gone",
        "NO_PERMISSIONS: not allowed (rule x)", "failed on it again and again", "on-upload-logs",
        "landfall redrive upload",
    ):  # fmt: skip
        assert part in text
    assert len(world.messages("UploadDeadLetterQueue")) == 3


def test_a_dry_run_moves_nothing(world: World) -> None:
    world.send("UploadDeadLetterQueue", "a", "b")

    result = world.landfall("redrive", "upload", "--dry-run")

    assert "A dry run: 2 messages would be moved, nothing was." in result.stdout
    assert world.messages("UploadQueue") == []
    assert sorted(world.messages("UploadDeadLetterQueue")) == ["a", "b"]


def test_everything_goes_back_as_it_was(world: World) -> None:
    bodies = [f"message {number} 客户" for number in range(23)]
    world.send("UploadDeadLetterQueue", *bodies)

    result = world.landfall("redrive", "upload")

    assert (result.exit_code, result.stdout) == (0, "upload: 23 messages moved back to landfall-UploadQueue.\n")
    assert sorted(world.messages("UploadQueue")) == sorted(bodies)
    assert world.messages("UploadDeadLetterQueue") == []


def test_long_messages_go_in_smaller_batches(world: World) -> None:
    world.send("UploadDeadLetterQueue", *(str(number) * 90_000 for number in range(5)))

    assert world.json("redrive", "upload")["queues"][0]["moved"] == 5
    assert len(world.messages("UploadQueue")) == 5


def test_what_cannot_be_sent_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from landfall.adapters.clients import Clients

    world.send("UploadDeadLetterQueue", "good", "bad")
    real = Clients().sqs

    class HalfBroken:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> Any:  # noqa: N803  # boto3's
            good = [entry for entry in Entries if entry["MessageBody"] == "good"]
            return real.send_message_batch(QueueUrl=QueueUrl, Entries=good)

    monkeypatch.setattr(Clients, "sqs", HalfBroken())
    monkeypatch.setattr(dead_letters, "_MOVE_SECONDS", 0)

    result = world.landfall("redrive", "upload")

    assert result.exit_code == 1
    assert "1 message not moved: sending failed." in result.stdout
    assert world.messages("UploadQueue") == ["good"]
    assert world.messages("UploadDeadLetterQueue") == ["bad"]


def test_one_that_comes_back_at_once_does_not_go_round_for_ever(world: World) -> None:
    world.send("UploadDeadLetterQueue", "again")
    queue = dead_letters.DeadLetterQueue("upload", world.queues["UploadDeadLetterQueue"], "", 1, "")
    # Its source is the dead-letter queue itself: as if the function failed on it before we have finished.
    circle = dead_letters.DeadLetterQueue("upload", queue.url, queue.url, 1, "")
    deployed: Any = type("Deployed", (), {"clients": Clients()})

    assert dead_letters.move(deployed, circle, lambda _: None) == (1, 0)


def test_sweeps_are_not_sent_back(world: World) -> None:
    world.send("WatchdogDeadLetterQueue", "{}")

    result = world.landfall("redrive", "watchdog")

    assert "the next sweep does the same work" in result.stdout
    assert "aws sqs purge-queue" in result.stdout
    assert world.messages("WatchdogDeadLetterQueue") == ["{}"]


def test_all_of_them(world: World) -> None:
    world.send("UploadDeadLetterQueue", "a")
    world.send("WatchdogDeadLetterQueue", "{}")

    told = world.json("redrive", "--all")["queues"]

    assert [(queue["queue"], queue["moved"], queue["goesBackTo"] is None) for queue in told] == [
        ("upload", 1, False), ("watchdog", 0, True),
    ]  # fmt: skip


def test_json_of_the_list(world: World) -> None:
    world.send("UploadDeadLetterQueue", UPLOAD)

    [upload, watchdog] = world.json("redrive")["queues"]

    assert (upload["count"], watchdog["count"]) == (1, 0)
    assert upload["letters"][0]["what"].startswith("Object Created: s3://")


def test_an_unknown_queue(world: World) -> None:
    result = world.landfall("redrive", "uplaod")

    assert (result.exit_code, result.stderr.splitlines()[1]) == (2, "Did you mean upload?")
