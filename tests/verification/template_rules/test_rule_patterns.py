"""Each rule delivers the payloads meant for its function, and no other: EventBridge matches exact case."""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.events.models import EventPattern

from landfall.model.errors import LandfallError, MalformedEventError
from local.sam.recordings import Recording, functions, has_queue, recordings
from local.stack.stack import ROOT

Resources = dict[str, dict[str, Any]]

NOT_DELIVERED = {
    "on_upload/key_outside_every_pipeline",  # no rule of ours: a bad definition could still bring it about
    "on_upload/deleted_permanently", "on_upload/deleted_by_marker", "on_upload/deleted_by_lifecycle",
    "on_crawler_state/started",  # tells nothing that we did not know
    "on_job_state/running",  # no end of a job run
    "on_stream_state/alarm_insufficient_data",  # says neither
    "on_stream_state/replication_initializing",  # neither failed nor running
    "on_crawler_state/hint",  # our own message, straight to the queue
}  # fmt: skip
REFUSED = {
    "on_job_state/running",
    "on_stream_state/replication_initializing",
}  # should it come all the same, it is a message of another type
SHARED = {"notify", "page"}  # both hear of incidents
QUEUED = [recording for recording in recordings() if has_queue(recording.folder)]
BARE = [recording for recording in QUEUED if not recording.is_batch]
BATCHES = [recording for recording in QUEUED if recording.is_batch]


def _queue_of(properties: dict[str, Any]) -> str:
    return next(
        str(source["Properties"]["Queue"]["Fn::GetAtt"][0])
        for source in properties["Events"].values()
        if source["Type"] == "SQS"
    )


def _patterns_into(queue: str, *templates: Resources) -> Iterator[dict[str, Any]]:
    """The patterns of the rules that feed a queue; a pipeline's own rule names it by a parameter."""
    for resource in (resource for template in templates for resource in template.values()):
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Events::Rule":
            arns = [target["Arn"] for target in properties["Targets"]]
            if {"Fn::GetAtt": [queue, "Arn"]} in arns or {"Ref": queue} in arns:
                yield properties["EventPattern"]


def receivers(event: Any, application: Resources, pipelines: Resources) -> set[str]:
    """The folders of the functions whose queues a rule would deliver the event to."""
    return {
        folder
        for folder, logical_id in functions().items()
        if has_queue(folder)
        and any(
            EventPattern.load(json.dumps(pattern)).matches_event(event)
            for pattern in _patterns_into(_queue_of(application[logical_id]["Properties"]), application, pipelines)
        )
    }


@pytest.mark.parametrize("recording", BARE, ids=lambda recording: recording.name)
def test_a_payload_is_delivered_to_its_function_and_no_other(
    recording: Recording, application: Resources, pipelines: Resources
) -> None:
    found = receivers(recording.as_recorded(), application, pipelines)

    if recording.folder in SHARED:
        assert recording.folder in found <= SHARED
    else:
        assert found == (set() if recording.name in NOT_DELIVERED else {recording.folder})


@pytest.mark.parametrize("recording", BATCHES, ids=lambda recording: recording.name)
def test_a_batch_holds_what_the_queue_can_hold(
    recording: Recording, application: Resources, pipelines: Resources
) -> None:
    queue = _queue_of(application[recording.logical_id]["Properties"])

    for record in recording.as_recorded()["Records"]:
        assert record["eventSourceARN"].endswith(f":landfall-{queue}")
        if parsed := _json(record["body"]):
            hint = parsed.get("detail-type") == "Crawler Hint"
            assert hint or recording.folder in receivers(parsed, application, pipelines)


@pytest.mark.parametrize("recording", BARE, ids=lambda recording: recording.name)
def test_the_parser_of_its_function_takes_a_payload(recording: Recording) -> None:
    parse = parser_of(recording.folder)

    if recording.name in REFUSED:
        with pytest.raises(MalformedEventError):
            parse(recording.as_recorded())
    else:
        assert parse(recording.as_recorded())


@pytest.mark.parametrize("recording", BATCHES, ids=lambda recording: recording.name)
def test_a_batch_has_one_bad_record_if_its_name_says_so(recording: Recording) -> None:
    parse = parser_of(recording.folder)
    bad = []

    for record in recording.as_recorded()["Records"]:
        try:
            parse(json.loads(record["body"]))
        except (ValueError, LandfallError):
            bad.append(record["messageId"])

    assert len(bad) == ("one_bad_record" in recording.name)


def parser_of(folder: str) -> Callable[[dict[str, Any]], Any]:
    """What the function of this folder hands to Batch.read."""
    source = (ROOT / "functions" / folder / "app.py").read_text()
    named = re.search(r"Batch\.read\(event, ([\w.]+),", source)
    assert named, f"functions/{folder}/app.py no longer names its parser in Batch.read"
    found: Any = importlib.import_module(f"functions.{folder}.app")
    for name in named[1].split("."):
        found = getattr(found, name)
    parser: Callable[[dict[str, Any]], Any] = found
    return parser


def _json(text: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return parsed
