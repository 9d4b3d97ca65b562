"""Recorded events: found by name, brought to now, every one in the table of events/README.md."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

from local.sam.recordings import EVENTS, Recording, UnknownRecordingError, functions, has_queue, recordings
from local.sam.retimed_events import brought_to_now
from local.stack.clients import Clients

NOBODY = cast("Clients", None)  # no call to AWS is needed for these


@pytest.mark.parametrize("function", ["on_upload", "OnUpload", "functions/on_upload"])
@pytest.mark.parametrize("event", ["copy", "events/on_upload/copy.json", str(EVENTS / "on_upload" / "copy.json")])
def test_a_recording_is_found_by_each_name_that_a_person_may_use(
    function: str, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EVENTS.parent)

    assert Recording.chosen(function, event) == Recording("on_upload", EVENTS / "on_upload" / "copy.json")


def test_what_is_not_there_is_answered_with_what_is() -> None:
    with pytest.raises(UnknownRecordingError, match=r"on_upload, on_crawler_state, .*watchdog"):
        Recording.chosen("on_uplaod", "copy")
    with pytest.raises(UnknownRecordingError, match=r"events/on_upload/copy\.json"):
        Recording.chosen("on_upload", "cpoy")


def test_what_is_no_event_is_told(tmp_path: Path) -> None:
    for text, message in (("{", "is not JSON"), ("[]", "JSON object")):
        (tmp_path / "event.json").write_text(text)
        with pytest.raises(UnknownRecordingError, match=message):
            Recording("on_upload", tmp_path / "event.json").as_recorded()


def test_every_function_has_a_recorded_event() -> None:
    assert {recording.folder for recording in recordings()} == set(functions())
    assert not has_queue("watchdog")


def test_every_recording_stands_in_the_table_and_the_table_has_no_other() -> None:
    cells = re.findall(r"^\| (`.*?) \|", (EVENTS / "README.md").read_text(), re.MULTILINE)
    told = set()
    for cell in cells:
        names = re.findall(r"`([^`]+)`", cell)
        folder = names[0].partition("/")[0]
        told |= {name if "/" in name else f"{folder}/{name}" for name in names}

    assert told == {recording.name for recording in recordings()}


@pytest.mark.parametrize("name", ["on_upload/batch_with_one_bad_record", "on_upload/put_versioned"])
def test_an_event_brought_to_now_differs_in_its_time_only(name: str) -> None:
    recorded = json.loads((EVENTS / f"{name}.json").read_text())

    moved = brought_to_now(recorded, NOBODY)

    for before, after in zip(_events(recorded), _events(moved), strict=True):
        assert datetime.now(timezone.utc) - datetime.fromisoformat(after["time"]) < timedelta(minutes=1)
        assert after | {"time": before["time"]} == before
    assert len(_events(moved)) == (2 if "batch" in name else 1)


@pytest.mark.parametrize("name", ["on_job_state/succeeded", "on_job_state/batch"])
def test_a_job_run_is_the_newest_one_of_its_job(name: str) -> None:
    recorded = json.loads((EVENTS / f"{name}.json").read_text())
    asked: list[str] = []

    class Glue:
        class exceptions:  # noqa: N801  # boto3's name
            EntityNotFoundException = KeyError

        def get_job_runs(self, **request: Any) -> dict[str, Any]:
            asked.append(request["JobName"])
            return {"JobRuns": [{"Id": "jr_newest"}]}

    class Stack:
        glue = Glue()

    moved = brought_to_now(recorded, cast("Clients", Stack()))

    assert [event["detail"]["jobRunId"] for event in _events(moved)] == ["jr_newest"]
    assert asked == ["person-curate"]


def _events(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The good ones."""
    bodies = [record["body"] for record in event.get("Records", [])]
    return [json.loads(body) for body in bodies if body.endswith("}}")] if bodies else [event]
